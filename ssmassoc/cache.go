package ssmassoc

import (
	"context"
	"math"
	"sync"
	"sync/atomic"
	"time"

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
// A read is kept for as long as the request that asks for it allows, in a
// bounded number of bytes, and until its connection is cleared.
type readCache struct {
	enabled atomic.Bool

	mu       sync.Mutex
	underWay map[readKey]any // *reading[T]
	kept     *otter.Cache[readKey, keptRead]
	maxTTL   time.Duration // 0 for no bound
}

// entrySize is about what a kept read takes besides its items, in bytes: its key,
// what the cache keeps of it, and the read itself.
const entrySize = 768

// readKey says what was read. Where and by whom is the connection with its
// generation, which changes when the connection is cleared.
type readKey struct {
	connection *connection
	generation int64
	region     string
	what       string // the operation
	of         string // a node's id, or another parent's; "" for a listing
	filters    string // what the operation was asked to leave out
}

// keptRead is a complete *reading[T].
type keptRead struct {
	reading any
	size    int // bytes, about
	ttl     time.Duration
}

func newReadCache() *readCache {
	c := &readCache{
		underWay: map[readKey]any{},
		kept: otter.Must(&otter.Options[readKey, keptRead]{
			MaximumWeight: defaultCacheSize,
			Weigher:       func(_ readKey, r keptRead) uint32 { return uint32(min(uint64(r.size), math.MaxUint32)) },
			ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[readKey, keptRead]) time.Duration {
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
}

// ttl returns for how long a request lets its reads be kept, and how old those
// that it is answered with may be. 0 forbids both, and sharing too.
func (c *readCache) ttl(request *proto.ExecuteConnectionData) time.Duration {
	if !request.GetCacheEnabled() || !c.enabled.Load() {
		return 0
	}
	ttl := time.Duration(request.GetCacheTtl()) * time.Second
	if ttl <= 0 {
		ttl = defaultCacheTTL
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.maxTTL > 0 {
		ttl = min(ttl, c.maxTTL)
	}
	return ttl
}

// source is a read of AWS that may come from the cache.
type source[T any] struct {
	what string // the operation
	of   string // a node's id, or another parent's; "" for a listing
	// filters are what the operation is asked to leave out, "" for nothing. A
	// kept read without them serves as well: who reads must not rely on them.
	filters string
	// size estimates the memory that an item takes, in bytes.
	size func(T) int
	// run reads from AWS and passes on each item.
	run func(ctx context.Context, send func(T) error) error
	// partial tells that run stops before the end.
	partial bool
	// long tells that run sends items long before it ends.
	long bool
}

// readThrough passes each item of a source to take: from AWS, from a read that
// another scan has under way, or from one that is kept.
func readThrough[T any](ctx context.Context, sc *scan, s source[T], take func(T) error) error {
	if sc.cacheTTL == 0 {
		return s.run(ctx, take)
	}
	c := sc.connection.cache
	key := readKey{sc.connection, sc.connection.generation.Load(), sc.region.name, s.what, s.of, s.filters}
	if r := keptReading[T](c, key, sc.cacheTTL); r != nil {
		return r.follow(ctx, take)
	}
	if s.partial {
		return s.run(ctx, take)
	}
	r, start := joinReading(ctx, c, key, s, sc.cacheTTL)
	switch {
	case start == nil:
	case s.long:
		go start() // leave waits for its end
	default:
		// In this goroutine, whose stack has grown to what a call needs. When
		// ctx ends, others may still follow the read.
		left := make(chan struct{})
		stop := context.AfterFunc(ctx, func() {
			defer close(left)
			r.leave()
		})
		start()
		if !stop() {
			<-left
			return context.Cause(ctx)
		}
	}
	defer r.leave()
	return r.follow(ctx, take)
}

// keptReading returns the read that is kept for a key, or one without filters
// that serves as well, or nil.
func keptReading[T any](c *readCache, key readKey, ttl time.Duration) *reading[T] {
	everything := key
	everything.filters = ""
	keys := []readKey{key, everything}
	if key == everything {
		keys = keys[:1]
	}
	for _, key := range keys {
		if kept, ok := c.kept.GetIfPresent(key); ok {
			if r := kept.reading.(*reading[T]); time.Since(r.started) <= ttl {
				return r
			}
		}
	}
	return nil
}

// joinReading returns the read that is under way for a key, or a new one and
// the function to run it.
func joinReading[T any](ctx context.Context, c *readCache, key readKey, s source[T], ttl time.Duration) (_ *reading[T], start func()) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if r, ok := c.underWay[key].(*reading[T]); ok && time.Since(r.started) <= ttl && r.join() {
		return r, nil
	}
	// One may have ended since the caller looked: it was kept before it was no
	// longer under way.
	if r := keptReading[T](c, key, ttl); r != nil && r.join() {
		return r, nil
	}
	r, start := newReading(ctx, s.run, func(r *reading[T], err error) {
		if err == nil {
			size := entrySize + len(key.of) + len(key.filters)
			for _, item := range r.items {
				size += s.size(item)
			}
			c.kept.Set(key, keptRead{reading: r, size: size, ttl: ttl})
		}
		c.mu.Lock()
		defer c.mu.Unlock()
		if c.underWay[key] == any(r) {
			delete(c.underWay, key)
		}
	})
	c.underWay[key] = r
	return r, start
}
