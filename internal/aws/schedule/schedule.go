// Package schedule evaluates the schedules of State Manager associations: when one runs
// next, when it was last due, and the longest time that it leaves between two runs.
//
// The calendar decides: a month without a day has no run on it. All times are UTC.
//
// See "Reference: Cron and rate expressions for Systems Manager",
// https://docs.aws.amazon.com/systems-manager/latest/userguide/reference-cron-and-rate-expressions.html.
package schedule

import (
	"strconv"
	"strings"
	"time"
)

// Types of schedule expressions.
const (
	Cron = "cron"
	Rate = "rate"
	At   = "at"
)

const day = 24 * time.Hour

// Schedule is a schedule expression that was understood. The zero time stands for none.
type Schedule interface {
	// Type is Cron, Rate or At.
	Type() string
	// Next returns the first run after a moment.
	Next(after time.Time) time.Time
	// Previous returns the last run up to a moment.
	Previous(until time.Time) time.Time
	// First returns the first run of an association that was created or changed at a
	// moment and waits for its schedule. A run that an offset moves past the change is
	// not its own: it belongs to the period before.
	First(changed time.Time) time.Time
	// LongestGap returns the longest time between two consecutive runs in the 30 years
	// from the beginning of the year before now; 0 if there are fewer than two.
	LongestGap(now time.Time) time.Duration
}

// Parse reads a schedule expression. It returns nil for one that State Manager would
// refuse.
//
// offset is the schedule offset in days, which applies to cron expressions only. last is
// the association's last run, from which a rate counts.
func Parse(expression string, offset int, last time.Time) Schedule {
	name, inner, found := strings.Cut(strings.ToUpper(strings.TrimSpace(expression)), "(")
	inner, closed := strings.CutSuffix(inner, ")")
	if !found || !closed {
		return nil
	}
	switch name {
	case "CRON":
		if c, ok := parseCron(strings.Fields(inner)); ok {
			c.offset = time.Duration(offset) * day
			return c
		}
	case "RATE":
		if every, ok := parseRate(strings.Fields(inner)); ok {
			return rate{every: every, last: last}
		}
	case "AT":
		if at, ok := parseTime(strings.TrimSpace(inner)); ok {
			return once{at}
		}
	}
	return nil
}

// rate is a rate expression. It counts from the association's last run.
type rate struct {
	every time.Duration
	last  time.Time
}

// parseRate reads a number and its unit, which is singular after 1 only.
func parseRate(fields []string) (time.Duration, bool) {
	if len(fields) != 2 {
		return 0, false
	}
	number, err := strconv.ParseUint(fields[0], 10, 16)
	unit, plural := strings.CutSuffix(fields[1], "S")
	if err != nil || number == 0 || plural == (number == 1) {
		return 0, false
	}
	units := map[string]time.Duration{"MINUTE": time.Minute, "HOUR": time.Hour, "DAY": day}
	return time.Duration(number) * units[unit], units[unit] > 0
}

func (rate) Type() string { return Rate }

func (r rate) Next(after time.Time) time.Time {
	switch {
	case r.last.IsZero():
		return time.Time{}
	case after.Before(r.last):
		return r.last
	}
	return r.Previous(after).Add(r.every)
}

func (r rate) Previous(until time.Time) time.Time {
	if r.last.IsZero() || until.Before(r.last) {
		return time.Time{}
	}
	return r.last.Add(until.Sub(r.last).Truncate(r.every))
}

// First returns none: a rate does not wait.
func (rate) First(time.Time) time.Time { return time.Time{} }

func (r rate) LongestGap(time.Time) time.Duration { return r.every }

// once is an at expression.
type once struct{ at time.Time }

// parseTime reads a time with or without seconds, in UTC unless it has a zone.
func parseTime(text string) (time.Time, bool) {
	for _, layout := range []string{
		"2006-01-02T15:04:05", "2006-01-02T15:04:05Z07:00", "2006-01-02T15:04", "2006-01-02T15:04Z07:00",
	} {
		if at, err := time.Parse(layout, text); err == nil {
			return at.UTC(), true
		}
	}
	return time.Time{}, false
}

func (once) Type() string { return At }

func (o once) Next(after time.Time) time.Time {
	if o.at.After(after) {
		return o.at
	}
	return time.Time{}
}

func (o once) Previous(until time.Time) time.Time {
	if o.at.After(until) {
		return time.Time{}
	}
	return o.at
}

func (o once) First(changed time.Time) time.Time { return o.Next(changed) }

func (once) LongestGap(time.Time) time.Duration { return 0 }
