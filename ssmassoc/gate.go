package ssmassoc

import (
	"context"
	"os"
	"strconv"
	"sync"
)

// maxRequests is the greatest number of requests in flight over all connections,
// where the environment does not set another (SSMASSOC_MAX_CONCURRENT_REQUESTS).
const (
	maxRequests         = 256
	maxRequestsVariable = "SSMASSOC_MAX_CONCURRENT_REQUESTS"
)

// maxRegionScans is the greatest number of regions that one query scans at once
// over all connections. One that waits has no goroutines yet: so many accounts take
// no more memory than a few. It is enough to keep maxRequests in flight. The bound
// is of a query, not of the process: a scan keeps its place while its host does not
// take rows, and the host may be waiting for the rows of another scan.
const maxRegionScans = 96

// requestBound returns the greatest number of requests in flight.
func requestBound() int {
	if n, err := strconv.Atoi(os.Getenv(maxRequestsVariable)); err == nil && n > 0 {
		return n
	}
	return maxRequests
}

// gate bounds what is under way at once over all connections, fairly: a free place
// goes to the connection that holds the fewest, so that one whose calls are slow, or
// that has many regions, does not keep the others waiting. A connection holds at
// most half of the places.
type gate struct {
	mu      sync.Mutex
	free    int
	share   int // the places that one connection holds at most
	held    map[*connection]int
	waiting map[*connection][]*ticket
}

// ticket is someone's turn at a gate.
type ticket struct {
	granted chan struct{} // closed when the place is given
}

func newGate(places int) *gate {
	return &gate{
		free:    places,
		share:   max(1, places/2),
		held:    map[*connection]int{},
		waiting: map[*connection][]*ticket{},
	}
}

// enter waits for a place. It must be followed by leave.
func (g *gate) enter(ctx context.Context, c *connection) error {
	g.mu.Lock()
	t := &ticket{granted: make(chan struct{})}
	g.waiting[c] = append(g.waiting[c], t)
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
		g.giveBack(c)
	default:
		g.forget(c, t)
	}
	return context.Cause(ctx)
}

// leave gives a place back.
func (g *gate) leave(c *connection) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.giveBack(c)
}

func (g *gate) giveBack(c *connection) {
	g.free++
	if g.held[c]--; g.held[c] == 0 {
		delete(g.held, c)
	}
	g.grant()
}

// grant gives the free places to those who wait.
func (g *gate) grant() {
	for g.free > 0 {
		var next *connection
		for c := range g.waiting {
			if g.held[c] < g.share && (next == nil || g.held[c] < g.held[next]) {
				next = c
			}
		}
		if next == nil {
			return
		}
		t := g.waiting[next][0]
		g.forget(next, t)
		g.held[next]++
		g.free--
		close(t.granted)
	}
}

// forget takes a ticket out of those that wait.
func (g *gate) forget(c *connection, t *ticket) {
	all := g.waiting[c]
	for i, other := range all {
		if other == t {
			all = append(all[:i:i], all[i+1:]...)
			break
		}
	}
	if g.waiting[c] = all; len(all) == 0 {
		delete(g.waiting, c)
	}
}
