package schedule

import (
	"slices"
	"strconv"
	"strings"
)

// The years of a cron expression.
const (
	firstYear = 1970
	lastYear  = 2199
)

var (
	monthNames   = []string{"JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"}
	weekdayNames = []string{"SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"}
)

// parseCron reads the fields of a cron expression, in capitals: minute, hour, day of the
// month, month, day of the week and year, after the second if there are seven.
func parseCron(fields []string) (*cron, bool) {
	c := &cron{}
	if len(fields) == 7 {
		second, ok := number(fields[0], nil)
		if !ok || second > 59 {
			return nil, false
		}
		c.second, fields = second, fields[1:]
	}
	if len(fields) != 6 {
		return nil, false
	}
	// The ? of a field for days admits any, which is what * means.
	for _, i := range []int{2, 4} {
		if fields[i] == "?" {
			fields[i] = "*"
		}
	}
	weekday := func(n int) { c.weekdays.add(n - 1) }
	ok := field{least: 0, most: 59}.parse(fields[0], c.minutes.add) &&
		field{least: 0, most: 23}.parse(fields[1], c.hours.add) &&
		field{least: 1, most: 31, special: c.specialDay}.parse(fields[2], c.days.add) &&
		field{least: 1, most: 12, names: monthNames}.parse(fields[3], c.months.add) &&
		field{least: 1, most: 7, names: weekdayNames, special: c.specialWeekday}.parse(fields[4], weekday) &&
		field{least: firstYear, most: lastYear}.parse(fields[5], func(n int) { c.years[n-firstYear] = true })
	return c, ok
}

// specialDay reads an item of the day of the month that is not a number: L, L-3, LW or
// 15W. AWS's reference describes W loosely; EventBridge's has it as the weekday closest
// to the day: https://docs.aws.amazon.com/eventbridge/latest/userguide/eb-cron-expressions.html.
func (c *cron) specialDay(item string) bool {
	if item == "L" {
		c.daysFromEnd.add(0)
		return true
	}
	if before, ok := strings.CutPrefix(item, "L-"); ok {
		n, ok := number(before, nil)
		if ok = ok && n <= 30; ok {
			c.daysFromEnd.add(n)
		}
		return ok
	}
	nearest, ok := strings.CutSuffix(item, "W")
	if ok && nearest == "L" {
		c.lastWorkday = true
		return true
	}
	n, isNumber := number(nearest, nil)
	if ok = ok && isNumber && n >= 1 && n <= 31; ok {
		c.workdays.add(n)
	}
	return ok
}

// specialWeekday reads an item of the day of the week that is not a number or name: L for
// Saturday, 5L for the last Thursday of the month, or TUE#2 for its second Tuesday.
func (c *cron) specialWeekday(item string) bool {
	if item == "L" {
		c.weekdays.add(6)
		return true
	}
	if name, ok := strings.CutSuffix(item, "L"); ok {
		n, ok := number(name, weekdayNames)
		if ok = ok && n >= 1 && n <= 7; ok {
			c.lastWeekdays.add(n - 1)
		}
		return ok
	}
	name, nth, _ := strings.Cut(item, "#")
	n, ok := number(name, weekdayNames)
	i, isNth := number(nth, nil)
	if ok = ok && n >= 1 && n <= 7 && isNth && i >= 1 && i <= 5; ok {
		c.nthWeekdays[i-1].add(n - 1)
	}
	return ok
}

// field is a field of a cron expression.
type field struct {
	least, most int
	names       []string // of least and what follows it
	// special, if not nil, reads an item that is not a range.
	special func(item string) bool
}

// parse calls add with the numbers of a list of ranges, such as 1-5,10/2. It reports
// whether all could be read.
func (f field) parse(text string, add func(n int)) bool {
	for item := range strings.SplitSeq(text, ",") {
		if f.special != nil && f.special(item) {
			continue
		}
		first, last, step, ok := f.bounds(item)
		if !ok {
			return false
		}
		span := f.most - f.least + 1
		if last < first { // FRI-MON
			last += span
		}
		for n := first; n <= last; n += step {
			add((n-f.least)%span + f.least)
		}
	}
	return true
}

// bounds reads *, 5, 1-5, or any of these with a step. Without an end, 5/10 ends with
// the field.
func (f field) bounds(item string) (first, last, step int, ok bool) {
	item, by, stepped := strings.Cut(item, "/")
	step = 1
	if stepped {
		if step, ok = number(by, nil); !ok || step == 0 {
			return 0, 0, 0, false
		}
	}
	if item == "*" {
		return f.least, f.most, step, true
	}
	from, to, isRange := strings.Cut(item, "-")
	first, ok = number(from, f.names)
	last = first
	switch {
	case isRange && ok:
		last, ok = number(to, f.names)
	case stepped:
		last = f.most
	}
	return first, last, step, ok && min(first, last) >= f.least && max(first, last) <= f.most
}

// number reads up to four digits, or a name.
func number(text string, names []string) (int, bool) {
	if i := slices.Index(names, text); i >= 0 {
		return i + 1, true
	}
	if len(text) > 4 || strings.Trim(text, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(text)
	return n, err == nil
}
