package ssmassoc

import (
	"context"
	"fmt"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/awsconn"
	"steampipe-plugin-ssmassoc/internal/readcache"
)

// whole is a read of every page that an operation has for one parent, such as
// the association statuses of a node. It is atomic: its pages are gathered before
// the first row leaves.
type whole[Item any] struct {
	operation string
	pageSize  int // the operation's greatest page
	page      func(context.Context, pageRequest) ([]Item, *string, error)

	reads string // "the association status" ...
	kind  string // of the parent: "node", "association" ...
	of    string // the parent's id

	selection selection[Item]
	// unknown reports whether an error is AWS's way to say that there is no such
	// parent here: it then has no items.
	unknown func(error) bool

	// limit is how many selected items are needed, or 0 for all.
	limit int
}

// found is what a read found.
type found[Item any] struct {
	items   []*Item
	kind    string
	unknown error // why AWS knows no such parent
}

// noteUnknown counts a parent that AWS listed and then did not know.
func (f found[Item]) noteUnknown(sc *scan) {
	if f.unknown != nil {
		sc.skips.add(f.kind, "", f.unknown)
	}
}

// readWhole reads the selected items from AWS or from the cache.
func readWhole[Item any](ctx context.Context, sc *scan, w whole[Item]) (found[Item], error) {
	f := found[Item]{kind: w.kind}
	var err error
	f.unknown, err = readcache.Through(ctx, sc.cache, readcache.Source[Item]{
		Key:     sc.readKey(w.operation, w.of, w.selection.filters),
		Selects: w.selection.meets,
		Run:     func(ctx context.Context, send func(*Item) error) (error, error) { return w.read(ctx, sc, send) },
		Partial: w.limit > 0,
	}, sc.cacheTTL, func(item *Item) error {
		f.items = append(f.items, item)
		return nil
	})
	if err == nil {
		return f, nil
	}
	if awsconn.IsRefusedFilter(err) && len(w.selection.filters) > 0 {
		w.selection = w.selection.unfiltered()
		return readWhole(ctx, sc, w)
	}
	ignored, err := sc.connection.Ignores(ctx, err)
	if ignored {
		plugin.Logger(ctx).Warn(w.kind+" skipped because of ignore_error_codes or ignore_error_messages", "connection", sc.connection.Name, "region", sc.region.Name, w.kind, w.of, "error", err)
		sc.skips.add(w.kind, "", err)
		return found[Item]{}, nil
	}
	return found[Item]{}, err
}

// read reads from AWS. It sends the items when it has all of them.
func (w whole[Item]) read(ctx context.Context, sc *scan, send func(*Item) error) (unknown, err error) {
	size := w.pageSize
	if w.limit > 0 && !w.selection.inexact {
		size = min(size, w.limit)
	}
	page := func(ctx context.Context, token *string, size int32) ([]Item, *string, error) {
		return w.page(ctx, pageRequest{w.selection.filters, token, size})
	}
	items, err := readPages(ctx, sc.region, w.operation, w.limit, w.selection.selects, size, page)
	switch {
	case err == nil:
		for i := range items {
			if err := send(&items[i]); err != nil {
				return nil, err
			}
		}
		return nil, nil
	case w.unknown(err):
		plugin.Logger(ctx).Warn("no rows: AWS knows no such "+w.kind+" here", w.kind, w.of, "operation", w.operation, "region", sc.region.Name, "connection", sc.connection.Name, "error", err)
		return awsconn.WithoutAnswer(err), nil
	}
	return nil, fmt.Errorf("read %s of %s %s in %s: %w", w.reads, w.kind, w.of, sc.region.Name, err)
}
