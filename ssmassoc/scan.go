package ssmassoc

import (
	"context"
	"errors"
	"sync"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// regionColumn is the name of the column, and of the SDK's matrix property,
// that holds a row's region.
const regionColumn = "region"

// scan is one list call of a table: one region of one connection.
type scan struct {
	region     *region
	connection *connection
	// quals are the query's conditions on key columns.
	quals plugin.KeyColumnQualMap
	// caller is set where the query asks for a column that needs it.
	caller caller
	// cacheTTL is for how long what is read may be kept, and how old what is
	// kept may be. 0 forbids both.
	cacheTTL time.Duration
	// limit is how many rows the query needs at most, or 0 for all.
	limit int
}

// targetRegions is a table's plugin.MatrixItemMapFunc: the SDK makes one list
// call for each of the connection's regions that the query's conditions leave.
func (s *service) targetRegions(ctx context.Context, d *plugin.QueryData) []map[string]any {
	names, err := func() ([]string, error) {
		c, err := s.connection(ctx, d.Connection)
		if err != nil {
			return nil, err
		}
		return c.targetRegions(ctx)
	}()
	if err != nil {
		if err = fail(ctx, d.Connection.Name, err); callFrom(ctx) == nil {
			panic(err) // the SDK's way to take an error from here
		}
	}
	matrix := make([]map[string]any, len(names))
	for i, name := range names {
		matrix[i] = map[string]any{regionColumn: name}
	}
	return matrix
}

// list runs a list call of a table. Whatever goes wrong in it, a panic
// included, ends the whole call as a failure.
func (s *service) list(ctx context.Context, d *plugin.QueryData, rows func(context.Context, *scan) error) error {
	err := recovered(func() error {
		if !wantsRows(ctx, d) {
			return nil
		}
		sc, err := s.newScan(ctx, d)
		if err != nil {
			return err
		}
		return rows(ctx, sc)
	})
	if err == nil {
		return nil
	}
	if err = fail(ctx, d.Connection.Name, err); callFrom(ctx) == nil {
		return err
	}
	return nil
}

func (s *service) newScan(ctx context.Context, d *plugin.QueryData) (*scan, error) {
	c, err := s.connection(ctx, d.Connection)
	if err != nil {
		return nil, err
	}
	r, err := c.region(ctx, d.EqualsQuals[regionColumn].GetStringValue())
	if err != nil {
		return nil, err
	}
	sc := &scan{region: r, connection: c, quals: d.Quals}
	// The SDK copies the conditions for each column of each row, and no column
	// is made of them.
	d.Quals = nil
	if limit := d.QueryContext.Limit; limit != nil {
		sc.limit = int(*limit)
	}
	call := callFrom(ctx)
	if call != nil {
		sc.cacheTTL = call.connections[c.name].cacheTTL
	}
	for _, column := range d.QueryContext.Columns {
		if column == "account_id" || column == "partition" {
			if sc.caller, err = c.caller.get(ctx, c.identify); err != nil {
				return nil, err
			}
			break
		}
	}
	if call != nil && len(call.unresolved) > 0 {
		plugin.Logger(ctx).Warn("a condition reached the plugin without its value: reading all nodes; \"column in (select ...)\" reads fewer than \"column = (select ...)\"",
			"connection", c.name, "columns", call.unresolved)
	}
	return sc, nil
}

// errEnough ends the work of a scan whose query needs no more rows.
var errEnough = errors.New("the query needs no more rows")

// eachNode calls read for each node id that list sends, with a bounded number
// of them at once, and passes what it returns to take, one result at a time and
// in no particular order. It stops early, without error, when take returns
// false. Nothing that it started is left when it returns.
func eachNode[T any](ctx context.Context, sc *scan,
	list func(ctx context.Context, send func(id string) error) error,
	read func(ctx context.Context, id string) (T, error),
	take func(T) bool,
) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)

	// The listing runs ahead of the reads by as many nodes as are read at
	// once, so that they do not wait for its next page; and by no more, so
	// that a query that soon has enough does not list what it will not read.
	atOnce := sc.connection.maxConcurrentRequests()
	if sc.limit > 0 {
		atOnce = min(atOnce, defaultMaxConcurrentRequests)
	}
	ids := make(chan string, atOnce)
	results := make(chan T)

	var work sync.WaitGroup
	work.Go(func() {
		defer close(ids)
		err := recovered(func() error {
			return list(ctx, func(id string) error { return send(ctx, ids, id) })
		})
		if err != nil {
			cancel(err)
		}
	})
	work.Go(func() {
		defer close(results)
		// A reader lives for as long as there are nodes to read: a call needs
		// a deep stack, which takes time to grow. The next one is started when
		// all others are busy.
		var readers sync.WaitGroup
		next := make(chan string)
		started := 0
		for id := range ids {
			if started < atOnce {
				select {
				case next <- id:
					continue
				default:
				}
				started++
				readers.Go(func() {
					for ok := true; ok; id, ok = <-next {
						err := recovered(func() error {
							result, err := read(ctx, id)
							if err != nil {
								return err
							}
							return send(ctx, results, result)
						})
						if err != nil {
							cancel(err)
						}
					}
				})
				continue
			}
			if send(ctx, next, id) != nil {
				break
			}
		}
		close(next)
		readers.Wait()
	})

	for result := range results {
		if ctx.Err() == nil && !take(result) {
			cancel(errEnough)
		}
	}
	work.Wait()
	if err := context.Cause(ctx); !errors.Is(err, errEnough) {
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
