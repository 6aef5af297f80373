package engine

import (
	"context"
	"errors"
	"fmt"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/aws/readcache"
)

// ParentRead is a read of every page that an operation has for one parent, such as
// the association statuses of a node. Unless it is long, all pages are gathered before
// the first row leaves (see gathered).
type ParentRead[Item any] struct {
	Operation string
	PageSize  int // the greatest of the operation
	Page      pageReader[Item]
	// ID returns what distinguishes an item among those of the parent, or "" if AWS
	// omitted it. It is nil for an operation that returns one item.
	ID func(*Item) string

	Reads      string // "the association status" ...
	ParentKind string // "node", "association" ...
	ParentID   string
	Members    string // that the items have; "" for all
	Selection  Selection[Item]
	// Unknown reports whether an error means that AWS knows no such parent here,
	// which then has no items.
	Unknown func(error) bool
	// Refused reports whether an error means that AWS offers the read for no parent at
	// all: none has items then. Nil if no error means that.
	Refused func(error) bool
	// StillListed reports whether AWS lists the parent now. It is nil if the query named
	// the parent, which need not exist.
	StillListed func(context.Context) (bool, error)

	// Seen is told of each selected item, and Ended of the end of a read that had all items,
	// before the last have been taken. Both may be nil.
	Seen  func(*Item)
	Ended func()

	// Limit is the number of selected items that are needed, or 0 for all.
	Limit int
}

// batchItems is the number of items that a read passes on at once.
const batchItems = 50

// ReadParent passes the selected items to take, from AWS or from the cache. unknown is set
// where AWS knows no such parent, which then has no items.
//
// Where AWS refuses the filters of the selection, it reads without them. A parent
// whose errors the connection ignores has no items: an error after the first are gone
// is not ignored.
func ReadParent[Item any](
	ctx context.Context, sc *Scan, r ParentRead[Item], take func([]*Item) error,
) (unknown, err error) {
	var batch []*Item
	taken := false
	unknown, err = readcache.Through(ctx, sc.Cache, readcache.Source[Item]{
		Key:     sc.readKey(r.Operation, r.ParentID, r.Members, r.Selection.Filters),
		Selects: r.Selection.Meets,
		Run:     func(ctx context.Context, send func(*Item) error) (error, error) { return r.Read(ctx, sc, send) },
		Known:   r.StillListed != nil,
		Partial: r.Limit > 0,
	}, sc.CacheTTL, func(item *Item) error {
		if r.Seen != nil {
			r.Seen(item)
		}
		if batch = append(batch, item); len(batch) < batchItems {
			return nil
		}
		full := batch
		batch, taken = nil, true
		return take(full)
	})
	if err == nil && unknown == nil && r.Limit == 0 && r.Ended != nil {
		r.Ended()
	}
	switch {
	case err == nil && len(batch) > 0:
		return nil, take(batch)
	case taken:
		return nil, err
	case err == nil && unknown != nil && r.StillListed != nil:
		err = r.vanished(ctx, sc, unknown)
	case awsconn.IsRefusedFilter(err) && r.Selection.Filtered():
		r.Selection = r.Selection.Unfiltered()
		return ReadParent(ctx, sc, r, take)
	}
	if err == nil {
		return unknown, nil
	}
	ignored, err := sc.Connection.Ignores(ctx, err)
	if ignored {
		sc.noteSkipped(ctx, r.ParentKind, r.ParentID, err)
		return nil, nil
	}
	return nil, err
}

// ReadOne returns the only item of a parent, or nil if it has none. unknown is that of
// readParent.
func ReadOne[Item any](ctx context.Context, sc *Scan, r ParentRead[Item]) (one *Item, unknown, err error) {
	unknown, err = ReadParent(ctx, sc, r, func(items []*Item) error {
		one = items[0]
		return nil
	})
	return one, unknown, err
}

// vanished returns nil for a listed parent that AWS then did not know if it is gone by now,
// or if the connection ignores the error. Otherwise AWS refuses to read a parent that
// exists: without its rows the answer would be short.
func (r ParentRead[Item]) vanished(ctx context.Context, sc *Scan, unknown error) error {
	gone, err := r.Refused != nil && r.Refused(unknown), error(nil)
	if !gone {
		gone, _ = sc.Connection.Ignores(ctx, unknown)
	}
	if !gone {
		var listed bool
		if listed, err = r.StillListed(ctx); err != nil {
			return fmt.Errorf("read %s of %s %s in %s: %w; ask whether the %s still exists: %w",
				r.Reads, r.ParentKind, r.ParentID, sc.Region.Name, unknown, r.ParentKind, err)
		}
		gone = !listed
	}
	if gone {
		sc.noteSkipped(ctx, r.ParentKind, r.ParentID, unknown)
		return nil
	}
	causes := "the credentials may have no permission for it"
	if r.ParentKind == "node" {
		causes = "the credentials may have no permission for this node, or its agent is not running"
	}
	return fmt.Errorf("read %s of %s %s in %s: AWS lists the %s, but %s refuses it: %w (%s; "+
		"to leave out what is refused, add %q to ignore_error_codes)", r.Reads, r.ParentKind, r.ParentID, sc.Region.Name,
		r.ParentKind, r.Operation, unknown, causes, awsconn.Code(unknown))
}

// Read reads from AWS.
func (r ParentRead[Item]) Read(ctx context.Context, sc *Scan, send func(*Item) error) (unknown, err error) {
	size := r.PageSize
	if r.Limit > 0 && !r.Selection.Inexact && !r.Selection.Filtered() {
		size = min(size, r.Limit)
	}
	g := gathered[Item]{
		pages: pagedRead[Item]{sc.Region, r.Operation, r.Selection.Filters, size, min(1, size), r.Page},
		id:    r.ID, send: send, limit: r.Limit, counts: r.Selection.Selects,
	}
	if err = g.read(ctx); err == nil {
		return nil, nil
	}
	if r.Unknown(err) || r.Refused != nil && r.Refused(err) {
		if !errors.As(err, new(*laterPageError)) {
			plugin.Logger(ctx).Debug("no rows: AWS knows no such "+r.ParentKind+" here",
				r.ParentKind, r.ParentID, "operation", r.Operation,
				"region", sc.Region.Name, "connection", sc.Connection.Name, "error", err)
			return awsconn.WithoutAnswer(err), nil
		}
		err = fmt.Errorf("AWS refused to continue after some rows: %w", err)
	}
	return nil, fmt.Errorf("read %s of %s %s in %s: %w", r.Reads, r.ParentKind, r.ParentID, sc.Region.Name, err)
}
