package awsprofile

import (
	"errors"
	"strings"
	"time"
)

// expirationDates are the forms of a time without its zone, in capitals.
var expirationDates = []string{
	"2006-01-02T15:04:05", "2006-01-02 15:04:05", "2006-01-02T15:04", "2006-01-02 15:04", "20060102T150405",
	"Mon, 2 Jan 2006 15:04:05",
}

// ParseTime reads the time at which credentials expire, in the forms that programs and
// services write it and that botocore accepts: RFC 3339, and the same with a space for T,
// without seconds, or with UTC, GMT or an offset without colon for the zone; RFC 1123; and
// the form of the program date.
func ParseTime(text string) (time.Time, error) {
	text = strings.ToUpper(strings.TrimSpace(text))
	for _, zone := range []string{"UTC", "GMT"} {
		if t, err := time.Parse("Mon Jan _2 15:04:05 "+zone+" 2006", text); err == nil {
			return t, nil
		}
		if rest, found := strings.CutSuffix(text, zone); found {
			text = strings.TrimSpace(rest) + "Z"
		}
	}
	for _, date := range expirationDates {
		for _, zone := range []string{"Z07:00", "Z0700", "Z07", " Z07:00", " Z0700", " Z07"} {
			if t, err := time.Parse(date+zone, text); err == nil {
				return t, nil
			}
		}
	}
	return time.Time{}, errors.New("it is not a time with a zone, as in 2006-01-02T15:04:05Z")
}
