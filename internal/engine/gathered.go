package engine

import (
	"context"
	"crypto/sha256"
)

// gathered passes each item of a paged read to send once. It keeps the items until it has
// all of them, so that a read that restarts forgets what it had. Once the read has
// become long it passes them on page by page and remembers their identities instead.
type gathered[Item any] struct {
	pages pagedRead[Item]
	// id returns what distinguishes an item among those of its parent, or "" if AWS
	// omitted it. It is nil for an operation that returns one item.
	id   func(*Item) string
	send func(*Item) error
	// limit is the number of items for which counts returns true that are enough, or 0
	// for all.
	limit  int
	counts func(*Item) bool

	items   []Item // not yet sent
	seen    identities
	counted int
	sent    bool
}

// read reads all pages, or the first that have enough items. It returns nil only if
// every item was sent.
func (g *gathered[Item]) read(ctx context.Context) error {
	err := restarting(func() error {
		if !g.sent {
			g.items, g.seen, g.counted = nil, identities{}, 0
		}
		return g.pages.each(ctx, true, g.take)
	})
	if err != nil {
		return err
	}
	return g.flush()
}

func (g *gathered[Item]) take(page []Item, streams bool) (more bool, err error) {
	for _, item := range g.fresh(page) {
		if g.limit > 0 && g.counts(item) {
			g.counted++
		}
		g.items = append(g.items, *item)
	}
	if streams {
		if err := g.flush(); err != nil {
			return false, err
		}
	}
	return g.limit == 0 || g.counted < g.limit, nil
}

// fresh returns the items of a page that have not come before: items move between two
// calls, and a read may restart. An item without an ID is compared as a whole, with those
// of earlier pages only: a page may have equal ones.
func (g *gathered[Item]) fresh(page []Item) (fresh []*Item) {
	var wholes []string
	for i := range page {
		item := &page[i]
		if g.id == nil {
			fresh = append(fresh, item)
			continue
		}
		text := g.id(item)
		whole := text == ""
		if whole {
			text = Identity(item)
		}
		if g.seen.has(text) {
			continue
		}
		if whole {
			wholes = append(wholes, text)
		} else {
			g.seen.add(text)
		}
		fresh = append(fresh, item)
	}
	for _, text := range wholes {
		g.seen.add(text)
	}
	return fresh
}

func (g *gathered[Item]) flush() error {
	items := g.items
	g.items = nil
	for i := range items {
		g.sent = true
		if err := g.send(&items[i]); err != nil {
			return err
		}
	}
	return nil
}

// identities is a set of texts. It holds their hashes: a million take some 30 MB.
type identities map[[16]byte]struct{}

func (s identities) has(text string) bool {
	_, had := s[identityHash(text)]
	return had
}

func (s identities) add(text string) { s[identityHash(text)] = struct{}{} }

func identityHash(text string) [16]byte {
	hash := sha256.Sum256([]byte(text))
	return [16]byte(hash[:16])
}
