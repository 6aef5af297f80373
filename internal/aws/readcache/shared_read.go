package readcache

import (
	"context"
	"reflect"
	"slices"
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
	options Options
	started time.Time
	cancel  context.CancelFunc
	done    chan struct{} // closed when the read has ended
	packing *packing      // nil if the read is not to be kept

	mu        sync.Mutex
	parts     []*part[Item] // the last is open
	dropped   int           // parts before the first of these
	bytes     int           // of the compact forms
	unkept    bool          // whether the read has become too long to be kept
	unknown   error         // the first result of Run
	err       error         // set before done is closed
	changed   chan struct{} // closed and replaced when there are more items, or when they are taken
	followers int
	positions map[*position]struct{} // of the followers that have begun
}

// newSharedRead returns a read with its first follower, and the function that runs it. The
// read outlives the context of that follower while others follow it. When it has ended it
// calls ended with its error; ended returns the reason why a complete read was not kept.
func newSharedRead[Item any](
	ctx context.Context, o Options, read Run[Item], ended func(*sharedRead[Item], error) error,
) (_ *sharedRead[Item], start func()) {
	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	r := &sharedRead[Item]{
		options:   o,
		parts:     []*part[Item]{{}},
		positions: map[*position]struct{}{},
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
			r.unknown, err = read(ctx, func(item *Item) error { return r.add(ctx, item) })
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

// add adds an item. It waits for the only follower of a read that is not kept.
func (r *sharedRead[Item]) add(ctx context.Context, item *Item) error {
	full := r.packing.add(r.options, reflect.ValueOf(item).Elem())
	r.mu.Lock()
	open := r.parts[len(r.parts)-1]
	open.items = append(open.items, item)
	open.count++
	r.notify()
	r.mu.Unlock()
	if !full {
		return nil
	}
	form, err := r.packing.seal()
	r.mu.Lock()
	defer r.mu.Unlock()
	if err != nil {
		return nil // the items themselves are left
	}
	open.form = form
	r.bytes += len(form.form)
	if n := len(r.parts); n > 1 {
		r.parts[n-2].items = nil
	}
	r.parts = append(r.parts, &part[Item]{})
	r.unkept = r.unkept || r.bytes > maxReadBytes
	for r.unkept {
		r.drop()
		if r.followers != 1 || len(r.parts) <= maxWaitingParts {
			break
		}
		changed := r.changed
		r.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
		}
		r.mu.Lock()
		if err := ctx.Err(); err != nil {
			return err
		}
	}
	return nil
}

// drop drops the parts that every follower has taken. The caller holds r.mu.
func (r *sharedRead[Item]) drop() {
	if len(r.positions) < r.followers {
		return // one has not begun
	}
	first := r.dropped + len(r.parts) - 1
	for at := range r.positions {
		first = min(first, at.part)
	}
	r.parts = slices.Delete(r.parts, 0, first-r.dropped)
	r.dropped = first
}

// notify wakes those that wait for a change. The caller holds r.mu.
func (r *sharedRead[Item]) notify() {
	close(r.changed)
	r.changed = make(chan struct{})
}

// join makes the caller a follower, which must leave. It returns false if the read has lost
// its last follower and is being cancelled, or has dropped items.
func (r *sharedRead[Item]) join() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.followers == 0 || r.dropped > 0 {
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
	r.notify()
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
	at := &position{}
	r.mu.Lock()
	r.positions[at] = struct{}{}
	r.mu.Unlock()
	defer func() {
		r.mu.Lock()
		delete(r.positions, at)
		r.mu.Unlock()
	}()
	for {
		// Ask for the end before the items: those that come in between are for the
		// next turn.
		ended := r.ended()
		r.mu.Lock()
		n := at.part - r.dropped
		p := *r.parts[n]
		last := n == len(r.parts)-1
		err, changed := r.err, r.changed
		r.mu.Unlock()

		if err := p.each(at.item, take); err != nil {
			return nil, err
		}
		r.mu.Lock()
		at.item = p.count
		if !last {
			at.part, at.item = at.part+1, 0
			r.notify()
		}
		r.mu.Unlock()
		switch {
		case !last:
			continue
		case ended:
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

// each passes the items from a number on to take.
func (p *part[Item]) each(from int, take func(*Item) error) error {
	if p.items != nil {
		for _, item := range p.items[from:] {
			if err := take(item); err != nil {
				return err
			}
		}
		return nil
	}
	if from == p.count {
		return nil
	}
	n := 0
	return each(keptItems{p.form}, func(item *Item) error {
		if n++; n <= from {
			return nil
		}
		return take(item)
	})
}
