package engine

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

// Listing reads all things of one kind in a region. It passes items on page by page,
// each once, even if AWS repeats one.
type Listing[Item any] struct {
	Operation                string
	MinPageSize, MaxPageSize int // of the operation
	Page                     pageReader[Item]

	Kind string // what is listed: "managed node", "association"
	// Kinds is the plural of kind; "" if it only adds an s.
	Kinds string
	// ID returns the item's distinguishing text, or "" if AWS omitted it.
	ID func(*Item) string

	// Apart sets the kept reads of the listing apart from those of others: AWS may not
	// list everything that it finds by this selection.
	Apart string
	// Members names the members that the items have; "" for all.
	Members   string
	Selection Selection[Item]
	// Handles reports whether list's caller handles an error itself; nil for none.
	Handles func(error) bool
	// pageLimit is the largest useful page; 0 for as many items as the operation
	// returns.
	pageLimit int
}

// List sends each selected item, from AWS or from the cache. It stops early, without an
// error, when send returns errEnough.
//
// If AWS rejects the filters of the selection, list reads without them. A region whose
// error the connection ignores has no items: an error after the first are gone is not
// ignored.
func List[Item any](ctx context.Context, sc *Scan, l Listing[Item], send func(*Item) error) error {
	sent := false
	_, err := readcache.Through(ctx, sc.Cache, readcache.Source[Item]{
		Key:     sc.readKey(l.Operation, l.Apart, l.Members, l.Selection.Filters),
		Selects: l.Selection.Meets,
		Run: func(ctx context.Context, send func(*Item) error) (error, error) {
			return nil, l.read(ctx, sc.Region, send)
		},
		Partial: sc.Limit > 0,
	}, sc.CacheTTL, func(item *Item) error {
		sent = true
		return send(item)
	})
	switch {
	case err == nil || errors.Is(err, ErrEnough):
		return nil
	case l.Handles != nil && l.Handles(err):
		return err
	case awsconn.IsRefusedFilter(err) && l.Selection.Filtered() && !sent:
		l.Selection, l.pageLimit = l.Selection.Unfiltered(), 0
		return List(ctx, sc, l, send)
	case sent:
		return err
	}
	ignored, err := sc.Connection.Ignores(ctx, err)
	if ignored {
		sc.noteSkipped(ctx, skippedRegion, sc.Region.Name, err)
		return nil
	}
	return err
}

// IsKept reports whether the listing can be answered without a call.
func (l Listing[Item]) IsKept(sc *Scan) bool {
	return sc.CacheTTL > 0 && sc.Cache.Has(sc.readKey(l.Operation, l.Apart, l.Members, l.Selection.Filters), sc.CacheTTL)
}

// ForRowsOf returns the listing with pages no longer than the number of rows that the
// query needs, for a table whose rows are the items. A page that AWS may filter stays
// long: AWS applies some filters after paging.
func (l Listing[Item]) ForRowsOf(sc *Scan) Listing[Item] {
	if !l.Selection.Inexact && !l.Selection.Filtered() {
		l.pageLimit = sc.Limit
	}
	return l
}

// read sends each item from AWS.
func (l Listing[Item]) read(ctx context.Context, r *awsconn.Region, send func(*Item) error) error {
	size := l.MaxPageSize
	if l.pageLimit > 0 {
		size = max(l.MinPageSize, min(size, l.pageLimit))
	}
	pages := pagedRead[Item]{r, l.Operation, l.Selection.Filters, size, l.MinPageSize, l.Page}
	seen := identities{}
	err := restarting(func() error {
		return pages.each(ctx, false, func(items []Item, _ bool) (bool, error) {
			for i := range items {
				id := l.ID(&items[i])
				if id == "" {
					id = Identity(&items[i])
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
	if err != nil && !errors.Is(err, ErrEnough) {
		return fmt.Errorf("list %s in %s: %w", cmp.Or(l.Kinds, l.Kind+"s"), r.Name, err)
	}
	return err
}

// IDOf returns the text of members that distinguish an item, or "" if AWS omitted one.
func IDOf(members ...*string) string {
	var text []byte
	for _, m := range members {
		if m == nil || *m == "" {
			return ""
		}
		text = strconv.AppendQuote(text, *m)
	}
	return string(text)
}

// Identity returns an item's distinguishing text: the given members or, without any or
// if AWS omitted one of them, the whole item.
func Identity[Item any](item *Item, members ...*string) string {
	if id := IDOf(members...); id != "" {
		return id
	}
	text, err := json.Marshal(item)
	if err != nil {
		panic(err) // the AWS SDK's types always marshal to JSON
	}
	return string(text)
}

// IsListed reports whether AWS lists an item that l selects. It asks AWS, whatever the
// cache has.
func IsListed[Item any](ctx context.Context, sc *Scan, l Listing[Item]) (bool, error) {
	found := false
	err := l.read(ctx, sc.Region, func(item *Item) error {
		if !l.Selection.Selects(item) {
			return nil
		}
		found = true
		return ErrEnough
	})
	switch {
	case errors.Is(err, ErrEnough):
		return found, nil
	case RefusesID(err) && l.Selection.Filtered():
		l.Selection = l.Selection.Unfiltered()
		return IsListed(ctx, sc, l)
	}
	return found, err
}

// RefusesID reports whether AWS refused to list by an ID. It may know no such thing, or it
// may hide the thing from the caller: only a whole listing tells.
func RefusesID(err error) bool {
	return awsconn.IsRefusedFilter(err) || awsconn.IsNoSuchNode(err) || awsconn.IsNoSuchExecution(err) ||
		awsconn.IsNoSuchAutomation(err)
}

// Listed returns the parents that a listing finds. again reports whether AWS lists a parent
// now. A parent that parent cannot name is skipped for its error, and counted.
func Listed[Item, Parent any](
	sc *Scan, l Listing[Item], parent func(*Item) (Parent, error), again func(context.Context, Parent) (bool, error),
) Parents[Parent] {
	return Parents[Parent]{Listed: again, Each: func(ctx context.Context, send func(Parent) error) error {
		return List(ctx, sc, l, func(item *Item) error {
			p, err := parent(item)
			if errors.As(err, new(*UnaddressableError)) {
				sc.noteSkipped(ctx, l.Kind, "", err)
				return nil
			}
			if err != nil {
				return err
			}
			return send(p)
		})
	}}
}

// EmitListed emits a row for each selected item of a listing. It stops early when the
// query needs no more rows.
func EmitListed[Item any](ctx context.Context, sc *Scan, l Listing[Item]) error {
	row := RowOf[Item](sc)
	return List(ctx, sc, l.ForRowsOf(sc), func(item *Item) error {
		if !sc.Emit(ctx, row(item)) {
			return ErrEnough
		}
		return nil
	})
}
