package readcache

import (
	"context"
	"errors"
	"slices"
	"strconv"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// letters sends a, b and c, each when it is let.
func letters(let <-chan struct{}, end error) Run[string] {
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

var errPanic = errors.New("a panic")

// guard makes errPanic of a panic.
func guard(f func() error) (err error) {
	defer func() {
		if recover() != nil {
			err = errPanic
		}
	}()
	return f()
}

func nothing(*sharedRead[string], error) error { return nil }

// followed returns what a follower of a read is given.
func followed(ctx context.Context, r *sharedRead[string]) (items []string, err error) {
	_, err = r.follow(ctx, func(item *string) error {
		items = append(items, *item)
		return nil
	})
	return items, err
}

func TestSharedRead(t *testing.T) {
	let := make(chan struct{})
	close(let)

	t.Run("every follower is given every item", func(t *testing.T) {
		r, start := newSharedRead(t.Context(), Options{}, letters(let, nil), nothing)
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
	t.Run("every follower gets an error", func(t *testing.T) {
		failure := errors.New("failure")
		r, start := newSharedRead(t.Context(), Options{}, letters(let, failure), nothing)
		go start()
		if items, err := followed(t.Context(), r); !errors.Is(err, failure) || len(items) != 3 {
			t.Errorf("%v, %v", items, err)
		}
		r.leave()
	})
	t.Run("a panic is an error", func(t *testing.T) {
		var failure error
		r, start := newSharedRead(t.Context(), Options{Guard: guard}, func(context.Context, func(*string) error) (error, error) { panic("out of order") },
			func(_ *sharedRead[string], err error) error { failure = err; return nil })
		go start()
		if _, err := followed(t.Context(), r); !errors.Is(err, errPanic) {
			t.Error(err)
		}
		r.leave()
		if failure == nil {
			t.Error("a read that panicked counts as complete")
		}
	})
	t.Run("a read goes on while anyone follows it", func(t *testing.T) {
		let := make(chan struct{})
		first, cancel := context.WithCancel(t.Context())
		r, start := newSharedRead(first, Options{}, letters(let, nil), nothing)
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
		r, start := newSharedRead(t.Context(), Options{}, letters(make(chan struct{}), nil), nothing)
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
		r, _ := newSharedRead(t.Context(), Options{}, letters(nil, nil), nothing)
		r.followers = 0
		if r.join() {
			t.Error("joined")
		}
	})
}

func TestAReadThatHasJustEndedIsNotMadeAgain(t *testing.T) {
	let := make(chan struct{})
	close(let)
	c := New(Options{})
	key := Key{Operation: "letters"}

	r, _ := join(t.Context(), c, Source[string]{Key: key, Run: letters(let, nil)}, time.Minute)
	if _, err := r.follow(t.Context(), func(*string) error { return nil }); err != nil {
		t.Fatal(err)
	}
	r.leave()
	// Who looked before the read was kept, and comes when it has ended:
	if _, kept := join(t.Context(), c, Source[string]{Key: key, Run: letters(let, nil)}, time.Minute); kept == nil {
		t.Fatal("the read is made again")
	}
}

func TestEmptyReadsTakeRoomInTheCache(t *testing.T) {
	c := New(Options{})
	c.Resize(1)
	empty := func(context.Context, func(*string) error) (error, error) { return nil, nil }
	for i := range 20_000 {
		r, _ := join(t.Context(), c, Source[string]{Key: Key{Parent: strconv.Itoa(i)}, Run: empty}, time.Minute)
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
		cache := New(Options{})
		defer cache.kept.StopAllGoroutines()
		read := func(ctx context.Context) error {
			_, err := Through(ctx, cache, Source[string]{Key: Key{Operation: "letters"}, Run: letters(let, nil)}, time.Minute, func(*string) error { return nil })
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
