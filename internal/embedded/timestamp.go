package embedded

import (
	"bytes"
	"errors"
	"time"
)

// timestampCollation orders the values of timestamp columns, and what they are
// compared with, by time.
const timestampCollation = "timestamp"

// formatTimestamp renders a time as RFC 3339 in UTC with the fraction of a
// second that it has.
func formatTimestamp(t time.Time) string {
	return t.UTC().Format(time.RFC3339Nano)
}

// compareTimestamps compares two points in time written as RFC 3339 in UTC, or
// in the forms that SQLite's own date functions return ("2006-01-02 15:04:05",
// "2006-01-02"). Bytewise, the former with and without a fraction of a second
// would be out of order, and the latter always before the same day.
func compareTimestamps(a, b []byte) int {
	aSecond, aFraction := splitTimestamp(a)
	bSecond, bFraction := splitTimestamp(b)
	for i := range min(len(aSecond), len(bSecond)) {
		x, y := aSecond[i], bSecond[i]
		if i == len("2006-01-02") {
			x, y = separator(x), separator(y)
		}
		if x != y {
			return int(x) - int(y)
		}
	}
	if len(aSecond) != len(bSecond) {
		return len(aSecond) - len(bSecond)
	}
	return bytes.Compare(aFraction, bFraction)
}

// splitTimestamp returns what is before the fraction of a second, and the
// fraction without a time zone of Z and without trailing zeros.
func splitTimestamp(t []byte) (second, fraction []byte) {
	t = bytes.TrimSuffix(t, []byte("Z"))
	if n := len("2006-01-02T15:04:05"); len(t) > n && t[n] == '.' {
		return t[:n], bytes.TrimRight(t[n+1:], "0")
	}
	return t, nil
}

func separator(c byte) byte {
	if c == ' ' || c == 't' {
		return 'T'
	}
	return c
}

// parseTimestamp reads a point in time in one of the forms that
// compareTimestamps knows.
func parseTimestamp(s string) (time.Time, error) {
	for _, layout := range []string{time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02 15:04:05", "2006-01-02T15:04:05", "2006-01-02 15:04", "2006-01-02"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errors.New("not a timestamp")
}
