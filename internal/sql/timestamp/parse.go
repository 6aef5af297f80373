package timestamp

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// Parse returns the time that a text stands for. Words such as today are relative to
// now.
//
// In addition to what PostgreSQL reads, a month or a year is its beginning, and 9 to
// 11 digits are seconds since 1970, as SQLite's strftime('%s') writes them.
func Parse(text string, now time.Time) (time.Time, error) {
	if t, ok := parsePlain(text); ok {
		return t, nil
	}
	rest := strings.Trim(text, " \t\n\r\f\v")
	switch lower := strings.ToLower(rest); lower {
	case "now":
		return now.UTC(), nil
	case "epoch":
		return time.Unix(0, 0).UTC(), nil
	case "infinity":
		return future, nil
	case "-infinity":
		return past, nil
	}
	if seconds.MatchString(rest) {
		number, _ := strconv.ParseFloat(rest, 64) // the pattern's are numbers
		return FromSeconds(number)
	}
	r := reading{text: rest, now: now.UTC()}
	if r.date() && r.clock() && r.zone() && r.era() && r.text == "" {
		if t, ok := r.time(); ok {
			return t, nil
		}
	}
	if r.problem != "" {
		return time.Time{}, fmt.Errorf("%q is not a time: %s; write one like %s", text, r.problem, Example)
	}
	return time.Time{}, fmt.Errorf("%q is not a time; write one like %s", text, Example)
}

var seconds = regexp.MustCompile(`^-?[0-9]{9,11}(\.[0-9]+)?$`)

// IsRelative reports whether the time that a text stands for depends on now.
func IsRelative(text string) bool {
	text = strings.ToLower(strings.TrimSpace(text))
	for _, word := range []string{"now", "today", "tomorrow", "yesterday"} {
		if strings.HasPrefix(text, word) {
			return true
		}
	}
	return false
}

// reading is the reading of a text: what is left of it, and what was found so far.
type reading struct {
	text    string
	now     time.Time
	problem string

	year, month, day int
	sinceMidnight    time.Duration // of a clock, or of the fraction of a Julian day
	timed            bool          // whether the time of day is known
	calendar         bool          // whether the date has a month
	offset           time.Duration // of the zone
	location         *time.Location
}

// take matches a pattern with the beginning of the text and removes what it matches.
// It returns the groups, or nil.
func (r *reading) take(pattern *regexp.Regexp) []string {
	groups := pattern.FindStringSubmatch(r.text)
	if groups != nil {
		r.text = r.text[len(groups[0]):]
	}
	return groups
}

func pattern(expression string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)^(?:` + expression + `)`)
}

const clockPattern = `([0-9]{1,2}):([0-9]{1,2})(?::([0-9]{1,2}(?:\.[0-9]*)?))?`

var clock = pattern(`[ ,_]*(?:t *)?` + clockPattern + `(?: *([ap]m)\b)?`)

// Without colons, hours and minutes alone need a T.
var basicClock = pattern(`(?: +([0-9]{2})([0-9]{2})([0-9]{2}(?:\.[0-9]*)?)|` +
	`[ ,]*t *([0-9]{2})([0-9]{2})([0-9]{2}(?:\.[0-9]*)?)?)`)

var midnight = pattern(` +allballs\b`)

// clock reads the time of day, if there is one.
func (r *reading) clock() bool {
	if r.timed {
		return true
	}
	if g := r.take(clock); g != nil {
		// PostgreSQL takes pm-07 for the name of a zone.
		return (g[4] == "" || !strings.HasPrefix(r.text, "-")) && r.setClock(g[1], g[2], g[3], g[4])
	}
	if g := r.take(basicClock); g != nil {
		return r.setClock(either(g[1], g[4]), either(g[2], g[5]), either(g[3], g[6]), "")
	}
	if r.take(midnight) != nil {
		return r.text == ""
	}
	return true
}

// setClock sets the time of day. half is am, pm or none.
func (r *reading) setClock(hours, minutes, seconds, half string) bool {
	hour, minute := number(hours), number(minutes)
	whole, fraction, _ := strings.Cut(seconds, ".")
	second, nanos := number(whole), number((fraction + "000000000")[:9])
	if half != "" {
		if hour > 12 {
			return false
		}
		hour %= 12
		if strings.EqualFold(half, "pm") {
			hour += 12
		}
	}
	if hour > 24 || minute > 59 || second > 60 || hour == 24 && minute+second+nanos > 0 || second == 60 && nanos > 0 {
		return false
	}
	r.timed = true
	r.sinceMidnight = time.Duration(hour)*time.Hour + time.Duration(minute)*time.Minute +
		time.Duration(second)*time.Second + time.Duration(nanos)
	return true
}

var era = pattern(` *(ad|bc)\b`)

// era reads whether the year is before Christ, if it is said.
func (r *reading) era() bool {
	if groups := r.take(era); groups != nil && strings.EqualFold(groups[1], "bc") {
		r.year = 1 - r.year
		return r.year <= 0 && r.calendar && r.location == nil
	}
	return r.year > 0 && r.year <= lastYear
}

// time returns the time that was read.
func (r *reading) time() (time.Time, bool) {
	day := time.Date(r.year, time.Month(r.month), r.day, 0, 0, 0, 0, time.UTC)
	if day.Year() != r.year || int(day.Month()) != r.month || day.Day() != r.day {
		return day, false // such as February 30
	}
	t := day.Add(r.sinceMidnight)
	if r.location != nil {
		return r.within(t)
	}
	t = t.Add(-r.offset)
	first := time.Date(-4713, 11, 24, 0, 0, 0, 0, time.UTC)
	return t, !t.Before(first) && t.Before(time.Date(lastYear+1, 1, 1, 0, 0, 0, 0, time.UTC))
}

// lastYear is the last of PostgreSQL's timestamps, which begin with November 24, 4714 BC.
const lastYear = 294276

// number returns the value of digits, and 0 of none.
func number(digits string) int {
	n, err := strconv.Atoi(digits)
	if err != nil {
		return 0
	}
	return n
}
