package readcache

import (
	"context"
	"sync"
	"time"
)

// Run reads from the source and passes each item to send, whose error ends the read. Its
// first result is not nil if the source does not know the parent of the items: then there
// are none, and the read is complete all the same.
type Run[Item any] func(ctx context.Context, send func(*Item) error) (unknown, err error)

// sharedRead is a read under way that any number of callers follow, item by item as
// they come.
type sharedRead[Item any] struct {
	started time.Time
	cancel  context.CancelFunc
	done    chan struct{} // closed when the read has ended

	mu        sync.Mutex
	items     []*Item
	unknown   error         // the first result of Run
	err       error         // set before done is closed
	changed   chan struct{} // closed and replaced when there are more items
	followers int
}

// newSharedRead returns a read with its first follower, and the function that runs it. The
// read outlives the context of that follower while others follow it. When it has ended it
// calls ended with its error; ended returns the reason why a complete read was not kept.
func newSharedRead[Item any](
	ctx context.Context, o Options, read Run[Item], ended func(*sharedRead[Item], error) error,
) (_ *sharedRead[Item], start func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r := &sharedRead[Item]{
		started:   time.Now(),
		cancel:    cancel,
		done:      make(chan struct{}),
		changed:   make(chan struct{}),
		followers: 1,
	}
	return r, func() {
		defer close(r.done)
		defer cancel()
		err := o.guard(func() (err error) {
			r.unknown, err = read(ctx, r.add)
			return err
		})
		r.mu.Lock()
		r.err = err
		r.mu.Unlock()
		if err := o.guard(func() error { return ended(r, err) }); err != nil && o.Unkept != nil {
			o.Unkept(ctx, err) // the read itself is valid
		}
	}
}

func (r *sharedRead[Item]) add(item *Item) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.items = append(r.items, item)
	close(r.changed)
	r.changed = make(chan struct{})
	return nil
}

// join makes the caller a follower, which must leave. It returns false if the read has lost
// its last follower and is being cancelled.
func (r *sharedRead[Item]) join() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.followers == 0 {
		return false
	}
	r.followers++
	return true
}

// leave ends the caller's interest. While others follow the read, it returns at once. With
// the last follower the read is cancelled, unless it has ended, and leave waits for its
// end.
func (r *sharedRead[Item]) leave() {
	r.mu.Lock()
	r.followers--
	last := r.followers == 0
	r.mu.Unlock()
	if last {
		r.cancel()
		<-r.done
	}
}

func (r *sharedRead[Item]) ended() bool {
	select {
	case <-r.done:
		return true
	default:
		return false
	}
}

// follow passes each item to take, from the first on, as they come. It returns a nil error
// only if the read is complete and every item was taken.
func (r *sharedRead[Item]) follow(ctx context.Context, take func(*Item) error) (unknown, err error) {
	for next := 0; ; {
		// Ask for the end before the items: those that come in between are for the
		// next turn.
		ended := r.ended()
		r.mu.Lock()
		items, err, changed := r.items[next:], r.err, r.changed
		r.mu.Unlock()

		for _, item := range items {
			if err := take(item); err != nil {
				return nil, err
			}
		}
		next += len(items)
		if ended {
			return r.unknown, err
		}
		select {
		case <-changed:
		case <-r.done:
		case <-ctx.Done():
			return nil, context.Cause(ctx)
		}
	}
}
