package ssmassoc

import (
	"context"
	"sync"
	"time"
)

// reading is one read of AWS, under way or complete, that any number of scans
// follow: the pages of a listing as they come, or all of a node's rows at once.
type reading[T any] struct {
	started time.Time
	done    chan struct{} // closed when the read has ended

	mu        sync.Mutex
	cancel    context.CancelFunc // nil when the read has ended
	items     []T
	err       error
	changed   chan struct{} // closed, and replaced, when there is more to follow
	followers int
}

// newReading returns a read, with its first follower, and the function that
// runs it. The read outlives the context of that follower as long as others
// follow it. ended is called when it has ended, with its error.
func newReading[T any](ctx context.Context, run func(ctx context.Context, send func(T) error) error, ended func(*reading[T], error)) (_ *reading[T], start func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r := &reading[T]{
		started:   time.Now(),
		cancel:    cancel,
		done:      make(chan struct{}),
		changed:   make(chan struct{}),
		followers: 1,
	}
	return r, func() {
		defer close(r.done)
		err := recovered(func() error {
			return run(ctx, func(item T) error {
				r.mu.Lock()
				defer r.mu.Unlock()
				r.items = append(r.items, item)
				close(r.changed)
				r.changed = make(chan struct{})
				return nil
			})
		})
		r.mu.Lock()
		r.err = err
		r.cancel = nil // what is kept must not keep the first scan's context
		r.mu.Unlock()
		cancel()
		ended(r, err)
	}
}

// join makes the caller a follower, who must leave. It returns false when there
// is no one left to follow the read for: it is being cancelled.
func (r *reading[T]) join() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.followers == 0 && !r.ended() {
		return false
	}
	r.followers++
	return true
}

// leave ends a follower's interest. With the last one the read is cancelled,
// unless it has ended, and has come to an end when leave returns.
func (r *reading[T]) leave() {
	r.mu.Lock()
	r.followers--
	last, cancel := r.followers == 0, r.cancel
	r.mu.Unlock()
	if last && cancel != nil {
		cancel()
		<-r.done
	}
}

func (r *reading[T]) ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// follow passes each item to take, from the first on, as they come. It returns
// nil only when the read is complete and every item was taken.
func (r *reading[T]) follow(ctx context.Context, take func(T) error) error {
	for next := 0; ; {
		// Whether it has ended must be known before what it has: what comes
		// in between is then read in the next turn.
		ended := r.ended()
		r.mu.Lock()
		items, err, changed := r.items[next:], r.err, r.changed
		r.mu.Unlock()

		for _, item := range items {
			if err := take(item); err != nil {
				return err
			}
		}
		next += len(items)
		if ended {
			return err
		}
		select {
		case <-changed:
		case <-r.done:
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
}
