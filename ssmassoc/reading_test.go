package ssmassoc

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// letters sends a, b and c, each when it is let.
func letters(let <-chan struct{}, end error) run[string] {
	return func(ctx context.Context, send func(*string) error) (unknown, err error) {
		for _, letter := range []string{"a", "b", "c"} {
			select {
			case <-let:
			case <-ctx.Done():
				return nil, ctx.Err()
			}
			if err := send(&letter); err != nil {
				return nil, err
			}
		}
		return nil, end
	}
}

func nothing(*reading[string], error) {}

// followed returns what a follower of a read is given.
func followed(ctx context.Context, r *reading[string]) (items []string, err error) {
	_, err = r.follow(ctx, func(item *string) error {
		items = append(items, *item)
		return nil
	})
	return items, err
}

func TestReading(t *testing.T) {
	let := make(chan struct{})
	close(let)

	t.Run("every follower is given every item", func(t *testing.T) {
		r, start := newReading(t.Context(), letters(let, nil), nothing)
		go start()
		var followers sync.WaitGroup
		for range 5 {
			if !r.join() {
				t.Fatal("a read under way could not be joined")
			}
			followers.Go(func() {
				defer r.leave()
				if items, err := followed(t.Context(), r); err != nil || !slices.Equal(items, []string{"a", "b", "c"}) {
					t.Errorf("%v, %v", items, err)
				}
			})
		}
		followers.Wait()
		r.leave()
	})
	t.Run("every follower is told of an error", func(t *testing.T) {
		failure := errors.New("failure")
		r, start := newReading(t.Context(), letters(let, failure), nothing)
		go start()
		if items, err := followed(t.Context(), r); !errors.Is(err, failure) || len(items) != 3 {
			t.Errorf("%v, %v", items, err)
		}
		r.leave()
	})
	t.Run("a panic is an error", func(t *testing.T) {
		var told error
		r, start := newReading(t.Context(), func(context.Context, func(*string) error) (error, error) { panic("out of order") },
			func(_ *reading[string], err error) { told = err })
		go start()
		var p *panicError
		if _, err := followed(t.Context(), r); !errors.As(err, &p) || p.value != "out of order" || strings.Contains(err.Error(), "out of order") {
			t.Error(err)
		}
		r.leave()
		if told == nil {
			t.Error("a read that panicked counts as complete")
		}
	})
	t.Run("a read goes on while anyone follows it", func(t *testing.T) {
		let := make(chan struct{})
		first, cancel := context.WithCancel(t.Context())
		r, start := newReading(first, letters(let, nil), nothing)
		go start()
		r.join()
		cancel()
		if _, err := followed(first, r); !errors.Is(err, context.Canceled) {
			t.Error(err)
		}
		r.leave()
		close(let)
		if items, err := followed(t.Context(), r); err != nil || len(items) != 3 {
			t.Errorf("%v, %v", items, err)
		}
		r.leave()
	})
	t.Run("a read ends with its last follower", func(t *testing.T) {
		r, start := newReading(t.Context(), letters(make(chan struct{}), nil), nothing)
		go start()
		r.leave()
		if !r.ended() {
			t.Error("it goes on")
		}
		if _, err := followed(t.Context(), r); err == nil {
			t.Error("what was broken off counts as complete")
		}
	})
	t.Run("a read that is being cancelled cannot be joined", func(t *testing.T) {
		r, _ := newReading(t.Context(), letters(nil, nil), nothing)
		r.followers = 0
		if r.join() {
			t.Error("joined")
		}
	})
}

func TestAReadThatHasJustEndedIsNotMadeAgain(t *testing.T) {
	let := make(chan struct{})
	close(let)
	c := newReadCache()
	key := readKey{operation: "letters"}

	r, _ := joinReading(t.Context(), c, key, letters(let, nil), time.Minute)
	if _, err := r.follow(t.Context(), func(*string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	r.leave()
	// Who looked before the read was kept, and comes when it has ended:
	if _, kept := joinReading(t.Context(), c, key, letters(let, nil), time.Minute); kept == nil {
		t.Fatal("the read is made again")
	}
}

func TestEmptyReadsTakeRoomInTheCache(t *testing.T) {
	c := newReadCache()
	c.setSize(1)
	empty := func(context.Context, func(*string) error) (error, error) { return nil, nil }
	for i := range 20_000 {
		r, _ := joinReading(t.Context(), c, readKey{of: strconv.Itoa(i)}, empty, time.Minute)
		r.leave()
	}
	c.kept.CleanUp()
	if n := c.kept.EstimatedSize(); n > 1<<20/entrySize {
		t.Errorf("%d reads are kept in 1 MiB", n)
	}
}

// TestACancelledScanLeavesASharedRead cancels the scan that started a read which
// another scan follows, and which AWS does not answer.
func TestACancelledScanLeavesASharedRead(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		let := make(chan struct{})
		cache := newReadCache()
		defer cache.kept.StopAllGoroutines()
		sc := &scan{region: &region{name: "us-east-1"}, connection: &connection{cache: cache}, cacheTTL: time.Minute}
		read := func(ctx context.Context) error {
			_, err := readThrough(ctx, sc, source[string]{operation: "letters", run: letters(let, nil)}, func(*string) error { return nil })
			return err
		}
		first, cancel := context.WithCancel(t.Context())
		left, stayed := make(chan error, 1), make(chan error, 1)
		go func() { left <- read(first) }()
		synctest.Wait()
		go func() { stayed <- read(t.Context()) }()
		synctest.Wait()

		cancel()
		synctest.Wait()
		select {
		case err := <-left:
			if !errors.Is(err, context.Canceled) {
				t.Error(err)
			}
		default:
			t.Error("the scan that was cancelled waits for the read")
		}
		close(let)
		if err := <-stayed; err != nil {
			t.Error(err)
		}
		time.Sleep(2 * workerIdle) // of the fake clock, on which the worker ends
	})
}
