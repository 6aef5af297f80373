package schedule

import (
	"math/bits"
	"time"
)

// set is a set of small numbers.
type set uint64

func (s *set) add(n int)     { *s |= 1 << n }
func (s set) has(n int) bool { return s>>n&1 != 0 }
func (s set) first() int     { return bits.TrailingZeros64(uint64(s)) }
func (s set) last() int      { return 63 - bits.LeadingZeros64(uint64(s)) }

// cron is a cron expression. A day must match both kinds of day, of which State Manager
// admits only one.
type cron struct {
	second                 int
	minutes, hours, months set
	years                  [lastYear - firstYear + 1]bool
	// Days of the month; days before its last; days whose nearest weekday, Monday to
	// Friday, is meant.
	days, daysFromEnd, workdays set
	lastWorkday                 bool
	// Days of the week, of which Sunday is 0: each, the last of the month, and its first
	// to fifth.
	weekdays, lastWeekdays set
	nthWeekdays            [5]set
	offset                 time.Duration
}

func (*cron) Type() string { return Cron }

func (c *cron) Next(after time.Time) time.Time { return c.First(after.Add(-c.offset)) }

func (c *cron) First(changed time.Time) time.Time {
	changed = changed.UTC()
	if epoch := time.Unix(0, 0).UTC(); changed.Before(epoch) {
		changed = epoch.Add(-1)
	}
	m := monthOf(changed)
	days := c.daysOf(m) &^ (1<<changed.Day() - 1)
	for m.year <= lastYear {
		for ; days != 0; days &= days - 1 {
			if run, ok := c.firstOn(m.day(days.first()), changed); ok {
				return run.Add(c.offset)
			}
		}
		m = m.next()
		days = c.daysOf(m)
	}
	return time.Time{}
}

func (c *cron) Previous(until time.Time) time.Time {
	until = until.Add(-c.offset).UTC()
	if end := time.Date(lastYear+1, 1, 1, 0, 0, 0, 0, time.UTC); until.After(end) {
		until = end
	}
	m := monthOf(until)
	days := c.daysOf(m) & (2<<until.Day() - 1)
	for m.year >= firstYear {
		for ; days != 0; days &^= 1 << days.last() {
			if run, ok := c.lastOn(m.day(days.last()), until); ok {
				return run.Add(c.offset)
			}
		}
		m = m.previous()
		days = c.daysOf(m)
	}
	return time.Time{}
}

// firstOn returns the first run on a day that is after a moment.
func (c *cron) firstOn(date, after time.Time) (time.Time, bool) {
	for hours := c.hours; hours != 0; hours &= hours - 1 {
		hour := date.Add(time.Duration(hours.first()) * time.Hour)
		if !c.at(hour, c.minutes.last()).After(after) {
			continue
		}
		for minutes := c.minutes; minutes != 0; minutes &= minutes - 1 {
			if run := c.at(hour, minutes.first()); run.After(after) {
				return run, true
			}
		}
	}
	return time.Time{}, false
}

// lastOn returns the last run on a day that is not after a moment.
func (c *cron) lastOn(date, until time.Time) (time.Time, bool) {
	for hours := c.hours; hours != 0; hours &^= 1 << hours.last() {
		hour := date.Add(time.Duration(hours.last()) * time.Hour)
		for minutes := c.minutes; minutes != 0; minutes &^= 1 << minutes.last() {
			if run := c.at(hour, minutes.last()); !run.After(until) {
				return run, true
			}
		}
	}
	return time.Time{}, false
}

func (c *cron) at(hour time.Time, minute int) time.Time {
	return hour.Add(time.Duration(minute)*time.Minute + time.Duration(c.second)*time.Second)
}

// LongestGap is exact until 2100: until then, the calendar repeats every 28 years.
func (c *cron) LongestGap(now time.Time) time.Duration {
	days, last := 0, 0 // the widest gap, and the last day with a run since 1970
	m := monthOf(time.Date(now.UTC().Year()-1, 1, 1, 0, 0, 0, 0, time.UTC))
	for range 30 * 12 {
		if on := c.daysOf(m); on != 0 {
			if last > 0 {
				days = max(days, m.starts+on.first()-last)
			}
			days = max(days, on.widest())
			last = m.starts + on.last()
		}
		m = m.next()
	}
	if last == 0 {
		return 0
	}
	// Between the last run of a day and the first of another lies the time that the
	// clock does not reach.
	clock := time.Duration(c.hours.last()-c.hours.first())*time.Hour +
		time.Duration(c.minutes.last()-c.minutes.first())*time.Minute
	gap := time.Duration(c.minutes.widest()) * time.Minute
	if hours := c.hours.widest(); hours > 0 {
		gap = max(gap, time.Duration(hours)*time.Hour-time.Duration(c.minutes.last()-c.minutes.first())*time.Minute)
	}
	if days > 0 {
		gap = max(gap, time.Duration(days)*day-clock)
	}
	return gap
}

// widest returns the greatest difference between two consecutive numbers.
func (s set) widest() int {
	widest := 0
	for rest := s & (s - 1); rest != 0; s, rest = rest, rest&(rest-1) {
		widest = max(widest, rest.first()-s.first())
	}
	return widest
}
