package readcache

import (
	"math"
	"reflect"
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
// A read is kept for as long as any caller may want it, in a bounded number of bytes, and
// until its owner is forgotten. How old a read may be that a caller gets is for the caller
// to say: Steampipe's caller allows the time since its cache was cleared, which is short
// after a clear, and another session of the same server five minutes.
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
	longestTTL  time.Duration // that a caller has wanted
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
	// Members names the members that the items have; "" for all. A kept read of all
	// serves a caller that needs some.
	Members string
}

// wider returns the keys of the reads whose items include those of a key: itself first.
func (k Key) wider() []Key {
	keys := []Key{k}
	if k.Filters != "" {
		all := k
		all.Filters = ""
		keys = append(keys, all)
	}
	if k.Members != "" {
		for _, whole := range keys {
			whole.Members = ""
			keys = append(keys, whole)
		}
	}
	return keys
}

// keptRead is a complete read in compact form.
type keptRead struct {
	items   keptItems
	unknown error
	started time.Time
	size    int // bytes
}

// New returns an empty cache, which is enabled.
func New(options Options) *Cache {
	c := &Cache{
		options:  options,
		underWay: map[Key]any{},
	}
	c.kept = otter.Must(&otter.Options[Key, *keptRead]{
		MaximumWeight: defaultSize,
		Weigher:       func(_ Key, r *keptRead) uint32 { return uint32(min(uint64(r.size), math.MaxUint32)) },
		ExpiryCalculator: otter.ExpiryWritingFunc(func(otter.Entry[Key, *keptRead]) time.Duration {
			return c.lifetime() // keep, which sets entries, holds c.mu
		}),
	})
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

// Forget drops the kept reads of owners. It looks at every kept read once, however many
// owners there are.
func (c *Cache) Forget(owners ...any) {
	forgotten := make(map[any]bool, len(owners))
	for _, owner := range owners {
		forgotten[owner] = true
	}
	for key := range c.kept.Keys() {
		if forgotten[key.Owner] {
			c.kept.Invalidate(key)
		}
	}
}

// OwnProcess has the cache bound the memory of the whole process by its own size. Do not
// call it in a process that does other work too.
func (c *Cache) OwnProcess() {
	c.ownsProcess = true
	limitMemory(c.kept.GetMaximum())
}

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

// find returns the read kept for a key, or else one of a wider key, or nil. If the caller
// knows that the parent exists, a read that did not find it does not serve.
func (c *Cache) find(key Key, ttl time.Duration, known bool) *keptRead {
	for _, k := range key.wider() {
		kept, ok := c.kept.GetIfPresent(k)
		if ok && time.Since(kept.started) < ttl && (!known || kept.unknown == nil) {
			return kept
		}
	}
	return nil
}

// Has reports whether a read younger than ttl is kept for a key.
func (c *Cache) Has(key Key, ttl time.Duration) bool { return c.find(key, ttl, false) != nil }

// lifetime returns how long a read is kept: as long as a caller may want one that old. The
// caller holds c.mu.
func (c *Cache) lifetime() time.Duration {
	if c.maxTTL > 0 {
		return c.maxTTL
	}
	return max(c.longestTTL, leastLifetime)
}

// leastLifetime is Steampipe's default for how old a row may be.
const leastLifetime = 5 * time.Minute

// keep keeps a read, unless a younger one is kept.
func (c *Cache) keep(key Key, r *keptRead) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if kept, ok := c.kept.GetIfPresent(key); !ok || !kept.started.After(r.started) {
		c.kept.Set(key, r)
	}
}

// newKeptRead returns the kept form of a read that has ended.
func newKeptRead[Item any](key Key, r *sharedRead[Item]) (*keptRead, error) {
	if r.packing.err != nil {
		return nil, r.packing.err
	}
	kept := &keptRead{started: r.started, unknown: r.unknown}
	for _, p := range r.parts[:len(r.parts)-1] {
		kept.items = append(kept.items, p.form)
	}
	if len(r.packing.packed) > 0 {
		form, err := r.packing.seal()
		if err != nil {
			return nil, err
		}
		kept.items = append(kept.items, form)
	}
	kept.size = entrySize + len(key.Parent) + len(key.Filters) + kept.items.size()
	if r.unknown != nil {
		kept.size += len(r.unknown.Error())
	}
	return kept, nil
}

// compressed compresses items in compact form with the dictionary of their type.
func compressed[Item any](c *Cache, packed []byte) (form chunk, err error) {
	dict := c.dictionaries.of(reflect.TypeFor[Item]())
	done := make(chan error)
	c.packers.run(func() {
		done <- c.options.guard(func() error {
			buffer := buffers.Get().(*packBuffer)
			defer buffers.Put(buffer)
			form = dict.compress(packed, buffer)
			return nil
		})
	})
	err = <-done
	return form, err
}

// Hits returns how many reads were answered from a kept read, or by one under way.
func (c *Cache) Hits() int64 { return c.hits.Load() }
