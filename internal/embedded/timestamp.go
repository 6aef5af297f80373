package embedded

import (
	"bytes"
	"errors"
	"time"
)

// timestampCollation is the collation of timestamp columns. It orders them, and
// the values compared with them, by time.
const timestampCollation = "timestamp"

// formatTimestamp formats a time as RFC 3339 in UTC, with the fraction of a
// second if it has one.
func formatTimestamp(t time.Time) string {
	return t.UTC().Format(time.RFC3339Nano)
}

// compareTimestamps compares two points in time in any format that
// parseTimestamp accepts. Bytewise, times with and without fractions or in
// different time zones would be out of order, as would the results of SQLite's
// date functions. Values that are not points in time come last.
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

// timestampLayouts are the accepted formats: RFC 3339, those of SQLite's date
// functions, and a day, month or year, meaning its beginning. Times without a
// zone are in UTC.
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

// ParseTime parses a value of a timestamp column, and reports whether it is a point in
// time. Columns of the plugin are in RFC 3339; those of attached files have the texts of
// the file.
func ParseTime(text string) (at time.Time, ok bool) {
	at, err := parseTimestamp(text)
	return at, err == nil
}

// parseTimestamp parses a point in time.
func parseTimestamp(s string) (time.Time, error) {
	for _, layout := range timestampLayouts {
		if t, err := time.Parse(layout, s); err == nil {
			return t, nil
		}
	}
	return time.Time{}, errors.New("not a timestamp")
}
