package ssmassoc

import (
	"context"
	"sync/atomic"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/aws/readcache"
)

// maxRegionScans is the greatest number of regions that one query scans at once
// over all connections. A region that waits has no goroutines yet, so many accounts
// take little more memory than a few.
// The bound is of a query, not of the process: a scan keeps its place while its host
// does not take rows, and the host may be waiting for the rows of another scan.
const maxRegionScans = 64

// maxConnectionScans is the same for connections, each of which finds its account and its
// regions first.
const maxConnectionScans = maxRegionScans

// scan reads the rows of a table in one region of one connection.
type scan struct {
	region     *awsconn.Region
	connection *awsconn.Connection
	cache      *readcache.Cache
	skips      *skips // of the service
	skipped    *skips // of the query
	work       *work
	conditions conditions
	// statement is what the scan shares with others of its statement; nil if the host
	// plans statements in its own way.
	statement *statement
	// leftOut, if not nil, is told of the values of key columns that the conditions leave
	// out, from any goroutine.
	leftOut func(column, value string)
	// identity is set if the query reads a column that needs it.
	identity awsconn.Identity
	// cacheTTL bounds how long a new read is kept and how old a kept read may be.
	// 0 forbids both.
	cacheTTL time.Duration
	// limit is the number of rows that the query needs, or 0 for all.
	limit int
	rows  rowReceiver
	// columns are the names of the columns that the query reads.
	columns []string
	// tagsRefused is set when AWS has refused to list tags for resources of the type that
	// the table reads.
	tagsRefused atomic.Bool
	// contextValues makes the values of the context columns once.
	contextValues func() contextValues
}

// rowReceiver takes the rows of a scan.
type rowReceiver interface {
	// emit takes a row. It returns false when the query needs no more rows, or has
	// ended.
	emit(ctx context.Context, row any) bool
	// wantsRows reports whether the query needs more rows.
	wantsRows() bool
}

func (sc *scan) emit(ctx context.Context, row any) bool { return sc.rows.emit(ctx, row) }
func (sc *scan) wantsRows() bool                        { return sc.rows.wantsRows() }

// noteSkipped counts something in the scan's region that had no rows because of an
// error.
func (sc *scan) noteSkipped(ctx context.Context, kind, id string, err error) {
	plugin.Logger(ctx).Debug("no rows because of an error", "connection", sc.connection.Name, "region", sc.region.Name,
		kind, id, "error", err)
	one := Skip{Connection: sc.connection.Name, Region: sc.region.Name, Kind: kind}
	sc.skips.add(one, err)
	sc.skipped.add(one, err)
}

// readKey identifies a read of the scan for the cache. A connection that was cleared
// or changed is another owner.
func (sc *scan) readKey(operation, parent, members string, filters []filter) readcache.Key {
	return readcache.Key{
		Owner:     sc.connection,
		Region:    sc.region.Name,
		Operation: operation,
		Parent:    parent,
		Filters:   filterKey(filters),
		Members:   members,
	}
}

// place returns where the scan reads.
func (sc *scan) place() place { return place{sc.connection.Name, sc.region.Name} }
