package readcache

import (
	"context"
	"time"
)

// Source is a read that the cache may answer.
type Source[Item any] struct {
	Key Key
	Run Run[Item]
	// Selects reports whether the caller wants an item; nil for all. A kept read
	// without filters serves a caller that has some.
	Selects func(*Item) bool
	// Known is set when the caller knows that the parent exists. A kept read that did not
	// find it does not serve the caller.
	Known bool
	// Partial is set when Run stops before the end. Its items are never kept.
	Partial bool
}

// Through passes each selected item of a source to take, whose error ends it: from
// a kept read younger than ttl, from one that is under way, or from a new one,
// which is then kept. With a ttl of 0 it neither keeps nor shares.
//
// It returns a nil error only when the read is complete and every item was taken.
func Through[Item any](
	ctx context.Context, c *Cache, s Source[Item], ttl time.Duration, take func(*Item) error,
) (unknown, err error) {
	selected := func(item *Item) error {
		if s.Selects != nil && !s.Selects(item) {
			return nil
		}
		return take(item)
	}
	if ttl == 0 {
		return s.Run(ctx, selected)
	}
	if kept := c.find(s.Key, ttl, s.Known); kept != nil {
		c.hits.Add(1)
		return kept.unknown, each(kept.items, selected)
	}
	if s.Partial {
		return s.Run(ctx, selected)
	}
	r, kept := join(ctx, c, s, ttl)
	if kept != nil {
		return kept.unknown, each(kept.items, selected)
	}
	defer r.leave()
	return r.follow(ctx, selected)
}

// join returns the read under way for a key, or one that has just been kept, or a new one,
// which it starts.
func join[Item any](
	ctx context.Context, c *Cache, s Source[Item], ttl time.Duration,
) (*sharedRead[Item], *keptRead) {
	key := s.Key
	c.mu.Lock()
	defer c.mu.Unlock()
	c.longestTTL = max(c.longestTTL, ttl)
	if r, ok := c.underWay[key].(*sharedRead[Item]); ok && time.Since(r.started) < ttl && r.join() {
		c.hits.Add(1)
		return r, nil
	}
	// A read may have ended since the caller looked. It is kept before it is removed
	// from those under way.
	if kept := c.find(key, ttl, s.Known); kept != nil {
		c.hits.Add(1)
		return nil, kept
	}
	r, start := newSharedRead(ctx, c.options, s.Run, func(r *sharedRead[Item], err error) (unkept error) {
		if err == nil && !r.unkept {
			var kept *keptRead
			if kept, unkept = newKeptRead(key, r); unkept == nil {
				c.keep(key, kept)
			}
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.underWay[key] == any(r) {
			delete(c.underWay, key)
		}
		return unkept
	})
	r.packing = newPacking[Item](func(packed []byte) (chunk, error) { return compressed[Item](c, packed) })
	c.underWay[key] = r
	c.workers.run(start) // leave waits for its end
	return r, nil
}
