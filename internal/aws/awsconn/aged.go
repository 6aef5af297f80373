package awsconn

import (
	"context"
	"sync"
	"time"
)

// MaxAge is the greatest age of anything that is known about a connection, such as its
// regions.
const MaxAge = time.Hour

// aged holds a value that is fetched on first use, and again when it is older than its
// user allows. A failed fetch is not kept. Callers that come during a fetch wait for
// their turn, or for the end of their context. The zero value is ready to use.
type aged[T any] struct {
	setup sync.Once
	turn  chan struct{}
	value T
	since time.Time // the start of the fetch; zero for none
}

// peek returns the value if there is one. It does not wait for a fetch under way.
func (c *aged[T]) peek() (value T, ok bool) {
	c.setup.Do(func() { c.turn = make(chan struct{}, 1) })
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
		return c.value, !c.since.IsZero()
	default:
		return value, false
	}
}

// get returns a value that is no older than maxAge.
func (c *aged[T]) get(ctx context.Context, maxAge time.Duration, fetch func(context.Context) (T, error)) (T, error) {
	c.setup.Do(func() { c.turn = make(chan struct{}, 1) })
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}

	if !c.since.IsZero() && time.Since(c.since) <= maxAge {
		return c.value, nil
	}
	since := time.Now()
	value, err := fetch(ctx)
	if err == nil {
		c.value, c.since = value, since
	}
	return value, err
}
