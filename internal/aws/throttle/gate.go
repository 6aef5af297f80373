package throttle

import (
	"context"
	"sync"
)

// Gate bounds how many things are under way at once, fairly among their holders:
// a free place goes to the waiting holder with the fewest, so that a slow or
// greedy holder does not keep the others waiting. One holder has at most half of
// the places.
type Gate[Holder comparable] struct {
	mu      sync.Mutex
	free    int
	share   int // the most places for one holder
	held    map[Holder]int
	waiting map[Holder][]*ticket
}

// ticket is a turn at a gate.
type ticket struct {
	granted chan struct{} // closed when the place is given
}

// NewGate returns a gate with the given number of places.
func NewGate[Holder comparable](places int) *Gate[Holder] {
	return &Gate[Holder]{
		free:    places,
		share:   max(1, places/2),
		held:    map[Holder]int{},
		waiting: map[Holder][]*ticket{},
	}
}

// Enter waits for a place, or for the end of ctx. After a nil error the caller must
// call Leave.
func (g *Gate[Holder]) Enter(ctx context.Context, h Holder) error {
	g.mu.Lock()
	t := &ticket{granted: make(chan struct{})}
	g.waiting[h] = append(g.waiting[h], t)
	g.grant()
	g.mu.Unlock()

	select {
	case <-t.granted:
		return nil
	case <-ctx.Done():
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	select {
	case <-t.granted: // at the same moment
		g.giveBack(h)
	default:
		g.forget(h, t)
	}
	return context.Cause(ctx)
}

// Leave gives a place back.
func (g *Gate[Holder]) Leave(h Holder) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.giveBack(h)
}

func (g *Gate[Holder]) giveBack(h Holder) {
	g.free++
	if g.held[h]--; g.held[h] == 0 {
		delete(g.held, h)
	}
	g.grant()
}

// grant gives the free places to waiting holders.
func (g *Gate[Holder]) grant() {
	for g.free > 0 {
		var next Holder
		found := false
		for h := range g.waiting {
			if g.held[h] < g.share && (!found || g.held[h] < g.held[next]) {
				next, found = h, true
			}
		}
		if !found {
			return
		}
		t := g.waiting[next][0]
		g.forget(next, t)
		g.held[next]++
		g.free--
		close(t.granted)
	}
}

// forget drops a ticket that waits.
func (g *Gate[Holder]) forget(h Holder, t *ticket) {
	all := g.waiting[h]
	for i, other := range all {
		if other == t {
			all = append(all[:i:i], all[i+1:]...)
			break
		}
	}
	if g.waiting[h] = all; len(all) == 0 {
		delete(g.waiting, h)
	}
}
