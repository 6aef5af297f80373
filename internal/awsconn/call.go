package awsconn

import "context"

// Call waits until the operation may be called in a region and then runs send, which
// makes the call. The wait is for the bounds of the region and of the process, and
// for the limiters that apply.
//
// Where AWS refuses the credentials they are looked for anew and send runs once
// more. An error comes with its likely cause, as far as it is known.
func Call[T any](ctx context.Context, r *Region, operation string, send func() (T, error)) (T, error) {
	var none T
	c := r.connection
	if err := r.bounds.InFlight.Acquire(ctx, 1); err != nil {
		return none, err
	}
	defer r.bounds.InFlight.Release(1)
	if err := c.shared.inFlight.Enter(ctx, c); err != nil {
		return none, err
	}
	defer c.shared.inFlight.Leave(c)
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
		return none, explain(err)
	}
	return result, nil
}

// StartRead begins a read of the region's answers, whose calls are made with the
// returned context. gathered says that no item leaves before the last page came. End
// must be called.
func (r *Region) StartRead(ctx context.Context, gathered bool) (context.Context, *ReadSize) {
	size := &ReadSize{}
	if gathered {
		size.turns = &r.connection.longReads
	}
	return context.WithValue(ctx, readSizeKey{}, size), size
}
