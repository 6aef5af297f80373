package server

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin/context_key"
	"golang.org/x/sync/errgroup"
	"golang.org/x/sync/semaphore"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/aws/throttle"
	"steampipe-plugin-ssmassoc/internal/engine"
)

// executor runs one Execute call of a host: the scan of one table over one or more
// connections.
//
// It replaces the SDK's own executor. That one starts goroutines, channels and maps for
// each row, and selects at random between an error and the end of the rows, so that a
// scan that fails after its first rows can end as a shorter answer without an error.
// Here every function returns its error to its caller, up to the host.
type executor struct {
	service    *service
	table      *plugin.Table
	list       func(context.Context, *engine.Scan) error // of the table
	conditions engine.Conditions
	hints      engine.Hints
	leftOut    func(column, value string) // as in scan
	statement  *engine.Statement          // nil if the host plans statements in its own way
	layout     *rowLayout
	queryData  *plugin.QueryData
	scans      *throttle.Gate[*awsconn.Connection] // of regions
	limit      int                                 // rows that the query needs; 0 for all
	newRow     newHostRow
	skipped    *engine.Skips
	triaged    engine.Triage
	reach      reach

	// cancel ends the work under way and gives the reason.
	cancel context.CancelCauseFunc

	mu     sync.Mutex
	stream proto.WrapperPlugin_ExecuteServer
	// needed is the number of further rows that the query needs, and unsent the
	// number of needed rows that have not been sent. Both are negative if the query
	// needs all rows.
	needed, unsent int64
}

// connectionScan is the part of an execution that concerns one connection.
type connectionScan struct {
	*executor
	connection *awsconn.Connection
	cacheTTL   time.Duration
	// knownAge is the greatest age of the connection's known account and regions.
	knownAge time.Duration
	identity awsconn.Identity
	peers    *engine.Peers

	fetched, hydrated int64 // rows and hydrate calls so far; guarded by executor.mu
}

// commonLimit returns the number of rows that a request needs, or -1 for all. A host
// gives the query's limit to each connection.
func commonLimit(connections map[string]*proto.ExecuteConnectionData) int64 {
	limit := int64(0)
	for _, data := range connections {
		if data.GetLimit() == nil {
			return -1
		}
		limit = max(limit, data.Limit.Value)
	}
	return limit
}

// run scans the connections and sends the rows. It returns nil only when every
// row was sent.
func (e *executor) run(connections map[string]*proto.ExecuteConnectionData, logger hclog.Logger) error {
	if e.conditions.Impossible || e.needed == 0 {
		return nil
	}
	host := e.stream.Context()
	ctx := context.WithValue(host, context_key.Logger, logger)
	ctx, e.cancel = context.WithCancelCause(ctx)
	defer e.cancel(nil)

	if len(e.conditions.Unresolved) > 0 {
		logger.Info("the values of some conditions are not known to the plugin, which reads without them",
			"table", e.table.Name, "columns", e.conditions.Unresolved)
	}
	names := slices.Sorted(maps.Keys(connections))
	failures := make([]error, len(names))
	var work sync.WaitGroup
	e.reach.add(engine.ConnectionNameColumn, names...)
	places := semaphore.NewWeighted(engine.MaxConnectionScans)
	for i, name := range names {
		if !e.conditions.Allow(engine.ConnectionNameColumn, name) {
			continue
		}
		if places.Acquire(ctx, 1) != nil {
			break // a scan has failed, or the execution has ended
		}
		work.Go(func() {
			defer places.Release(1)
			err := engine.Recovered(func() error { return e.scanConnection(ctx, name, connections[name]) })
			if err == nil || ctx.Err() != nil && (errors.Is(err, context.Canceled) || errors.Is(err, context.Cause(ctx))) {
				return // it has ended, or was cancelled
			}
			engine.LogPanic(ctx, err)
			failures[i] = fmt.Errorf("%s: %w", name, err)
			e.cancel(failures[i])
		})
	}
	work.Wait()
	e.skipped.Log(logger, e.table.Name)
	e.triaged.Log(logger, e.table.Name)
	if err := host.Err(); err != nil {
		return err // the host no longer wants the rows
	}
	if err := joinLines(failures); err != nil {
		return err
	}
	switch cause := context.Cause(ctx); {
	case errors.Is(cause, engine.ErrEnough):
	case cause != nil:
		return cause
	default:
		e.service.scopes.note(&e.reach, e.conditions, varyingColumns(e.stream))
	}
	return nil
}

// scanConnection scans the regions of a connection, as many at once as the gate lets in.
func (e *executor) scanConnection(ctx context.Context, name string, data *proto.ExecuteConnectionData) error {
	c, err := e.service.connection(name)
	if err != nil {
		return err
	}
	cs := e.scanOf(c, data)
	if e.layout.needsIdentity || e.conditions.On(engine.AccountColumn) {
		if cs.identity, err = c.Identity(ctx, cs.knownAge); err != nil {
			return err
		}
		e.reach.add(engine.AccountColumn, cs.identity.AccountID)
		if !e.conditions.Allow(engine.AccountColumn, cs.identity.AccountID) {
			return nil
		}
	}
	e.service.scopes.addConnection(name)
	regions, err := c.TargetRegions(ctx, cs.knownAge)
	if err != nil {
		return err
	}
	if e.conditions.On(engine.RegionColumn) {
		e.reach.add(engine.RegionColumn, regions...)
	}
	regions = slices.DeleteFunc(slices.Clone(regions), func(region string) bool {
		return !e.conditions.Allow(engine.RegionColumn, region)
	})
	cs.peers = &engine.Peers{Regions: regions, Open: cs.peerOf}
	scans, scanCtx := errgroup.WithContext(ctx)
	for _, region := range regions {
		if err := e.scans.Enter(scanCtx, c); err != nil {
			break // a scan has failed, or the execution has ended
		}
		scans.Go(func() error {
			defer e.scans.Leave(c)
			return engine.Recovered(func() error { return cs.scanRegion(scanCtx, region) })
		})
	}
	return cmp.Or(scans.Wait(), context.Cause(ctx))
}

func (e *executor) scanOf(c *awsconn.Connection, data *proto.ExecuteConnectionData) *connectionScan {
	cs := &connectionScan{executor: e, connection: c, cacheTTL: e.service.cacheTTL(data)}
	if cs.knownAge = min(cs.cacheTTL, awsconn.MaxAge); !data.GetCacheEnabled() {
		cs.knownAge = awsconn.MaxAge // a host without a cache never clears it
	}
	return cs
}

// scanRegion runs the table's list function for a region.
func (cs *connectionScan) scanRegion(ctx context.Context, name string) error {
	cs.service.work.Regions.Add(1)
	defer cs.service.work.RegionsDone.Add(1)
	rows := &regionRows{connectionScan: cs}
	rows.hydrates.SetLimit(cs.connection.MaxConcurrentRequests())
	sc, err := cs.scanIn(ctx, name, rows)
	if err != nil {
		return err
	}
	err = engine.Recovered(func() error { return cs.list(ctx, sc) })
	if hydrateErr := rows.hydrates.Wait(); err == nil {
		err = hydrateErr
	}
	return err
}

// scanIn returns a scan of a region whose rows go to rows.
func (cs *connectionScan) scanIn(ctx context.Context, region string, rows engine.RowReceiver) (*engine.Scan, error) {
	r, err := cs.connection.Region(ctx, region)
	if err != nil {
		return nil, err
	}
	sc := cs.service.newScan(cs.table, cs.connection, r, rows, cs.skipped)
	sc.Conditions, sc.Statement, sc.Identity = cs.conditions, cs.statement, cs.identity
	sc.Hints, sc.Triaged = cs.hints, &cs.triaged
	sc.LeftOut, sc.Peers = cs.leftOut, cs.peers
	sc.CacheTTL, sc.Limit = cs.cacheTTL, cs.limit
	sc.Columns = cs.layout.names()
	return sc, nil
}

// peerOf is [engine.Peers.Open] of the connection.
func (cs *connectionScan) peerOf(ctx context.Context, sc *engine.Scan, region string) (*engine.Scan, error) {
	return cs.scanIn(ctx, region, sc.Rows)
}

// regionRows takes the rows of one region of a connection.
type regionRows struct {
	*connectionScan
	// hydrates runs the hydrate functions of the rows.
	hydrates errgroup.Group
}

func (r *regionRows) Emit(ctx context.Context, item any) bool {
	if ctx.Err() != nil || !r.reserve() {
		return false
	}
	if len(r.layout.hydrates) == 0 {
		return r.send(ctx, item, nil) == nil && r.WantsRows()
	}
	r.hydrates.Go(func() error {
		err := engine.Recovered(func() error {
			hydrated, err := r.layout.hydrate(ctx, r.queryData, item)
			if err != nil {
				return err
			}
			return r.send(ctx, item, hydrated)
		})
		if err != nil {
			r.cancel(fmt.Errorf("%s: %w", r.connection.Name, err))
		}
		return err
	})
	return r.WantsRows()
}

func (r *regionRows) WantsRows() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.needed != 0
}

// reserve counts a row among those that the query needs. It returns false if the query
// needs no more.
func (e *executor) reserve() bool {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.needed > 0 {
		e.needed--
		return true
	}
	return e.needed < 0
}

// send sends the row of an item to the host. An error ends the execution, as does the
// last row that the query needs.
func (cs *connectionScan) send(ctx context.Context, item any, hydrated []any) error {
	row, err := cs.newRow(ctx, cs.layout, item, hydrated)
	if err == nil {
		err = cs.sendRow(ctx, row, len(hydrated))
		row.free()
	}
	if err != nil {
		cs.cancel(fmt.Errorf("%s: %w", cs.connection.Name, err))
	}
	return err
}

func (cs *connectionScan) sendRow(ctx context.Context, row hostRow, hydrated int) error {
	cs.mu.Lock()
	defer cs.mu.Unlock()
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	cs.fetched++
	cs.hydrated += int64(hydrated)
	err := row.send(cs.stream, &proto.ExecuteResponse{
		Connection: cs.connection.Name,
		Metadata:   &proto.QueryMetadata{RowsFetched: cs.fetched, HydrateCalls: cs.hydrated},
	})
	if err != nil {
		return err
	}
	cs.service.work.Rows.Add(1)
	if cs.unsent--; cs.unsent == 0 {
		cs.cancel(engine.ErrEnough)
	}
	return nil
}

// joinLines joins errors, one to a line and without repetitions. It returns nil if there
// are none.
func joinLines(errs []error) error {
	var all []error
	var lines []string
	for _, err := range errs {
		if err != nil && !slices.Contains(lines, err.Error()) {
			all, lines = append(all, err), append(lines, err.Error())
		}
	}
	switch len(all) {
	case 0:
		return nil
	case 1:
		return all[0]
	}
	return errors.New(strings.Join(lines, "\n"))
}
