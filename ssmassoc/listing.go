package ssmassoc

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/aws/readcache"
)

// listing reads all things of one kind in a region. It passes items on page by page,
// each once, even if AWS repeats one.
type listing[Item any] struct {
	operation                string
	minPageSize, maxPageSize int // of the operation
	page                     pageReader[Item]

	kind string // what is listed: "managed node", "association"
	// kinds is the plural of kind; "" if it only adds an s.
	kinds string
	// id returns the item's distinguishing text, or "" if AWS omitted it.
	id func(*Item) string

	// apart sets the kept reads of the listing apart from those of others: AWS may not
	// list everything that it finds by this selection.
	apart string
	// members names the members that the items have; "" for all.
	members   string
	selection selection[Item]
	// handles reports whether list's caller handles an error itself; nil for none.
	handles func(error) bool
	// pageLimit is the largest useful page; 0 for as many items as the operation
	// returns.
	pageLimit int
}

// list sends each selected item, from AWS or from the cache. It stops early, without an
// error, when send returns errEnough.
//
// If AWS rejects the filters of the selection, list reads without them. A region whose
// error the connection ignores has no items: an error after the first are gone is not
// ignored.
func list[Item any](ctx context.Context, sc *scan, l listing[Item], send func(*Item) error) error {
	sent := false
	_, err := readcache.Through(ctx, sc.cache, readcache.Source[Item]{
		Key:     sc.readKey(l.operation, l.apart, l.members, l.selection.filters),
		Selects: l.selection.meets,
		Run: func(ctx context.Context, send func(*Item) error) (error, error) {
			return nil, l.read(ctx, sc.region, send)
		},
		Partial: sc.limit > 0,
	}, sc.cacheTTL, func(item *Item) error {
		sent = true
		return send(item)
	})
	switch {
	case err == nil || errors.Is(err, errEnough):
		return nil
	case l.handles != nil && l.handles(err):
		return err
	case awsconn.IsRefusedFilter(err) && l.selection.filtered() && !sent:
		l.selection, l.pageLimit = l.selection.unfiltered(), 0
		return list(ctx, sc, l, send)
	case sent:
		return err
	}
	ignored, err := sc.connection.Ignores(ctx, err)
	if ignored {
		sc.noteSkipped(ctx, skippedRegion, sc.region.Name, err)
		return nil
	}
	return err
}

// forRowsOf returns the listing with pages no longer than the number of rows that the
// query needs, for a table whose rows are the items. A page that AWS may filter stays
// long: AWS applies some filters after paging.
func (l listing[Item]) forRowsOf(sc *scan) listing[Item] {
	if !l.selection.inexact && !l.selection.filtered() {
		l.pageLimit = sc.limit
	}
	return l
}

// read sends each item from AWS.
func (l listing[Item]) read(ctx context.Context, r *awsconn.Region, send func(*Item) error) error {
	size := l.maxPageSize
	if l.pageLimit > 0 {
		size = max(l.minPageSize, min(size, l.pageLimit))
	}
	pages := pagedRead[Item]{r, l.operation, l.selection.filters, size, l.minPageSize, l.page}
	seen := identities{}
	err := restarting(func() error {
		return pages.each(ctx, false, func(items []Item, _ bool) (bool, error) {
			for i := range items {
				id := l.id(&items[i])
				if id == "" {
					id = identity(&items[i])
				}
				if seen.has(id) {
					continue
				}
				seen.add(id)
				if err := send(&items[i]); err != nil {
					return false, err
				}
			}
			return true, nil
		})
	})
	if err != nil && !errors.Is(err, errEnough) {
		return fmt.Errorf("list %s in %s: %w", cmp.Or(l.kinds, l.kind+"s"), r.Name, err)
	}
	return err
}

// idOf returns the text of members that distinguish an item, or "" if AWS omitted one.
func idOf(members ...*string) string {
	var text []byte
	for _, m := range members {
		if m == nil || *m == "" {
			return ""
		}
		text = strconv.AppendQuote(text, *m)
	}
	return string(text)
}

// identity returns an item's distinguishing text: the given members or, without any or
// if AWS omitted one of them, the whole item.
func identity[Item any](item *Item, members ...*string) string {
	if id := idOf(members...); id != "" {
		return id
	}
	text, err := json.Marshal(item)
	if err != nil {
		panic(err) // the AWS SDK's types always marshal to JSON
	}
	return string(text)
}

// isListed reports whether AWS lists an item that l selects. It asks AWS, whatever the
// cache has.
func isListed[Item any](ctx context.Context, sc *scan, l listing[Item]) (bool, error) {
	found := false
	err := l.read(ctx, sc.region, func(item *Item) error {
		if !l.selection.selects(item) {
			return nil
		}
		found = true
		return errEnough
	})
	switch {
	case errors.Is(err, errEnough):
		return found, nil
	case refusesID(err) && l.selection.filtered():
		l.selection = l.selection.unfiltered()
		return isListed(ctx, sc, l)
	}
	return found, err
}

// refusesID reports whether AWS refused to list by an ID. It may know no such thing, or it
// may hide the thing from the caller: only a whole listing tells.
func refusesID(err error) bool {
	return awsconn.IsRefusedFilter(err) || awsconn.IsNoSuchNode(err) || awsconn.IsNoSuchExecution(err) ||
		awsconn.IsNoSuchAutomation(err)
}

// listed returns the parents that a listing finds. again reports whether AWS lists a parent
// now. A parent that parent cannot name is skipped for its error, and counted.
func listed[Item, Parent any](
	sc *scan, l listing[Item], parent func(*Item) (Parent, error), again func(context.Context, Parent) (bool, error),
) parents[Parent] {
	return parents[Parent]{listed: again, each: func(ctx context.Context, send func(Parent) error) error {
		return list(ctx, sc, l, func(item *Item) error {
			p, err := parent(item)
			if errors.As(err, new(*unaddressableError)) {
				sc.noteSkipped(ctx, l.kind, "", err)
				return nil
			}
			if err != nil {
				return err
			}
			return send(p)
		})
	}}
}

// emitListed emits a row for each selected item of a listing. It stops early when the
// query needs no more rows.
func emitListed[Item any](ctx context.Context, sc *scan, l listing[Item]) error {
	row := rowOf[Item](sc)
	return list(ctx, sc, l.forRowsOf(sc), func(item *Item) error {
		if !sc.emit(ctx, row(item)) {
			return errEnough
		}
		return nil
	})
}
