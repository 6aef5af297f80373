package ssmassoc

import (
	"context"
	"errors"
	"fmt"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// listing is a read of all things of a kind in a region. Its items leave page
// by page, each once, whatever AWS repeats.
type listing[Item any] struct {
	operation string
	// The operation's least and greatest page.
	minPageSize, maxPageSize int
	page                     pageReader[Item]

	kind string // what is listed: "managed node", "association"
	// id returns what tells an item from all others, "" for one that lacks it.
	id func(*Item) string
	// filters are what the operation is asked to leave out.
	filters filters
	// handles tells whether an error is one that who lists knows what to do
	// about. Nil for none.
	handles func(error) bool
	// limit is how many items a page needs to hold at most, or 0 for as many as
	// it can. Who lists stops by itself.
	limit int
}

// list sends each item, from AWS or from the cache. It stops early, without
// error, when send returns errEnough.
func list[Item any](ctx context.Context, sc *scan, l listing[Item], send func(*Item) error) error {
	err := readThrough(ctx, sc, source[*Item]{
		what:    l.operation,
		filters: l.filters.key(),
		size:    func(item *Item) int { return memoryOf(item) },
		run: func(ctx context.Context, send func(*Item) error) error {
			return l.read(ctx, sc.region, send)
		},
		partial: sc.limit > 0,
		long:    true,
	}, send)
	switch {
	case err == nil || errors.Is(err, errEnough):
		return nil
	case l.handles != nil && l.handles(err):
		return err
	case sc.connection.ignored.match(err):
		plugin.Logger(ctx).Warn("region skipped, as the connection's arguments ask for", "connection", sc.connection.name, "region", sc.region.name, "error", err)
		sc.connection.skips.add("region", sc.region.name, err)
		return nil
	}
	return err
}

// read sends each item from AWS.
func (l listing[Item]) read(ctx context.Context, r *region, send func(*Item) error) error {
	size := l.maxPageSize
	if l.limit > 0 {
		size = max(l.minPageSize, min(size, l.limit))
	}
	seen := map[string]bool{}
	err := restarting(func() error {
		return eachPage(ctx, r, l.operation, size, l.page, func(items []Item) (bool, error) {
			for i := range items {
				id := l.id(&items[i])
				if id == "" {
					return false, errors.New("AWS listed one without its ID")
				}
				if seen[id] {
					continue
				}
				seen[id] = true
				if err := send(&items[i]); err != nil {
					return false, err
				}
			}
			return true, nil
		})
	})
	if err != nil && !errors.Is(err, errEnough) {
		return fmt.Errorf("list %ss in %s: %w", l.kind, r.name, err)
	}
	return err
}

// listed returns the parents that a listing finds.
func listed[Item, Parent any](sc *scan, l listing[Item], parent func(*Item) (Parent, error)) parents[Parent] {
	return parents[Parent]{listed: true, each: func(ctx context.Context, send func(Parent) error) error {
		return list(ctx, sc, l, func(item *Item) error {
			p, err := parent(item)
			if err != nil {
				return err
			}
			return send(p)
		})
	}}
}

// emitListed emits a row for each item of a listing that meets the query's
// conditions. It stops early when the query needs no more rows.
func emitListed[Item any](ctx context.Context, d *plugin.QueryData, sc *scan, l listing[Item], meets func(*Item) bool) error {
	row := rowOf[Item](sc)
	if !l.filters.inexact {
		l.limit = sc.limit
	}
	return list(ctx, sc, l, func(item *Item) error {
		if meets(item) && !emit(ctx, d, row(item)) {
			return errEnough
		}
		return nil
	})
}
