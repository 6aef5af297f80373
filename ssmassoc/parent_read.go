package ssmassoc

import (
	"context"
	"errors"
	"fmt"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/aws/readcache"
)

// parentRead is a read of every page that an operation has for one parent, such as
// the association statuses of a node. Unless it is long, all pages are gathered before
// the first row leaves (see gathered).
type parentRead[Item any] struct {
	operation string
	pageSize  int // the greatest of the operation
	page      pageReader[Item]
	// id returns what distinguishes an item among those of the parent, or "" if AWS
	// omitted it. It is nil for an operation that returns one item.
	id func(*Item) string

	reads      string // "the association status" ...
	parentKind string // "node", "association" ...
	parentID   string
	members    string // that the items have; "" for all
	selection  selection[Item]
	// unknown reports whether an error means that AWS knows no such parent here,
	// which then has no items.
	unknown func(error) bool
	// refused reports whether an error means that AWS offers the read for no parent at
	// all: none has items then. Nil if no error means that.
	refused func(error) bool
	// stillListed reports whether AWS lists the parent now. It is nil if the query named
	// the parent, which need not exist.
	stillListed func(context.Context) (bool, error)

	// limit is the number of selected items that are needed, or 0 for all.
	limit int
}

// batchItems is the number of items that a read passes on at once.
const batchItems = 50

// readParent passes the selected items to take, from AWS or from the cache. unknown is set
// where AWS knows no such parent, which then has no items.
//
// Where AWS refuses the filters of the selection, it reads without them. A parent
// whose errors the connection ignores has no items: an error after the first are gone
// is not ignored.
func readParent[Item any](
	ctx context.Context, sc *scan, r parentRead[Item], take func([]*Item) error,
) (unknown, err error) {
	var batch []*Item
	taken := false
	unknown, err = readcache.Through(ctx, sc.cache, readcache.Source[Item]{
		Key:     sc.readKey(r.operation, r.parentID, r.members, r.selection.filters),
		Selects: r.selection.meets,
		Run:     func(ctx context.Context, send func(*Item) error) (error, error) { return r.read(ctx, sc, send) },
		Known:   r.stillListed != nil,
		Partial: r.limit > 0,
	}, sc.cacheTTL, func(item *Item) error {
		if batch = append(batch, item); len(batch) < batchItems {
			return nil
		}
		full := batch
		batch, taken = nil, true
		return take(full)
	})
	switch {
	case err == nil && len(batch) > 0:
		return nil, take(batch)
	case taken:
		return nil, err
	case err == nil && unknown != nil && r.stillListed != nil:
		err = r.vanished(ctx, sc, unknown)
	case awsconn.IsRefusedFilter(err) && r.selection.filtered():
		r.selection = r.selection.unfiltered()
		return readParent(ctx, sc, r, take)
	}
	if err == nil {
		return unknown, nil
	}
	ignored, err := sc.connection.Ignores(ctx, err)
	if ignored {
		sc.noteSkipped(ctx, r.parentKind, r.parentID, err)
		return nil, nil
	}
	return nil, err
}

// readOne returns the only item of a parent, or nil if it has none. unknown is that of
// readParent.
func readOne[Item any](ctx context.Context, sc *scan, r parentRead[Item]) (one *Item, unknown, err error) {
	unknown, err = readParent(ctx, sc, r, func(items []*Item) error {
		one = items[0]
		return nil
	})
	return one, unknown, err
}

// vanished returns nil for a listed parent that AWS then did not know if it is gone by now,
// or if the connection ignores the error. Otherwise AWS refuses to read a parent that
// exists: without its rows the answer would be short.
func (r parentRead[Item]) vanished(ctx context.Context, sc *scan, unknown error) error {
	gone, err := r.refused != nil && r.refused(unknown), error(nil)
	if !gone {
		gone, _ = sc.connection.Ignores(ctx, unknown)
	}
	if !gone {
		var listed bool
		if listed, err = r.stillListed(ctx); err != nil {
			return fmt.Errorf("read %s of %s %s in %s: %w; ask whether the %s still exists: %w",
				r.reads, r.parentKind, r.parentID, sc.region.Name, unknown, r.parentKind, err)
		}
		gone = !listed
	}
	if gone {
		sc.noteSkipped(ctx, r.parentKind, r.parentID, unknown)
		return nil
	}
	causes := "the credentials may have no permission for it"
	if r.parentKind == "node" {
		causes = "the credentials may have no permission for this node, or its agent is not running"
	}
	return fmt.Errorf("read %s of %s %s in %s: AWS lists the %s, but %s refuses it: %w (%s; "+
		"to leave out what is refused, add %q to ignore_error_codes)", r.reads, r.parentKind, r.parentID, sc.region.Name,
		r.parentKind, r.operation, unknown, causes, awsconn.Code(unknown))
}

// read reads from AWS.
func (r parentRead[Item]) read(ctx context.Context, sc *scan, send func(*Item) error) (unknown, err error) {
	size := r.pageSize
	if r.limit > 0 && !r.selection.inexact && !r.selection.filtered() {
		size = min(size, r.limit)
	}
	g := gathered[Item]{
		pages: pagedRead[Item]{sc.region, r.operation, r.selection.filters, size, min(1, size), r.page},
		id:    r.id, send: send, limit: r.limit, counts: r.selection.selects,
	}
	if err = g.read(ctx); err == nil {
		return nil, nil
	}
	if r.unknown(err) || r.refused != nil && r.refused(err) {
		if !errors.As(err, new(*laterPageError)) {
			plugin.Logger(ctx).Debug("no rows: AWS knows no such "+r.parentKind+" here",
				r.parentKind, r.parentID, "operation", r.operation,
				"region", sc.region.Name, "connection", sc.connection.Name, "error", err)
			return awsconn.WithoutAnswer(err), nil
		}
		err = fmt.Errorf("AWS refused to continue after some rows: %w", err)
	}
	return nil, fmt.Errorf("read %s of %s %s in %s: %w", r.reads, r.parentKind, r.parentID, sc.region.Name, err)
}
