package engine

import (
	"context"
	"errors"
	"slices"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
)

// fan runs fanOut over n parents, whose results are twice their numbers.
func fan(
	t *testing.T, n int, listErr error, read func(context.Context, int) (int, error), take func(int) bool,
) error {
	t.Helper()
	sc := &Scan{Connection: awsconn.New("c", awsconn.Config{}, awsconn.NewShared(), nil)}
	list := func(_ context.Context, send func(int) error) error {
		for parent := range n {
			if err := send(parent); err != nil {
				return err
			}
		}
		return listErr
	}
	return FanOut(t.Context(), sc, list, func(ctx context.Context, parent int, send func(int) error) error {
		result, err := read(ctx, parent)
		if err != nil {
			return err
		}
		return send(result)
	}, take)
}

func TestFanOut(t *testing.T) {
	failure := errors.New("failure")
	double := func(_ context.Context, parent int) (int, error) { return 2 * parent, nil }

	t.Run("takes the result of every parent once", func(t *testing.T) {
		var got []int
		err := fan(t, 100, nil, double, func(n int) bool { got = append(got, n); return true })
		slices.Sort(got)
		if err != nil || len(got) != 100 || got[0] != 0 || got[99] != 198 || len(slices.Compact(got)) != 100 {
			t.Errorf("%v, %v", got, err)
		}
	})
	t.Run("an error of a read ends it", func(t *testing.T) {
		err := fan(t, 1000, nil, func(_ context.Context, parent int) (int, error) {
			if parent == 50 {
				return 0, failure
			}
			return 0, nil
		}, func(int) bool { return true })
		if !errors.Is(err, failure) {
			t.Error(err)
		}
	})
	t.Run("an error of the listing ends it", func(t *testing.T) {
		if err := fan(t, 3, failure, double, func(int) bool { return true }); !errors.Is(err, failure) {
			t.Error(err)
		}
	})
	t.Run("a panic of a read is an error", func(t *testing.T) {
		var panicked *panicError
		err := fan(t, 3, nil, func(context.Context, int) (int, error) { panic("out of order") },
			func(int) bool { return true })
		if !errors.As(err, &panicked) {
			t.Error(err)
		}
	})
	t.Run("enough results end it without an error", func(t *testing.T) {
		taken := 0
		err := fan(t, 1000, nil, double, func(int) bool { taken++; return taken < 5 })
		if err != nil || taken != 5 {
			t.Errorf("%d results, %v", taken, err)
		}
	})
	t.Run("reads as many parents at once as requests may be in flight", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var now, most atomic.Int64
			start := time.Now()
			err := fan(t, 160, nil, func(context.Context, int) (int, error) {
				n := now.Add(1)
				defer now.Add(-1)
				for m := most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
				}
				time.Sleep(time.Second) // of the simulated clock
				return 0, nil
			}, func(int) bool { return true })
			if took := time.Since(start); err != nil || most.Load() != 16 || took != 10*time.Second {
				t.Errorf("%d at once, in %s: %v", most.Load(), took, err)
			}
		})
	})
}
