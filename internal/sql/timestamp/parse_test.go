package timestamp_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"steampipe-plugin-ssmassoc/internal/sql/timestamp"
)

// TestParse shows what is read in addition to what PostgreSQL reads, and what is
// refused.
func TestParse(t *testing.T) {
	now := time.Date(2026, 11, 30, 12, 30, 15, 0, time.UTC)
	for text, want := range map[string]string{
		"2026":                              "2026-01-01T00:00:00Z",
		"2026-11":                           "2026-11-01T00:00:00Z",
		"1764000000":                        "2025-11-24T16:00:00Z",
		"1764000000.25":                     "2025-11-24T16:00:00.25Z",
		"100000000":                         "1973-03-03T09:46:40Z",
		"now":                               "2026-11-30T12:30:15Z",
		"Yesterday 06:00":                   "2026-11-29T06:00:00Z",
		"2026-01-02T03:04:05.123456789Z":    "2026-01-02T03:04:05.123456789Z",
		"11/12/2026":                        "day or month first",
		"2026-11-01 01:30 America/New_York": "clocks are turned then",
		"2026-11-23 IST":                    "the time zone IST has no single meaning",
		"2026-11-23 Nowhere/Town":           "the time zone Nowhere/Town is unknown here",
		"":                                  `"" is not a time; write one like '2026-11-23 20:00:00+00'`,
		"soon":                              `"soon" is not a time`,
		"12345678901234":                    "is not a time",
	} {
		got := ""
		if at, err := timestamp.Parse(text, now); err != nil {
			got = err.Error()
		} else {
			got = timestamp.Format(at)
		}
		if !strings.Contains(got, want) {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func TestFromSeconds(t *testing.T) {
	for seconds, want := range map[float64]string{
		1764000000: "2025-11-24T16:00:00Z", 1764000000.5: "2025-11-24T16:00:00.5Z", -1764000000: "1914-02-07T08:00:00Z",
		2019: "the number 2019 is not a time", 20261123: "the number 20261123 is not", 2461000.5: "2.4610005e+06 is not",
		0: "the number 0 is not", 1764000000000: "divide milliseconds by 1000", 1e30: "is not a time",
	} {
		got := ""
		if at, err := timestamp.FromSeconds(seconds); err != nil {
			got = err.Error()
		} else {
			got = timestamp.Format(at)
		}
		if !strings.Contains(got, want) {
			t.Errorf("%v: got %s, want %s", seconds, got, want)
		}
	}
}

// TestPlainDays checks the days of every month.
func TestPlainDays(t *testing.T) {
	for _, year := range []int{1, 1900, 2000, 2026, 2028} {
		for month := 0; month <= 13; month++ {
			for day := 0; day <= 32; day++ {
				text := fmt.Sprintf("%04d-%02d-%02dT00:00:00Z", year, month, day)
				got, err := timestamp.Parse(text, time.Now())
				want, wantErr := time.Parse(time.RFC3339, text)
				if (err == nil) != (wantErr == nil) || err == nil && !got.Equal(want) {
					t.Errorf("%s: got %v, %v", text, got, err)
				}
			}
		}
	}
}

func BenchmarkCompare(b *testing.B) {
	for name, text := range map[string]string{
		"plain": "2026-11-23T20:00:00.123Z", "sqlite": "2026-11-23 20:00:00", "other": "2026-11-23 20:00:00+00",
	} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				timestamp.Compare([]byte("2026-11-23T20:00:00.456Z"), []byte(text))
			}
		})
	}
}

// someTime draws a time within those of PostgreSQL.
func someTime(t *rapid.T) time.Time {
	seconds := rapid.Int64Range(-210_866_803_199, 9_224_318_015_998).Draw(t, "seconds")
	return time.Unix(seconds, rapid.SampledFrom([]int64{0, 0, 1, 500_000_000, 123_456_789}).Draw(t, "nanoseconds")).UTC()
}

// TestFormattedTimesAreRead checks that a formatted time is read as the same.
func TestFormattedTimesAreRead(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		at := someTime(t)
		text := timestamp.Format(at)
		if got, err := timestamp.Parse(text, time.Now()); err != nil || !got.Equal(at) {
			t.Fatalf("%s: got %v, %v", text, got, err)
		}
	})
}

// TestCompareIsTheOrderOfTimes checks that texts of any form are in the order of
// their times.
func TestCompareIsTheOrderOfTimes(t *testing.T) {
	layouts := []string{"2006-01-02 15:04:05.999999999Z07:00", "Jan 2 2006 15:04:05.999999999 -0700", "20060102T150405.999999999Z",
		"Mon, 02 Jan 2006 15:04:05.999999999 +0000", "2006/01/02 03:04:05.999999999 PM"}
	rapid.Check(t, func(t *rapid.T) {
		write := func(at time.Time) string {
			if y := at.Year(); y < 1000 || y > 9999 || rapid.Bool().Draw(t, "canonical") {
				return timestamp.Format(at)
			}
			layout := rapid.SampledFrom(layouts).Draw(t, "layout")
			return at.Format(layout)
		}
		x, y := someTime(t), someTime(t)
		if rapid.Bool().Draw(t, "near") {
			y = x.Add(time.Duration(rapid.IntRange(-1, 1).Draw(t, "by")) * time.Nanosecond)
		}
		a, b := write(x), write(y)
		if got, ok := timestamp.Compare([]byte(a), []byte(b)); !ok || got != x.Compare(y) {
			t.Fatalf("%s, %s: got %d, %v", a, b, got, ok)
		}
	})
}

// FuzzCompare checks that texts are in an order, times first, and that only times are
// taken for times.
func FuzzCompare(f *testing.F) {
	f.Add("2026-01-02T03:04:05Z", "2026-01-02 03:04:05.1", "2026")
	f.Add("soon", "", "\xff")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		compare := func(x, y string) int {
			order, _ := timestamp.Compare([]byte(x), []byte(y))
			return order
		}
		if compare(a, b) != -compare(b, a) {
			t.Errorf("%q and %q: %d, %d", a, b, compare(a, b), compare(b, a))
		}
		if compare(a, b) <= 0 && compare(b, c) <= 0 && compare(a, c) > 0 {
			t.Errorf("%q <= %q <= %q, but not the first and the last", a, b, c)
		}
		now := time.Now()
		if at, err := timestamp.Parse(a, now); err == nil {
			if again, err := timestamp.Parse(timestamp.Format(at), now); err != nil || !again.Equal(at) {
				t.Errorf("%q became %s: %v", a, timestamp.Format(at), err)
			}
		}
	})
}
