package readcache

import (
	"math"
	"sync"
	"sync/atomic"
	"time"

	"github.com/maypok86/otter/v2"
)

// defaultSize bounds what is kept, in bytes, until the cache is resized.
const defaultSize = 256 << 20

// Cache keeps complete reads, and lets callers that want the same thing at the same
// time share one read.
//
// A read is kept for as long as the caller that made it allows, in a bounded number
// of bytes, and until its owner is forgotten.
type Cache struct {
	options Options
	enabled atomic.Bool
	hits    atomic.Int64
	workers workers
	// packers compress what is kept, which takes a stack of a hundred kilobytes:
	// too much for each of the goroutines that read.
	packers      workers
	dictionaries dictionaries

	mu          sync.Mutex
	underWay    map[Key]any // *sharedRead[Item]
	kept        *otter.Cache[Key, *keptRead]
	maxTTL      time.Duration // 0 for no bound
	ownsProcess bool
}

// entrySize is the approximate size of a kept read without its items, in bytes: the key,
// the entry in the cache and the keptRead.
const entrySize = 400

// Key identifies a read.
type Key struct {
	// Owner is the one for whom the read was made, such as a connection. It is
	// compared with ==, and must be comparable.
	Owner     any
	Region    string
	Operation string
	Parent    string // the ID of what the items belong to; "" for a listing
	Filters   string // of the source; "" for none
}

// keptRead is a complete read in compact form.
type keptRead struct {
	items   keptItems
	unknown error
	started time.Time
	ttl     time.Duration
	size    int // bytes
}

// New returns an empty cache, which is enabled.
func New(options Options) *Cache {
	c := &Cache{
		options:  options,
		underWay: map[Key]any{},
		kept: otter.Must(&otter.Options[Key, *keptRead]{
			MaximumWeight: defaultSize,
			Weigher:       func(_ Key, r *keptRead) uint32 { return uint32(min(uint64(r.size), math.MaxUint32)) },
			ExpiryCalculator: otter.ExpiryWritingFunc(func(e otter.Entry[Key, *keptRead]) time.Duration {
				return e.Value.ttl
			}),
		}),
	}
	c.enabled.Store(true)
	return c
}

// Configure enables or disables the cache, and bounds how long a read is kept (0 for
// no bound) and how much is kept (see Resize).
func (c *Cache) Configure(enabled bool, maxTTL time.Duration, megabytes int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.enabled.Store(enabled)
	c.maxTTL = maxTTL
	c.Resize(megabytes)
	if !enabled {
		c.kept.InvalidateAll()
	}
}

// Resize bounds the cache in megabytes; 0 and less stand for the default of 256.
func (c *Cache) Resize(megabytes int64) {
	size := uint64(defaultSize)
	if megabytes > 0 {
		size = uint64(megabytes) << 20
	}
	c.kept.SetMaximum(size)
	if c.ownsProcess {
		limitMemory(size)
	}
}

// Forget drops the kept reads of an owner.
func (c *Cache) Forget(owner any) {
	for key := range c.kept.Keys() {
		if key.Owner == owner {
			c.kept.Invalidate(key)
		}
	}
}

// OwnProcess lets the cache bound the memory of the whole process by its own size,
// from the next time that it is resized. Do not call it in a process that does other
// work too.
func (c *Cache) OwnProcess() { c.ownsProcess = true }

// TTL returns how much of the wanted time to live the cache grants a caller: 0 where
// it is disabled.
func (c *Cache) TTL(ttl time.Duration) time.Duration {
	if !c.enabled.Load() {
		return 0
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.maxTTL > 0 {
		ttl = min(ttl, c.maxTTL)
	}
	return max(0, ttl)
}

// find returns the read kept for a key, or else the one without filters, or nil.
func (c *Cache) find(key Key, ttl time.Duration) *keptRead {
	for {
		if kept, ok := c.kept.GetIfPresent(key); ok && time.Since(kept.started) <= ttl {
			return kept
		}
		if key.Filters == "" {
			return nil
		}
		key.Filters = ""
	}
}

func newKeptRead[Item any](c *Cache, key Key, r *sharedRead[Item], ttl time.Duration) (*keptRead, error) {
	kept := &keptRead{started: r.started, ttl: ttl, unknown: r.unknown}
	packed := make(chan error)
	c.packers.run(func() {
		packed <- c.options.guard(func() error {
			kept.items = keep(&c.dictionaries, r.items)
			return nil
		})
	})
	if err := <-packed; err != nil {
		return nil, err
	}
	kept.size = entrySize + len(key.Parent) + len(key.Filters) + kept.items.size()
	if r.unknown != nil {
		kept.size += len(r.unknown.Error())
	}
	return kept, nil
}

// Hits returns how many reads were answered from a kept read, or by one under way.
func (c *Cache) Hits() int64 { return c.hits.Load() }
