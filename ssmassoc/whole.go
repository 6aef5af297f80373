package ssmassoc

import (
	"context"
	"fmt"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// whole is a read of all that an operation tells of one thing, such as the
// status of the associations of a node. It is atomic: its pages are gathered
// before the first row leaves.
type whole[Item any] struct {
	operation string
	pageSize  int // the operation's greatest page
	page      pageReader[Item]

	reads string // what is read of the thing: "the association status" ...
	kind  string // what the thing is: "node", "association" ...
	of    string // the thing's id
	// filters are what the operation is asked to leave out.
	filters filters
	// unknown tells whether an error is AWS's way to say that there is no such
	// thing here: it then has no items.
	unknown func(error) bool

	// limit is how many items that count are needed, or 0 for all.
	limit  int
	counts func(*Item) bool
}

// found is what a read found.
type found[Item any] struct {
	items   []Item
	kind    string
	unknown error // why AWS knows no such thing
}

// noteUnknown counts a thing that AWS listed and then did not know.
func (f found[Item]) noteUnknown(sc *scan) {
	if f.unknown != nil {
		sc.connection.skips.add(f.kind, "", f.unknown)
	}
}

// readWhole reads from AWS or from the cache.
func readWhole[Item any](ctx context.Context, sc *scan, w whole[Item]) (f found[Item], err error) {
	err = readThrough(ctx, sc, source[found[Item]]{
		what:    w.operation,
		of:      w.of,
		filters: w.filters.key(),
		size:    func(f found[Item]) int { return memoryOf(f.items) },
		run: func(ctx context.Context, send func(found[Item]) error) error {
			f, err := w.read(ctx, sc)
			if err != nil {
				return err
			}
			return send(f)
		},
		partial: w.limit > 0,
	}, func(read found[Item]) error {
		f = read
		return nil
	})
	if err != nil && sc.connection.ignored.match(err) {
		plugin.Logger(ctx).Warn(w.kind+" skipped, as the connection's arguments ask for", "connection", sc.connection.name, "region", sc.region.name, w.kind, w.of, "error", err)
		sc.connection.skips.add(w.kind, "", err)
		return found[Item]{}, nil
	}
	return f, err
}

// read reads from AWS.
func (w whole[Item]) read(ctx context.Context, sc *scan) (found[Item], error) {
	size := w.pageSize
	if w.limit > 0 && !w.filters.inexact {
		size = min(size, w.limit)
	}
	items, err := readPages(ctx, sc.region, w.operation, w.limit, w.counts, size, w.page)
	switch {
	case err == nil:
		return found[Item]{items: items, kind: w.kind}, nil
	case w.unknown(err):
		plugin.Logger(ctx).Warn("no rows: AWS knows no such "+w.kind+" here", w.kind, w.of, "operation", w.operation, "region", sc.region.name, "connection", sc.connection.name, "error", err)
		return found[Item]{kind: w.kind, unknown: err}, nil
	}
	return found[Item]{}, fmt.Errorf("read %s of %s %s in %s: %w", w.reads, w.kind, w.of, sc.region.name, err)
}
