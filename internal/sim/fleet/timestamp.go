package fleet

import (
	"strconv"
	"time"
)

// Timestamp is a date in milliseconds since the Unix epoch, the resolution of
// SSM.
type Timestamp int64

// Time returns the date in UTC, exact to the millisecond.
func (t Timestamp) Time() time.Time { return time.UnixMilli(int64(t)).UTC() }

// add returns the date d later, to the millisecond.
func (t Timestamp) add(d time.Duration) Timestamp { return t + Timestamp(d.Milliseconds()) }

// String formats the date as in the API: epoch seconds, with ".0" for whole
// seconds and no trailing zeros otherwise.
func (t Timestamp) String() string { return string(t.append(nil)) }

// MarshalJSON encodes the date as in the API.
func (t Timestamp) MarshalJSON() ([]byte, error) { return t.append(nil), nil }

func (t Timestamp) append(b []byte) []byte {
	ms := int64(t)
	if ms < 0 {
		b = append(b, '-')
		ms = -ms
	}
	b = strconv.AppendInt(b, ms/1000, 10)
	frac := ms % 1000
	b = append(b, '.', byte('0'+frac/100))
	if frac%100 != 0 {
		b = append(b, byte('0'+frac/10%10))
	}
	if frac%10 != 0 {
		b = append(b, byte('0'+frac%10))
	}
	return b
}
