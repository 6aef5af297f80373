package awsprofile

import (
	"errors"
	"strings"
	"time"
)

// ParseTime reads the time at which credentials expire, in the forms that programs and
// services write it and that botocore accepts: RFC 3339, and the same with a space for T,
// or with UTC, GMT or an offset without colon for the zone.
func ParseTime(text string) (time.Time, error) {
	text = strings.TrimSpace(text)
	for _, zone := range []string{"UTC", "GMT", "utc", "gmt", "z"} {
		if rest, found := strings.CutSuffix(text, zone); found {
			text = strings.TrimSpace(rest) + "Z"
			break
		}
	}
	for _, date := range []string{"2006-01-02T15:04:05", "2006-01-02 15:04:05", "20060102T150405"} {
		for _, zone := range []string{"Z07:00", "Z0700", "Z07", " Z07:00", " Z0700"} {
			if t, err := time.Parse(date+zone, text); err == nil {
				return t, nil
			}
		}
	}
	return time.Time{}, errors.New("it is not a time with a zone, as in 2006-01-02T15:04:05Z")
}
