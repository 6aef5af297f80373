package schedule

import (
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// oracle is a cron expression that is evaluated by brute force, one day at a time, and
// read on its own.
type oracle struct {
	second                                        int
	minutes, hours, days, months, weekdays, years map[int]bool
	// The items of the fields for days, in capitals, including those that are not numbers.
	day, weekday []string
}

func readOracle(t testing.TB, expression string) oracle {
	t.Helper()
	inner := strings.TrimSuffix(strings.TrimPrefix(strings.ToUpper(strings.TrimSpace(expression)), "CRON("), ")")
	fields, second := strings.Fields(inner), 0
	if len(fields) == 7 {
		second, _ = strconv.Atoi(fields[0])
		fields = fields[1:]
	}
	if len(fields) != 6 {
		t.Fatalf("%s has %d fields", expression, len(fields))
	}
	months := strings.Fields("JAN FEB MAR APR MAY JUN JUL AUG SEP OCT NOV DEC")
	return oracle{
		second:  second,
		minutes: setOf(fields[0], 0, 59, nil), hours: setOf(fields[1], 0, 23, nil),
		days: setOf(fields[2], 1, 31, nil), day: strings.Split(fields[2], ","), months: setOf(fields[3], 1, 12, months),
		weekdays: setOf(fields[4], 1, 7, oracleWeekdays), weekday: strings.Split(fields[4], ","),
		years: setOf(fields[5], 1970, 2199, nil),
	}
}

var oracleWeekdays = strings.Fields("SUN MON TUE WED THU FRI SAT")

// setOf returns the numbers of a field. Items that are not numbers, such as L, are
// omitted.
func setOf(text string, least, most int, names []string) map[int]bool {
	numbers := map[int]bool{}
	for item := range strings.SplitSeq(text, ",") {
		bounds, stepText, stepped := strings.Cut(item, "/")
		firstText, lastText, isRange := strings.Cut(bounds, "-")
		first, ok := numberOf(firstText, names)
		last := first
		switch {
		case firstText == "*" || firstText == "?":
			first, last = least, most
		case !ok:
			continue
		case isRange:
			last, _ = numberOf(lastText, names)
		case stepped:
			last = most
		}
		step := 1
		if stepped {
			step, _ = strconv.Atoi(stepText)
		}
		if last < first { // wrapping around, as in FRI-MON
			last += most - least + 1
		}
		for n := first; n <= last; n += step {
			numbers[(n-least)%(most-least+1)+least] = true
		}
	}
	return numbers
}

func numberOf(text string, names []string) (int, bool) {
	if i := slices.Index(names, text); i >= 0 {
		return i + 1, true
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}

// on reports whether the expression runs on a day.
func (o oracle) on(date time.Time) bool {
	return o.years[date.Year()] && o.months[int(date.Month())] && o.onDay(date) && o.onWeekday(date)
}

func (o oracle) onDay(date time.Time) bool {
	if o.days[date.Day()] {
		return true
	}
	last := time.Date(date.Year(), date.Month()+1, 0, 0, 0, 0, 0, time.UTC).Day()
	for _, item := range o.day {
		if before, ok := strings.CutPrefix(item, "L-"); ok {
			if n, _ := strconv.Atoi(before); date.Day() == last-n {
				return true
			}
		}
		if item == "L" && date.Day() == last {
			return true
		}
		if nearest, ok := strings.CutSuffix(item, "W"); ok {
			n := last
			if nearest != "L" {
				n, _ = strconv.Atoi(nearest)
			}
			if n <= last && date.Day() == searchWorkday(date.Year(), date.Month(), n, last) {
				return true
			}
		}
	}
	return false
}

// searchWorkday returns the weekday, Monday to Friday, nearest to a day within its month.
func searchWorkday(year int, month time.Month, n, last int) int {
	for _, distance := range []int{0, -1, 1, -2, 2} {
		d := n + distance
		weekday := time.Date(year, month, d, 0, 0, 0, 0, time.UTC).Weekday()
		if d >= 1 && d <= last && weekday != time.Saturday && weekday != time.Sunday {
			return d
		}
	}
	return 0
}

func (o oracle) onWeekday(date time.Time) bool {
	weekday := int(date.Weekday()) + 1
	if o.weekdays[weekday] {
		return true
	}
	for _, item := range o.weekday {
		if item == "L" && weekday == 7 {
			return true
		}
		if name, ok := strings.CutSuffix(item, "L"); ok && name != "" {
			if n, _ := numberOf(name, oracleWeekdays); n == weekday && date.AddDate(0, 0, 7).Month() != date.Month() {
				return true
			}
		}
		if name, nth, ok := strings.Cut(item, "#"); ok {
			if n, _ := numberOf(name, oracleWeekdays); n == weekday && nth == strconv.Itoa((date.Day()-1)/7+1) {
				return true
			}
		}
	}
	return false
}

// runs calls f for every run between two years, until f returns false.
func (o oracle) runs(from, to int, f func(time.Time) bool) {
	var clock []time.Duration
	for minute := range 24 * 60 {
		if o.hours[minute/60] && o.minutes[minute%60] {
			clock = append(clock, time.Duration(minute)*time.Minute+time.Duration(o.second)*time.Second)
		}
	}
	for date := time.Date(from, 1, 1, 0, 0, 0, 0, time.UTC); date.Year() <= to; date = date.AddDate(0, 0, 1) {
		if !o.on(date) {
			continue
		}
		for _, at := range clock {
			if !f(date.Add(at)) {
				return
			}
		}
	}
}

// gap returns the longest time between two runs within the given years, zero if there
// are fewer than two.
func (o oracle) gap(from, to int) time.Duration {
	var longest time.Duration
	var previous time.Time
	o.runs(from, to, func(run time.Time) bool {
		if !previous.IsZero() {
			longest = max(longest, run.Sub(previous))
		}
		previous = run
		return true
	})
	return longest
}

// next returns the first run after a moment.
func (o oracle) next(after time.Time) (first time.Time) {
	o.runs(max(after.Year(), 1970), 2199, func(run time.Time) bool {
		if run.After(after) {
			first = run
		}
		return first.IsZero()
	})
	return first
}

// previous returns the last run up to a moment.
func (o oracle) previous(until time.Time) (last time.Time) {
	for year := min(until.Year(), 2199); year >= 1970 && last.IsZero(); year-- {
		o.runs(year, year, func(run time.Time) bool {
			if run.After(until) {
				return false
			}
			last = run
			return true
		})
	}
	return last
}
