package embedded

import (
	"slices"
	"testing"
	"time"
)

func TestCompareTimestamps(t *testing.T) {
	for name, test := range map[string]struct {
		a, b string
		want int
	}{
		"the same":                           {"2026-01-02T03:04:05Z", "2026-01-02T03:04:05Z", 0},
		"a fraction is later than none":      {"2026-01-02T03:04:05.5Z", "2026-01-02T03:04:05Z", 1},
		"a longer fraction":                  {"2026-01-02T03:04:05.5Z", "2026-01-02T03:04:05.25Z", 1},
		"trailing zeros":                     {"2026-01-02T03:04:05.50Z", "2026-01-02T03:04:05.5Z", 0},
		"zeros only":                         {"2026-01-02T03:04:05.000Z", "2026-01-02T03:04:05Z", 0},
		"SQLite's form of the same":          {"2026-01-02T03:04:05Z", "2026-01-02 03:04:05", 0},
		"SQLite's form of an earlier second": {"2026-01-02T03:04:05Z", "2026-01-02 03:04:04", 1},
		"SQLite's form of a later second":    {"2026-01-02T03:04:05Z", "2026-01-02 23:00:00", -1},
		"a day is its beginning":             {"2026-01-02T00:00:00Z", "2026-01-02", 0},
		"so are a month and a year":          {"2026-01", "2026", 0},
		"another time zone":                  {"2026-01-02T03:04:05.5Z", "2026-01-02T05:04:05.5+02:00", 0},
		"a minute":                           {"2026-01-02T03:04:00Z", "2026-01-02 03:04", 0},
		"a later day":                        {"2026-01-02T00:00:00Z", "2026-01-03", -1},
		"text that is not a time comes last": {"", "2026-01-03", 1},
	} {
		t.Run(name, func(t *testing.T) {
			if got := sign(compareTimestamps([]byte(test.a), []byte(test.b))); got != test.want {
				t.Errorf("%q, %q: got %d, want %d", test.a, test.b, got, test.want)
			}
			if got := sign(compareTimestamps([]byte(test.b), []byte(test.a))); got != -test.want {
				t.Errorf("%q, %q: got %d, want %d", test.b, test.a, got, -test.want)
			}
		})
	}
}

func sign(n int) int { return max(-1, min(1, n)) }

// FuzzCompareTimestamps compares the order of formatted times with that of the
// times.
func FuzzCompareTimestamps(f *testing.F) {
	f.Add(int64(0), int64(1))
	f.Add(int64(1_550_505_828_548_000_000), int64(1_550_505_828_000_000_000))
	f.Fuzz(func(t *testing.T, a, b int64) {
		times := []time.Time{time.Unix(0, a), time.Unix(0, b)}
		want := times[0].Compare(times[1])
		got := sign(compareTimestamps([]byte(formatTimestamp(times[0])), []byte(formatTimestamp(times[1]))))
		if got != want {
			t.Errorf("%v, %v: got %d, want %d", times[0], times[1], got, want)
		}
		parsed, err := parseTimestamp(formatTimestamp(times[0]))
		if err != nil || !parsed.Equal(times[0]) {
			t.Errorf("%v came back as %v, %v", times[0], parsed, err)
		}
	})
}

// FuzzTimestampOrder checks that the comparison is an order on any texts;
// SQLite would sort wrongly otherwise.
func FuzzTimestampOrder(f *testing.F) {
	f.Add("2026-01-02T03:04:05Z", "2026-01-02 03:04:05.1", "2026")
	f.Fuzz(func(t *testing.T, a, b, c string) {
		texts := []string{a, b, c}
		compare := func(x, y string) int { return compareTimestamps([]byte(x), []byte(y)) }
		slices.SortFunc(texts, compare)
		for i := range texts {
			for j := i; j < len(texts); j++ {
				if compare(texts[i], texts[j]) > 0 {
					t.Errorf("%q comes after %q", texts[i], texts[j])
				}
				if sign(compare(texts[i], texts[j])) != -sign(compare(texts[j], texts[i])) {
					t.Errorf("%q and %q each come first", texts[i], texts[j])
				}
			}
		}
	})
}
