package timestamp

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"
)

// dateForm is a way to write a date. set takes the groups of its pattern.
type dateForm struct {
	pattern *regexp.Regexp
	set     func(r *reading, groups []string) bool
}

// dateForms are tried in their order. Years have four digits or more: in others, the
// order of day, month and year is a matter of settings.
var dateForms = []dateForm{
	{pattern(`([0-9]{4,6})(?:-([0-9]{1,2})-([0-9]{1,2})|/([0-9]{1,2})/([0-9]{1,2})|\.([0-9]{1,2})\.([0-9]{1,2}))`),
		func(r *reading, g []string) bool {
			return r.setDate(g[0], either(g[1], g[3], g[5]), either(g[2], g[4], g[6]))
		}},
	{pattern(`([0-9]{4})([0-9]{2})([0-9]{2})`),
		func(r *reading, g []string) bool { return r.setDate(g[0], g[1], g[2]) }},
	{pattern(`([0-9]{4})[-.]([0-9]{3})`),
		func(r *reading, g []string) bool { return r.setDayOfYear(g[0], g[1]) }},
	{pattern(`j *([0-9]{1,7})(\.[0-9]+)?`),
		func(r *reading, g []string) bool { return r.setJulianDay(g[0], g[1]) }},
	{pattern(`([0-9]{1,2})(?:-([0-9]{1,2})-([0-9]{4,6})|/([0-9]{1,2})/([0-9]{4,6})|\.([0-9]{1,2})\.([0-9]{4,6}))`),
		func(r *reading, g []string) bool {
			return r.setMonthFirst(g[0], either(g[1], g[3], g[5]), either(g[2], g[4], g[6]))
		}},
	{pattern(`([a-z]{3,9})[-/ ,.]*([0-9]{1,2}) +` + clockPattern + ` +([0-9]{4})`),
		func(r *reading, g []string) bool {
			return r.setDate(g[5], monthOf(g[0]), g[1]) && r.setClock(g[2], g[3], g[4], "")
		}},
	{pattern(`([a-z]{3,9})[-/ ]*([0-9]{1,2})[-/ ,]+([0-9]{4})`),
		func(r *reading, g []string) bool { return r.setDate(g[2], monthOf(g[0]), g[1]) }},
	{pattern(`([0-9]{1,2})[-/ ]*([a-z]{3,9})[-/ ,]*([0-9]{4})`),
		func(r *reading, g []string) bool { return r.setDate(g[2], monthOf(g[1]), g[0]) }},
	{pattern(`([0-9]{4})[-/ ]*([a-z]{3,9})[-/ ]*([0-9]{1,2})`),
		func(r *reading, g []string) bool { return r.setDate(g[0], monthOf(g[1]), g[2]) }},
	{pattern(`(today|tomorrow|yesterday)\b`),
		func(r *reading, g []string) bool { return r.setNamedDay(strings.ToLower(g[0])) }},
	{pattern(`([0-9]{4})(?:-([0-9]{1,2}))?$`),
		func(r *reading, g []string) bool { return r.setDate(g[0], either(g[1], "1"), "1") }},
}

var weekday = pattern(`(mon|tues?|wed(nes)?|thu(rs?)?|fri|sat(ur)?|sun)(day)?\b[ ,]*`)

// date reads the date, with the clock between its parts in one of the forms.
func (r *reading) date() bool {
	named := r.take(weekday) != nil
	for _, form := range dateForms {
		before := r.text
		groups := r.take(form.pattern)
		if groups == nil {
			continue
		}
		// The next field is not more of this one.
		if r.text == "" || strings.IndexByte("0123456789-/.", r.text[0]) < 0 {
			numeric := strings.IndexFunc(groups[0], isLetter) < 0
			return (!named || !numeric) && form.set(r, groups[1:])
		}
		r.text = before
	}
	return false
}

func isLetter(c rune) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// either returns the first text that is not empty.
func either(texts ...string) string {
	for _, text := range texts {
		if text != "" {
			return text
		}
	}
	return ""
}

func (r *reading) setDate(year, month, day string) bool {
	r.year, r.month, r.day = number(year), number(month), number(day)
	r.calendar = true
	return r.year > 0 && r.month > 0
}

// setMonthFirst sets a date of the form 11/23/2026 if its first number cannot be the
// day.
func (r *reading) setMonthFirst(month, day, year string) bool {
	if a, b := number(month), number(day); b <= 12 && a != b {
		r.problem = "it could be day or month first"
		return false
	}
	return r.setDate(year, month, day)
}

func (r *reading) setDayOfYear(year, day string) bool {
	n := number(day)
	date := time.Date(number(year), 1, n, 0, 0, 0, 0, time.UTC)
	r.setDay(date)
	return n > 0 && date.Year() == number(year)
}

// setJulianDay sets the day of a number of days, whose fraction is the time since
// midnight.
func (r *reading) setJulianDay(day, fraction string) bool {
	const epoch = 2_440_588 // January 1, 1970
	r.setDay(time.Date(1970, 1, 1+number(day)-epoch, 0, 0, 0, 0, time.UTC))
	if fraction != "" {
		part, err := strconv.ParseFloat(fraction, 64)
		r.sinceMidnight = time.Duration(math.Round(part*24*60*60*1e6)) * time.Microsecond
		r.timed = true
		return err == nil
	}
	return r.year > 0
}

func (r *reading) setNamedDay(name string) bool {
	days := map[string]int{"yesterday": -1, "tomorrow": 1}[name]
	r.setDay(r.now.AddDate(0, 0, days))
	return true
}

func (r *reading) setDay(t time.Time) {
	r.year, r.month, r.day = t.Year(), int(t.Month()), t.Day()
}

// monthOf returns the number of a month, as digits, and "" if the name is not one.
func monthOf(name string) string {
	name = strings.ToLower(name)
	if name == "sept" {
		return "9"
	}
	for month := time.January; month <= time.December; month++ {
		full := strings.ToLower(month.String())
		if name == full || name == full[:3] {
			return strconv.Itoa(int(month))
		}
	}
	return ""
}
