package ssmassoc

import (
	"context"
	"fmt"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/awsconn"
	"steampipe-plugin-ssmassoc/internal/readcache"
)

// parentRead is a read of every page that an operation has for one parent, such as
// the association statuses of a node. It is atomic: all pages are gathered before
// the first row leaves.
type parentRead[Item any] struct {
	operation string
	pageSize  int // the greatest of the operation
	page      pageReader[Item]
	// id returns what distinguishes an item; nil if items may repeat within a page.
	id func(*Item) string

	reads      string // "the association status" ...
	parentKind string // "node", "association" ...
	parentID   string
	selection  selection[Item]
	// unknown reports whether an error means that AWS knows no such parent here,
	// which then has no items.
	unknown func(error) bool

	// limit is the number of selected items that are needed, or 0 for all.
	limit int
}

// found holds the result of a parentRead.
type found[Item any] struct {
	items      []*Item
	parentKind string
	unknown    error // set where AWS knows no such parent
}

// noteUnknown counts a parent that AWS listed and then did not know.
func (f found[Item]) noteUnknown(sc *scan) {
	if f.unknown != nil {
		sc.noteSkipped(f.parentKind, f.unknown)
	}
}

// readParent reads the selected items from AWS or from the cache.
//
// Where AWS refuses the filters of the selection, it reads without them. A parent
// whose errors the connection ignores has no items.
func readParent[Item any](ctx context.Context, sc *scan, r parentRead[Item]) (found[Item], error) {
	f := found[Item]{parentKind: r.parentKind}
	var err error
	f.unknown, err = readcache.Through(ctx, sc.cache, readcache.Source[Item]{
		Key:     sc.readKey(r.operation, r.parentID, r.selection.filters),
		Selects: r.selection.meets,
		Run:     func(ctx context.Context, send func(*Item) error) (error, error) { return r.read(ctx, sc, send) },
		Partial: r.limit > 0,
	}, sc.cacheTTL, func(item *Item) error {
		f.items = append(f.items, item)
		return nil
	})
	if err == nil {
		return f, nil
	}
	if awsconn.IsRefusedFilter(err) && r.selection.filtered() {
		r.selection = r.selection.unfiltered()
		return readParent(ctx, sc, r)
	}
	ignored, err := sc.connection.Ignores(ctx, err)
	if ignored {
		plugin.Logger(ctx).Warn(r.parentKind+" skipped because of ignore_error_codes or ignore_error_messages",
			"connection", sc.connection.Name, "region", sc.region.Name, r.parentKind, r.parentID, "error", err)
		sc.noteSkipped(r.parentKind, err)
		return found[Item]{}, nil
	}
	return found[Item]{}, err
}

// read reads from AWS. It sends the items once it has all of them.
func (r parentRead[Item]) read(ctx context.Context, sc *scan, send func(*Item) error) (unknown, err error) {
	size := r.pageSize
	if r.limit > 0 && !r.selection.inexact && !r.selection.filtered() {
		size = min(size, r.limit)
	}
	pages := pagedRead[Item]{sc.region, r.operation, r.selection.filters, size, r.page}
	items, err := pages.gather(ctx, r.limit, r.selection.selects, r.id)
	switch {
	case err == nil:
		for i := range items {
			if err := send(&items[i]); err != nil {
				return nil, err
			}
		}
		return nil, nil
	case r.unknown(err):
		plugin.Logger(ctx).Warn("no rows: AWS knows no such "+r.parentKind+" here",
			r.parentKind, r.parentID, "operation", r.operation,
			"region", sc.region.Name, "connection", sc.connection.Name, "error", err)
		return awsconn.WithoutAnswer(err), nil
	}
	return nil, fmt.Errorf("read %s of %s %s in %s: %w", r.reads, r.parentKind, r.parentID, sc.region.Name, err)
}
