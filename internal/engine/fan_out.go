package engine

import (
	"context"
	"errors"
	"sync"

	"steampipe-plugin-ssmassoc/internal/aws/throttle"
)

// ErrEnough ends a scan whose query needs no more rows.
var ErrEnough = errors.New("the query needs no more rows")

// Parents are what a table reads one by one: nodes, associations or executions.
type Parents[Parent any] struct {
	// Each sends every parent.
	Each func(ctx context.Context, send func(Parent) error) error
	// Listed reports whether AWS lists a parent now. It is nil if the query named the
	// parents, which need not exist.
	Listed func(context.Context, Parent) (bool, error)
	// Unknown, if not nil, is called, from any goroutine, for a named parent that AWS does
	// not know in the scan's region.
	Unknown func(Parent)
}

// StillListed returns the function that reports whether AWS lists the parent now, or nil
// if the query named it.
func (p Parents[Parent]) StillListed(parent Parent) func(context.Context) (bool, error) {
	if p.Listed == nil {
		return nil
	}
	return func(ctx context.Context) (bool, error) { return p.Listed(ctx, parent) }
}

// Named returns the parents that a query names.
func Named[Parent any](all []Parent) Parents[Parent] {
	return Parents[Parent]{Each: func(_ context.Context, send func(Parent) error) error {
		for _, one := range all {
			if err := send(one); err != nil {
				return err
			}
		}
		return nil
	}}
}

// EmitItems emits a row for each selected item of each parent. It stops early
// when the query needs no more rows.
func EmitItems[Parent, Item any](ctx context.Context, sc *Scan,
	from Parents[Parent],
	readOf func(Parent) ParentRead[Item],
	row func(*Item) any,
) error {
	read := func(ctx context.Context, parent Parent, take func([]*Item) error) error {
		defer sc.Work.Read.Add(1)
		r := readOf(parent)
		r.Limit = sc.Limit
		r.StillListed = from.StillListed(parent)
		unknown, err := ReadParent(ctx, sc, r, take)
		if err == nil && unknown != nil && from.Unknown != nil {
			from.Unknown(parent)
		}
		return err
	}
	return FanOut(ctx, sc, from.counted(sc.Work).Each, read, func(items []*Item) bool {
		for _, item := range items {
			if !sc.Emit(ctx, row(item)) {
				return false
			}
		}
		return sc.WantsRows()
	})
}

// FanOut calls read for each parent that list sends, for a bounded number at once,
// and passes what they send to take, one at a time and in no particular order. It stops
// early, without an error, when take returns false. When it returns, no goroutine
// that it started is left.
func FanOut[Parent, Result any](ctx context.Context, sc *Scan,
	list func(ctx context.Context, send func(Parent) error) error,
	read func(ctx context.Context, parent Parent, send func(Result) error) error,
	take func(Result) bool,
) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	// The listing runs ahead by as many parents as are read at once, so that the
	// reads do not wait for its next page. It does not run further ahead, so that a
	// query that soon has enough rows lists no unneeded parents.
	atOnce := sc.Connection.MaxConcurrentRequests()
	if sc.Limit > 0 {
		atOnce = min(atOnce, throttle.DefaultMaxInFlight)
	}
	listed := make(chan Parent, atOnce)
	results := make(chan Result)

	var work sync.WaitGroup
	work.Go(func() {
		defer close(listed)
		err := Recovered(func() error {
			return list(ctx, func(parent Parent) error { return send(ctx, listed, parent) })
		})
		if err != nil {
			cancel(err)
		}
	})
	work.Go(func() {
		defer close(results)
		// Readers are reused: a call needs a deep stack, which takes time to grow.
		// Another one starts only when all others are busy.
		var readers sync.WaitGroup
		next := make(chan Parent)
		started := 0
		for parent := range listed {
			if started < atOnce {
				select {
				case next <- parent:
					continue
				default:
				}
				started++
				readers.Go(func() {
					for ok := true; ok; parent, ok = <-next {
						err := Recovered(func() error {
							return read(ctx, parent, func(result Result) error { return send(ctx, results, result) })
						})
						if err != nil {
							cancel(err)
						}
					}
				})
				continue
			}
			if send(ctx, next, parent) != nil {
				break
			}
		}
		close(next)
		readers.Wait()
	})

	for result := range results {
		if ctx.Err() == nil && !take(result) {
			cancel(ErrEnough)
		}
	}
	work.Wait()
	if err := context.Cause(ctx); !errors.Is(err, ErrEnough) {
		return err
	}
	return nil
}

// send sends on a channel unless ctx ends first.
func send[T any](ctx context.Context, to chan<- T, value T) error {
	select {
	case to <- value:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}
