// Package timestamp reads the times that SQL statements compare with, as
// PostgreSQL's timestamptz does, and orders them.
//
// The grammar is the part of PostgreSQL's input that has one meaning whatever the
// session's settings, with UTC as the zone of times without one. See
// https://www.postgresql.org/docs/current/datatype-datetime.html, "Date/Time Input",
// and https://www.postgresql.org/docs/current/datetime-input-rules.html.
package timestamp

import (
	"bytes"
	"fmt"
	"math"
	"time"
)

// Example is a time as statements may write it.
const Example = "'2026-11-23 20:00:00+00'"

// Times before and after all others.
var (
	past   = time.Date(-100_000, 1, 1, 0, 0, 0, 0, time.UTC)
	future = time.Date(1_000_000, 1, 1, 0, 0, 0, 0, time.UTC)
)

// Format formats a time as RFC 3339 in UTC, with the fraction of a second if it has
// one. Years of other than four digits, and infinity, have the form that [Parse]
// reads.
func Format(t time.Time) string {
	const layout = "-01-02T15:04:05.999999999Z"
	t = t.UTC()
	switch year := t.Year(); {
	case t.Equal(past):
		return "-infinity"
	case t.Equal(future):
		return "infinity"
	case year < 1:
		return fmt.Sprintf("%04d", 1-year) + t.Format(layout) + " BC"
	default:
		return fmt.Sprintf("%04d", year) + t.Format(layout)
	}
}

// Compare orders texts by the times that they stand for. Texts that are not times
// come last; ok is false if there are any.
func Compare(a, b []byte) (order int, ok bool) {
	if isPlain(a) && isPlain(b) {
		// Without the Z, their order is that of the bytes.
		return bytes.Compare(a[:len(a)-1], b[:len(b)-1]), true
	}
	now := time.Now()
	x, errX := Parse(string(a), now)
	y, errY := Parse(string(b), now)
	switch {
	case errX == nil && errY == nil:
		return x.Compare(y), true
	case errX == nil:
		return -1, false
	case errY == nil:
		return 1, false
	}
	return bytes.Compare(a, b), false
}

// Seconds since 1970 that are taken for a time: from March 1973 until the year 5138.
// Smaller numbers are years, days, dates without separators and Julian days; larger
// ones are milliseconds.
const (
	leastSeconds = 100_000_000
	maxSeconds   = 100_000_000_000
)

// FromSeconds returns the time of a number of seconds since 1970, as SQLite's
// unixepoch() returns it, to the microsecond.
func FromSeconds(seconds float64) (time.Time, error) {
	size := math.Abs(seconds)
	switch {
	case size >= leastSeconds && size < maxSeconds:
		whole, fraction := math.Modf(seconds)
		return time.Unix(int64(whole), int64(math.Round(fraction*1e6))*1e3).UTC(), nil
	case size >= maxSeconds && size < 1000*maxSeconds:
		return time.Time{}, fmt.Errorf("the number %.0f is not a time in seconds since 1970; "+
			"divide milliseconds by 1000, or write one like %s", seconds, Example)
	}
	return time.Time{}, fmt.Errorf("the number %s is not a time; write one like %s, "+
		"or count from today as in date('now', '-7 days')", plain(seconds), Example)
}

// plain writes a number as people do.
func plain(number float64) string {
	if number == math.Trunc(number) && math.Abs(number) < 1e15 {
		return fmt.Sprintf("%.0f", number)
	}
	return fmt.Sprint(number)
}
