package engine

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/aws/readcache"
)

// MaxRegionScans is the greatest number of regions that one query scans at once
// over all connections. A region that waits has no goroutines yet, so many accounts
// take little more memory than a few.
// The bound is of a query, not of the process: a scan keeps its place while its host
// does not take rows, and the host may be waiting for the rows of another scan.
const MaxRegionScans = 64

// MaxConnectionScans is the same for connections, each of which finds its account and its
// regions first.
const MaxConnectionScans = MaxRegionScans

// Scan reads the rows of a table in one region of one connection.
type Scan struct {
	Region     *awsconn.Region
	Connection *awsconn.Connection
	Cache      *readcache.Cache
	Skips      *Skips  // of the service
	Skipped    *Skips  // of the query
	Triage     *Triage // of the service
	Triaged    *Triage // of the query
	Work       *Work
	Conditions Conditions
	Hints      Hints
	// Statement is what the scan shares with others of its statement; nil if the host
	// plans statements in its own way.
	Statement *Statement
	// Peers are the scans of the query in the regions of the connection; nil if the host
	// starts each by itself.
	Peers *Peers
	// LeftOut, if not nil, is told of the values of key columns that the conditions leave
	// out, from any goroutine.
	LeftOut func(column, value string)
	// Identity is set if the query reads a column that needs it.
	Identity awsconn.Identity
	// Began is the time by which columns that depend on the time are computed.
	Began time.Time
	// CacheTTL bounds how long a new read is kept and how old a kept read may be.
	// 0 forbids both.
	CacheTTL time.Duration
	// Limit is the number of rows that the query needs, or 0 for all.
	Limit int
	Rows  RowReceiver
	// Columns are the names of the columns that the query reads.
	Columns []string
	// TagsRefused is set when AWS has refused to list tags for resources of the type that
	// the table reads.
	TagsRefused atomic.Bool
	// ContextValues makes the values of the context columns once.
	ContextValues func() ContextValues
}

// RowReceiver takes the rows of a scan.
type RowReceiver interface {
	// Emit takes a row. It returns false when the query needs no more rows, or has
	// ended.
	Emit(ctx context.Context, row any) bool
	// WantsRows reports whether the query needs more rows.
	WantsRows() bool
}

// Emit passes a row to the receiver of the scan's rows. See [RowReceiver].
func (sc *Scan) Emit(ctx context.Context, row any) bool { return sc.Rows.Emit(ctx, row) }

// WantsRows reports whether the query needs more rows.
func (sc *Scan) WantsRows() bool { return sc.Rows.WantsRows() }

// noteSkipped counts something in the scan's region that had no rows because of an
// error.
func (sc *Scan) noteSkipped(ctx context.Context, kind, id string, err error) {
	plugin.Logger(ctx).Debug("no rows because of an error", "connection", sc.Connection.Name, "region", sc.Region.Name,
		kind, id, "error", err)
	one := Skip{Connection: sc.Connection.Name, Region: sc.Region.Name, Kind: kind}
	sc.Skips.add(one, err)
	sc.Skipped.add(one, err)
}

// readKey identifies a read of the scan for the cache. A connection that was cleared
// or changed is another owner.
func (sc *Scan) readKey(operation, parent, members string, filters []Filter) readcache.Key {
	return readcache.Key{
		Owner:     sc.Connection,
		Region:    sc.Region.Name,
		Operation: operation,
		Parent:    parent,
		Filters:   filterKey(filters),
		Members:   members,
	}
}

// Place returns where the scan reads.
func (sc *Scan) Place() place { return place{sc.Connection.Name, sc.Region.Name} }
