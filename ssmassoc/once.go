package ssmassoc

import (
	"context"
	"sync"
)

// once holds a value that is fetched at its first use and then kept. A failed
// or cancelled fetch is not kept: the next caller tries again. Callers that
// come while a fetch is under way wait for their turn or for the end of their
// own context.
type once[T any] struct {
	setup sync.Once
	turn  chan struct{}
	have  bool
	value T
}

func (o *once[T]) get(ctx context.Context, fetch func(context.Context) (T, error)) (T, error) {
	o.setup.Do(func() { o.turn = make(chan struct{}, 1) })

	select {
	case o.turn <- struct{}{}:
	case <-ctx.Done():
		var none T
		return none, context.Cause(ctx)
	}
	defer func() { <-o.turn }()

	if o.have {
		return o.value, nil
	}
	value, err := fetch(ctx)
	if err == nil {
		o.value, o.have = value, true
	}
	return value, err
}
