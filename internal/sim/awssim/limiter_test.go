package awssim

import (
	"testing"
	"time"
)

func TestLimiterRefillsAtItsRate(t *testing.T) {
	now := time.Unix(0, 0)
	l := newLimiter(10, 2)
	l.now = func() time.Time { return now }
	key := bucketKey{account: "a", region: "r", action: "x"}
	passed := func(calls int) int {
		n := 0
		for range calls {
			if l.allow(key) {
				n++
			}
		}
		return n
	}
	for _, c := range []struct {
		name  string
		after time.Duration
		calls int
		want  int
	}{
		{"a full bucket holds its burst", 0, 5, 2},
		{"nothing comes back at once", 0, 1, 0},
		{"one call comes back in a tenth of a second", 100 * time.Millisecond, 5, 1},
		{"halves add up", 50 * time.Millisecond, 5, 0},
		{"to a whole", 50 * time.Millisecond, 5, 1},
		{"no more than the burst is saved up", time.Hour, 5, 2},
		{"a clock that goes back gives nothing", -time.Hour, 5, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			now = now.Add(c.after)
			if got := passed(c.calls); got != c.want {
				t.Errorf("%d passed, want %d", got, c.want)
			}
		})
	}
	t.Run("each key has a bucket of its own", func(t *testing.T) {
		if !l.allow(bucketKey{account: "b", region: "r", action: "x"}) {
			t.Error("refused")
		}
	})
}

func TestLimiterHasASmallBurstByDefault(t *testing.T) {
	for tps, want := range map[float64]float64{0.5: 1, 10: 1, 25: 3, 400: 40} {
		if got := newLimiter(tps, 0).burst; got != want {
			t.Errorf("%g a second: %g at once, want %g", tps, got, want)
		}
	}
}
