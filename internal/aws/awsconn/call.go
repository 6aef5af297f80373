package awsconn

import "context"

// Call runs send, which calls an operation of SSM in a region. Before that it waits for a
// place among the requests in flight of the region and of the process, and for the limiters
// that apply. If AWS refuses the credentials, it searches for new ones and runs send once
// more. It adds the likely cause, if known, to the error of send.
func Call[T any](ctx context.Context, r *Region, operation string, send func() (T, error)) (T, error) {
	var none T
	c := r.connection
	if err := r.bounds.InFlight.Acquire(ctx, 1); err != nil {
		return none, err
	}
	defer r.bounds.InFlight.Release(1)
	if err := c.shared.inFlight.Enter(ctx, &c.config); err != nil {
		return none, err
	}
	defer c.shared.inFlight.Leave(&c.config)
	release, err := c.shared.limiters.Acquire(ctx, map[string]string{
		"connection": c.Name,
		"region":     r.Name,
		"service":    "ssm",
		"action":     operation,
	})
	if err != nil {
		return none, err
	}
	defer release()
	result, err := authorized(ctx, c, send)
	if err != nil {
		return none, c.explain(err)
	}
	return result, nil
}

// StartRead begins a read, whose calls must use the returned context. gathered says that
// the caller keeps all pages until the last has come. The caller must call End.
func (r *Region) StartRead(ctx context.Context, gathered bool) (context.Context, *ReadSize) {
	size := &ReadSize{most: pageBound}
	if gathered {
		size.turns, size.most = &r.connection.longReads, rowsBound
	}
	return context.WithValue(ctx, readSizeKey{}, size), size
}
