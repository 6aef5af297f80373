package awsconn

import (
	"context"
	"sync"
	"testing"
)

// readOf returns a read with turns, and the context of its calls.
func readOf(t *testing.T, turns *longReads) (*ReadSize, context.Context) {
	t.Helper()
	size := &ReadSize{turns: turns, most: rowsBound}
	t.Cleanup(size.End)
	return size, context.WithValue(t.Context(), readSizeKey{}, size)
}

// TestLongReadsTakeTurns lets many reads grow at once and counts how many of
// them are long.
func TestLongReadsTakeTurns(t *testing.T) {
	const atOnce, page = 16, 256 << 10
	turns := newLongReads(atOnce)
	var (
		mu                sync.Mutex
		long, maxAtOnce   int
		started, finished sync.WaitGroup
	)
	started.Add(atOnce)
	for range atOnce {
		size, ctx := readOf(t, &turns)
		finished.Go(func() {
			started.Done()
			started.Wait()
			wasLong := false
			for {
				noteSize(ctx, page)
				streams, err := size.Took(ctx)
				if err != nil {
					t.Error(err)
				}
				mu.Lock()
				if streams {
					if size.bytes <= longestRead || len(size.held) > 0 {
						t.Errorf("a read of %d bytes streams with %d turns", size.bytes, len(size.held))
					}
					mu.Unlock()
					return
				}
				if !wasLong && size.bytes > turns.short {
					wasLong = true
					long++
				}
				maxAtOnce = max(maxAtOnce, long)
				if size.bytes+page > longestRead { // the turn ends with the next page
					long--
				}
				mu.Unlock()
			}
		})
	}
	finished.Wait()
	if maxAtOnce > maxLongReads {
		t.Errorf("%d long reads at once", maxAtOnce)
	}
}

func TestBoundsAreRaised(t *testing.T) {
	turns := newLongReads(16)
	t.Run("of a gathering read", func(t *testing.T) {
		size, ctx := readOf(t, &turns)
		for _, step := range []struct {
			smallest, raised bool
			most             bound
		}{{false, true, pageBound}, {false, false, pageBound}, {true, true, itemBound}, {true, false, itemBound}} {
			raised, err := size.Raise(ctx, step.smallest)
			if err != nil || raised != step.raised || boundOf(ctx) != step.most {
				t.Errorf("raised %t to %v, error %v; want %v", raised, boundOf(ctx), err, step)
			}
		}
		// Another one waits for the turn.
		waiting, ctx := readOf(t, &turns)
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		if _, err := waiting.Raise(ctx, false); err == nil {
			t.Error("it did not wait")
		}
		waiting.End()
		size.End()
		again, ctx := readOf(t, &turns)
		if _, err := again.Raise(ctx, false); err != nil {
			t.Error(err)
		}
	})
	t.Run("of a read that streams, which holds its turn for a page", func(t *testing.T) {
		size, ctx := readOf(t, &turns)
		if _, err := size.Raise(ctx, false); err != nil {
			t.Fatal(err)
		}
		for range 3 {
			noteSize(ctx, longestRead+1)
			if streams, err := size.Took(ctx); err != nil || !streams || len(size.held) > 0 {
				t.Errorf("streams %t with %d turns, error %v", streams, len(size.held), err)
			}
			if err := size.Begin(ctx); err != nil || len(size.held) != 2 {
				t.Errorf("%d turns, error %v", len(size.held), err)
			}
		}
	})
	t.Run("of a listing", func(t *testing.T) {
		size := &ReadSize{most: pageBound}
		if raised, err := size.Raise(t.Context(), false); raised || err != nil {
			t.Errorf("raised %t, error %v", raised, err)
		}
		if raised, err := size.Raise(t.Context(), true); !raised || err != nil || len(size.held) > 0 {
			t.Errorf("raised %t, error %v", raised, err)
		}
	})
}
