package ssmassoc

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/smithy-go"
	"github.com/maypok86/otter/v2"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

// What the cache does where its host does not say.
const (
	defaultCacheTTL  = 5 * time.Minute // Steampipe's own default
	defaultCacheSize = 256 << 20       // bytes
)

// readCache keeps complete reads of AWS, and lets scans that want the same
// thing at the same time share one read. What failed or was broken off is never
// kept, so that an answer from the cache is as complete as one from AWS.
//
// A read is kept for as long as the request that made it allows, in a bounded
// number of bytes, and until its connection is cleared.
type readCache struct {
	enabled atomic.Bool
	workers workers

	mu       sync.Mutex
	underWay map[readKey]any // *reading[Item]
	kept     *otter.Cache[readKey, *keptRead]
	maxTTL   time.Duration // 0 for no bound
	// resized, where set, is called with the greatest size of what is kept, in
	// bytes.
	resized func(uint64)
}

// entrySize is about what a kept read takes besides its items, in bytes: its key,
// what the cache keeps of it, and the read itself.
const entrySize = 400

// readKey identifies a read. Where it was made, and with whose credentials, is the
// connection: a cleared or changed one is another.
type readKey struct {
	connection *connection
	region     string
	operation  string
	of         string // a node's id, or another parent's; "" for a listing
	filters    string // what the operation was asked to leave out
}

// keptRead is a complete read in compact form.
type keptRead struct {
	items   string
	unknown error
	started time.Time
	ttl     time.Duration
	size    int // bytes
}

func newReadCache() *readCache {
	c := &readCache{
		underWay: map[readKey]any{},
		kept: otter.Must(&otter.Options[readKey, *keptRead]{
			MaximumWeight: defaultCacheSize,
			Weigher:       func(_ readKey, r *keptRead) uint32 { return uint32(min(uint64(r.size), math.MaxUint32)) },
			ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[readKey, *keptRead]) time.Duration {
				return e.Value.ttl
			}),
		}),
	}
	c.enabled.Store(true)
	return c
}

// configure takes what the host says of caching for all connections.
func (c *readCache) configure(options *proto.SetCacheOptionsRequest) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.enabled.Store(options.Enabled)
	c.maxTTL = time.Duration(options.Ttl) * time.Second
	c.setSize(options.MaxSizeMb)
	if !options.Enabled {
		c.kept.InvalidateAll()
	}
}

// setSize bounds the cache in megabytes; 0 and less stand for the default.
func (c *readCache) setSize(megabytes int64) {
	size := uint64(defaultCacheSize)
	if megabytes > 0 {
		size = uint64(megabytes) << 20
	}
	c.kept.SetMaximum(size)
	if c.resized != nil {
		c.resized(size)
	}
}

// forget drops what was read for a connection.
func (c *readCache) forget(gone *connection) {
	for key := range c.kept.Keys() {
		if key.connection == gone {
			c.kept.Invalidate(key)
		}
	}
}

// ttl returns for how long a request lets its reads be kept, and how old those
// that it is answered with may be. 0 forbids both, and sharing too.
func (c *readCache) ttl(request *proto.ExecuteConnectionData) time.Duration {
	if !request.GetCacheEnabled() || !c.enabled.Load() {
		return 0
	}
	ttl := time.Duration(request.GetCacheTtl()) * time.Second
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.maxTTL > 0 {
		ttl = min(ttl, c.maxTTL)
	}
	return max(0, ttl)
}

// source is a read of AWS that may come from the cache.
type source[Item any] struct {
	operation string
	of        string // a node's id, or another parent's; "" for a listing
	// selection is the part of the items that the reader gets. A read that was
	// made without its filters serves as well.
	selection selection[Item]
	run       run[Item]
	// partial is set when run stops before the end.
	partial bool
}

// readThrough passes each selected item of a source to take: from AWS, from a
// read that another scan has under way, or from one that is kept.
func readThrough[Item any](ctx context.Context, sc *scan, s source[Item], take func(*Item) error) (unknown, err error) {
	selected := func(item *Item) error {
		if !s.selection.selects(item) {
			return nil
		}
		return take(item)
	}
	if sc.cacheTTL == 0 {
		return s.run(ctx, selected)
	}
	c := sc.connection.cache
	key := readKey{sc.connection, sc.region.name, s.operation, s.of, filterKey(s.selection.filters)}
	if kept := c.find(key, sc.cacheTTL); kept != nil {
		return kept.unknown, unpack(kept.items, selected)
	}
	if s.partial {
		return s.run(ctx, selected)
	}
	r, kept := joinReading(ctx, c, key, s.run, sc.cacheTTL)
	if kept != nil {
		return kept.unknown, unpack(kept.items, selected)
	}
	defer r.leave()
	return r.follow(ctx, selected)
}

// find returns the read that is kept for a key, or one without filters that
// serves as well, or nil.
func (c *readCache) find(key readKey, ttl time.Duration) *keptRead {
	for {
		if kept, ok := c.kept.GetIfPresent(key); ok && time.Since(kept.started) <= ttl {
			return kept
		}
		if key.filters == "" {
			return nil
		}
		key.filters = ""
	}
}

// joinReading returns the read that is under way for a key, or one that has just
// been kept, or a new one that it starts.
func joinReading[Item any](ctx context.Context, c *readCache, key readKey, read run[Item], ttl time.Duration) (*reading[Item], *keptRead) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r, ok := c.underWay[key].(*reading[Item]); ok && time.Since(r.started) <= ttl && r.join() {
		return r, nil
	}
	// One may have ended since the caller looked: it was kept before it was no
	// longer under way.
	if kept := c.find(key, ttl); kept != nil {
		return nil, kept
	}
	r, start := newReading(ctx, read, func(r *reading[Item], err error) {
		if err == nil {
			c.kept.Set(key, newKeptRead(key, r, ttl))
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.underWay[key] == any(r) {
			delete(c.underWay, key)
		}
	})
	c.underWay[key] = r
	c.workers.run(start) // leave waits for its end
	return r, nil
}

func newKeptRead[Item any](key readKey, r *reading[Item], ttl time.Duration) *keptRead {
	kept := &keptRead{items: pack(r.items), started: r.started, ttl: ttl}
	kept.size = entrySize + len(key.of) + len(key.filters) + len(kept.items)
	if r.unknown != nil {
		// Without the answer that the SDK's error holds on to.
		code, message := apiError(r.unknown)
		kept.unknown = &smithy.GenericAPIError{Code: code, Message: message}
		kept.size += len(message)
	}
	return kept
}
