package ssmassoc

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// letters sends a, b and c, each when it is let.
func letters(let <-chan struct{}, end error) func(context.Context, func(string) error) error {
	return func(ctx context.Context, send func(string) error) error {
		for _, letter := range []string{"a", "b", "c"} {
			select {
			case <-let:
			case <-ctx.Done():
				return ctx.Err()
			}
			if err := send(letter); err != nil {
				return err
			}
		}
		return end
	}
}

func nothing(*reading[string], error) {}

// followed returns what a follower of a read is given.
func followed(ctx context.Context, r *reading[string]) (items []string, err error) {
	err = r.follow(ctx, func(item string) error {
		items = append(items, item)
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
		r, start := newReading(t.Context(), func(context.Context, func(string) error) error { panic("out of order") },
			func(_ *reading[string], err error) { told = err })
		go start()
		if _, err := followed(t.Context(), r); err == nil || !strings.Contains(err.Error(), "out of order") {
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
	key := readKey{what: "letters"}
	s := source[string]{run: letters(let, nil), size: func(s string) int { return len(s) }}

	_, start := joinReading(t.Context(), c, key, s, time.Minute)
	start()
	// Who looked before the read was kept, and comes when it has ended:
	r, start := joinReading(t.Context(), c, key, s, time.Minute)
	if start != nil {
		t.Fatal("the read is made again")
	}
	defer r.leave()
	if items, err := followed(t.Context(), r); err != nil || len(items) != 3 {
		t.Errorf("%v, %v", items, err)
	}
}

func TestEmptyReadsTakeRoomInTheCache(t *testing.T) {
	c := newReadCache()
	c.setSize(1)
	s := source[string]{size: func(string) int { return 0 }, run: func(context.Context, func(string) error) error { return nil }}
	for i := range 20_000 {
		_, start := joinReading(t.Context(), c, readKey{of: strconv.Itoa(i)}, s, time.Minute)
		start()
	}
	c.kept.CleanUp()
	if n := c.kept.EstimatedSize(); n > 1<<20/entrySize {
		t.Errorf("%d reads are kept in 1 MiB", n)
	}
}
