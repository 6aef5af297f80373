package schedule

import "time"

// month is a month of the calendar.
type month struct {
	year   int
	month  time.Month
	starts int // days from 1970-01-01 to its first
}

func monthOf(moment time.Time) month {
	year, m, _ := moment.UTC().Date()
	return month{year, m, int(time.Date(year, m, 1, 0, 0, 0, 0, time.UTC).Unix() / secondsOfDay)}
}

const secondsOfDay = 24 * 60 * 60

// day returns the beginning of a day.
func (m month) day(n int) time.Time { return time.Unix(int64(m.starts+n-1)*secondsOfDay, 0).UTC() }

// length returns the number of days.
func (m month) length() int {
	switch m.month {
	case time.February:
		if m.year%4 == 0 && (m.year%100 != 0 || m.year%400 == 0) {
			return 29
		}
		return 28
	case time.April, time.June, time.September, time.November:
		return 30
	}
	return 31
}

func (m month) next() month {
	m.starts += m.length()
	if m.month++; m.month > time.December {
		m.year, m.month = m.year+1, time.January
	}
	return m
}

func (m month) previous() month {
	if m.month--; m.month < time.January {
		m.year, m.month = m.year-1, time.December
	}
	m.starts -= m.length()
	return m
}

// daysOf returns the days of a month on which a cron expression runs.
func (c *cron) daysOf(m month) set {
	if m.year < firstYear || m.year > lastYear || !c.years[m.year-firstYear] || !c.months.has(int(m.month)) {
		return 0
	}
	length := m.length()
	all := set(1<<(length+1) - 2)  // 1 to length
	starts := (4 + m.starts%7) % 7 // 1970-01-01 was a Thursday
	return all & c.byDay(length, starts) & c.byWeekday(all, starts)
}

// byDay returns the days that match the day of the month. starts is the weekday of the
// first.
func (c *cron) byDay(length, starts int) set {
	match := c.days
	for from := c.daysFromEnd; from != 0; from &= from - 1 {
		if n := length - from.first(); n > 0 {
			match.add(n)
		}
	}
	for days := c.workdays; days != 0; days &= days - 1 {
		if n := days.first(); n <= length {
			match.add(nearestWorkday(n, length, starts))
		}
	}
	if c.lastWorkday {
		match.add(nearestWorkday(length, length, starts))
	}
	return match
}

// nearestWorkday returns the weekday, Monday to Friday, nearest to a day within its
// month.
func nearestWorkday(n, length, starts int) int {
	switch time.Weekday((starts + n - 1) % 7) {
	case time.Saturday:
		if n == 1 {
			return 3
		}
		return n - 1
	case time.Sunday:
		if n == length {
			return n - 2
		}
		return n + 1
	}
	return n
}

// byWeekday returns the days, of all, that match the day of the week.
func (c *cron) byWeekday(all set, starts int) set {
	const weekly = 1 | 1<<7 | 1<<14 | 1<<21 | 1<<28
	var match set
	for weekday := range 7 {
		first := 1 + (weekday-starts+7)%7
		days := weekly << first & all
		if c.weekdays.has(weekday) {
			match |= days
		}
		if c.lastWeekdays.has(weekday) {
			match.add(days.last())
		}
		for i, nth := range c.nthWeekdays {
			if nth.has(weekday) {
				match.add(first + 7*i)
			}
		}
	}
	return match
}
