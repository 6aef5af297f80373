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

// compareTimestamps compares two points in time, in any of the forms that
// parseTimestamp reads. Bytewise, times with and without a fraction of a second
// or in another time zone would be out of order, and so would the results of
// SQLite's date functions. What is no point in time comes after all that are.
func compareTimestamps(a, b []byte) int {
	x, errX := parseTimestamp(string(a))
	y, errY := parseTimestamp(string(b))
	switch {
	case errX == nil && errY == nil:
		return x.Compare(y)
	case errX == nil:
		return -1
	case errY == nil:
		return 1
	}
	return bytes.Compare(a, b)
}

// timestampLayouts are the forms of a point in time: RFC 3339, what SQLite's
// date functions return and take, and the beginning of a day, month or year.
// Without a time zone it is UTC.
var timestampLayouts = []string{
	time.RFC3339Nano,
	"2006-01-02 15:04:05.999999999Z07:00",
	"2006-01-02 15:04:05.999999999",
	"2006-01-02T15:04:05.999999999",
	"2006-01-02 15:04Z07:00",
	"2006-01-02T15:04Z07:00",
	"2006-01-02 15:04",
	"2006-01-02T15:04",
	"2006-01-02",
	"2006-01",
	"2006",
}

// parseTimestamp reads a point in time.
func parseTimestamp(s string) (time.Time, error) {
	for _, layout := range timestampLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errors.New("not a timestamp")
}
