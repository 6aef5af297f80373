package ssmassoc

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// call is one Execute call of a host: one scan of one table, over one or more
// connections. It carries what the SDK does not keep safe: the failures, and
// the number of rows on their way.
//
// The SDK decides between "a failure came" and "the rows have ended" with a
// select, that is by chance, first for each connection and again for the call.
// A call therefore never tells the SDK of a failure. A list function records it
// here, which ends the context of the whole call, and returns as if it had
// finished; the SDK winds down, and the server answers with the failure. It is
// recorded before the list function returns, and the SDK cannot end the scan
// before that, so it is always there to be found.
type call struct {
	ctx    context.Context
	cancel context.CancelFunc

	connections map[string]*connectionCall
	unresolved  []string                      // columns with a condition that only PostgreSQL can apply
	lists       map[string][]*proto.QualValue // see takeLists
	emitted     atomic.Int64                  // rows handed to the SDK
	sent        atomic.Int64                  // rows that the SDK handed to the host

	mu       sync.Mutex
	failures []error
}

// connectionCall is the part of a call that concerns one connection.
type connectionCall struct {
	// room holds a place for each row between emit and the host. As long as
	// there are no more of them than the SDK's smallest channel holds, no
	// goroutine of the SDK can be left behind blocked on a row when a query
	// fails, is cancelled or needs no more.
	room chan struct{}
	// resolved is what the service keeps for the connection, once it was asked.
	resolved atomic.Pointer[connection]
	// cacheTTL is what the request says of caching: see readCache.ttl.
	cacheTTL time.Duration
	// streaming guards the SDK's count of streamed rows, which it keeps for
	// each connection without a lock.
	streaming sync.Mutex
}

type callKey struct{}

// newCall starts a call for the given connections. Its context ends with ctx,
// at the first failure, and with end.
func newCall(ctx context.Context, connections map[string]*proto.ExecuteConnectionData, cache *readCache) *call {
	c := &call{connections: make(map[string]*connectionCall, len(connections))}
	for name, request := range connections {
		c.connections[name] = &connectionCall{
			room:     make(chan struct{}, rowsUnderWay),
			cacheTTL: cache.ttl(request),
		}
	}
	c.ctx, c.cancel = context.WithCancel(context.WithValue(ctx, callKey{}, c))
	return c
}

// callFrom returns the call that ctx belongs to, or nil where the plugin is
// hosted without a [Server].
func callFrom(ctx context.Context) *call {
	c, _ := ctx.Value(callKey{}).(*call)
	return c
}

// fail records that the scan of a connection failed and ends the call. It
// returns the error for hosts without a [Server], which must be told.
func fail(ctx context.Context, connection string, err error) error {
	err = fmt.Errorf("%s: %w", connection, err)
	c := callFrom(ctx)
	if c == nil {
		return err
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.failures) > 0 && errors.Is(err, context.Canceled) {
		return err // a consequence of the first failure
	}
	c.failures = append(c.failures, err)
	c.cancel()
	return err
}

// emit hands a row of the query to the SDK. It returns false when the query
// needs no more rows or has ended.
func emit(ctx context.Context, d *plugin.QueryData, row any) bool {
	c := callFrom(ctx)
	if c == nil {
		d.StreamListItem(ctx, row)
		return d.RowsRemaining(ctx) > 0
	}

	cc := c.connections[d.Connection.Name]
	select {
	case cc.room <- struct{}{}:
	case <-ctx.Done():
		return false
	}
	cc.streaming.Lock()
	defer cc.streaming.Unlock()
	if d.RowsRemaining(ctx) <= 0 {
		<-cc.room
		return false
	}
	c.emitted.Add(1)
	d.StreamListItem(ctx, row)
	return d.RowsRemaining(ctx) > 0
}

// wantsRows tells whether the query needs any (more) rows.
func wantsRows(ctx context.Context, d *plugin.QueryData) bool {
	if c := callFrom(ctx); c != nil {
		cc := c.connections[d.Connection.Name]
		cc.streaming.Lock()
		defer cc.streaming.Unlock()
	}
	return d.RowsRemaining(ctx) > 0
}

// delivered notes that the host has taken a row of the connection.
func (c *call) delivered(connection string) {
	c.sent.Add(1)
	if cc := c.connections[connection]; cc != nil {
		select {
		case <-cc.room:
		default: // a row that did not come from emit
		}
	}
}

// end ends the call and returns what its host must be told, given what the SDK
// made of it.
func (c *call) end(parent context.Context, err error) error {
	c.cancel()
	if parent.Err() != nil {
		return parent.Err() // the host has turned away
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	if len(c.failures) > 0 {
		return joinLines(c.failures)
	}
	if err != nil {
		return err
	}
	if emitted, sent := c.emitted.Load(), c.sent.Load(); emitted != sent {
		return fmt.Errorf("of %d rows only %d were delivered; the result is not complete", emitted, sent)
	}
	return nil
}

// joinLines joins errors, one a line and none twice.
func joinLines(errs []error) error {
	if len(errs) == 1 {
		return errs[0]
	}
	seen := map[string]bool{}
	var lines []string
	for _, err := range errs {
		if line := err.Error(); !seen[line] {
			seen[line] = true
			lines = append(lines, line)
		}
	}
	return errors.New(strings.Join(lines, "\n"))
}
