package awsconn

import (
	"context"
	"strings"
	"sync"
	"testing"
)

// TestLongReadsTakeTurns lets many reads grow at once and counts how many of
// them are long.
func TestLongReadsTakeTurns(t *testing.T) {
	const atOnce, page = 16, 256 << 10
	turns := newLongReads(atOnce)
	var (
		mu                      sync.Mutex
		long, longest           int
		mostAtOnce, mostLongest int
		started, finished       sync.WaitGroup
	)
	started.Add(atOnce)
	for range atOnce {
		finished.Go(func() {
			size := &ReadSize{turns: &turns}
			ctx := context.WithValue(t.Context(), readSizeKey{}, size)
			started.Done()
			started.Wait()
			wasLong, wasLongest := 0, 0
			for size.bytes < 8<<20 {
				noteSize(ctx, page)
				if err := size.MayGoOn(ctx); err != nil {
					t.Error(err)
				}
				mu.Lock()
				if wasLong == 0 && size.bytes > turns.short {
					wasLong = 1
					long++
				}
				if wasLongest == 0 && size.bytes > longestRead {
					wasLongest = 1
					longest++
				}
				mostAtOnce, mostLongest = max(mostAtOnce, long), max(mostLongest, longest)
				mu.Unlock()
			}
			mu.Lock()
			long, longest = long-wasLong, longest-wasLongest
			mu.Unlock()
			size.End()
		})
	}
	finished.Wait()
	if mostAtOnce > mostLongReads || mostLongest != 1 {
		t.Errorf("%d long reads at once, %d of the longest", mostAtOnce, mostLongest)
	}
}

func TestReadsAreBounded(t *testing.T) {
	turns := newLongReads(16)
	for name, test := range map[string]struct {
		turns *longReads
		most  int
	}{
		"a read that gathers rows": {&turns, mostGatheredBytes},
		"a listing":                {nil, mostListedBytes},
	} {
		t.Run(name, func(t *testing.T) {
			size := &ReadSize{turns: test.turns}
			defer size.End()
			ctx := context.WithValue(t.Context(), readSizeKey{}, size)
			noteSize(ctx, test.most)
			if err := size.MayGoOn(ctx); err != nil {
				t.Errorf("at the bound: %v", err)
			}
			noteSize(ctx, 1)
			if err := size.MayGoOn(ctx); err == nil || !strings.Contains(err.Error(), "ask for less") {
				t.Errorf("beyond the bound: %v", err)
			}
		})
	}
	t.Run("a query that ends gives up its turn", func(t *testing.T) {
		held := &ReadSize{turns: &turns, bytes: longestRead + 1}
		defer held.End()
		if err := held.MayGoOn(t.Context()); err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		waiting := &ReadSize{turns: &turns, bytes: longestRead + 1}
		if err := waiting.MayGoOn(ctx); err == nil {
			t.Error("it did not wait")
		}
		waiting.End()
		held.End()
		again := &ReadSize{turns: &turns, bytes: longestRead + 1}
		defer again.End()
		if err := again.MayGoOn(t.Context()); err != nil {
			t.Error(err)
		}
	})
}
