package readcache

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/klauspost/compress/s2"
)

// chunkSize is about the size of a chunk before it is compressed, in bytes. A reader
// of a long read holds one chunk at a time.
const chunkSize = 64 << 10

// keptItems are the items of a read in compact form (see pack), in compressed chunks.
type keptItems []chunk

// chunk is some of the items of a read, whole ones.
type chunk struct {
	form string
	// compressed says how form is compressed: with dict, or without where that
	// is nil.
	compressed bool
	dict       *s2.Dict
}

// keep returns items in compact form, compressed with the dictionary of their type.
func keep[Item any](d *dictionaries, items []*Item) keptItems {
	itemType := reflect.TypeFor[Item]()
	c, dict := codecOf(itemType), d.of(itemType)
	buffer := buffers.Get().(*packBuffer)
	defer buffers.Put(buffer)
	var kept keptItems
	packed := buffer.packed[:0]
	for i, item := range items {
		packed = c.pack(packed, reflect.ValueOf(item).Elem())
		if len(packed) >= chunkSize || i == len(items)-1 {
			kept = append(kept, dict.compress(packed, buffer))
			buffer.packed, packed = packed, packed[:0]
		}
	}
	return kept
}

// each calls take with each item, until it returns an error.
func each[Item any](kept keptItems, take func(*Item) error) error {
	for _, c := range kept {
		packed, err := c.uncompressed()
		if err != nil {
			return fmt.Errorf("read what the cache has kept: %w", err)
		}
		if err := unpack(packed, take); err != nil {
			return err
		}
	}
	return nil
}

// size returns the memory that the items take, in bytes.
func (k keptItems) size() int {
	const perChunk = 32
	size := perChunk * len(k)
	for _, c := range k {
		size += len(c.form)
	}
	return size
}

func (c chunk) uncompressed() (packed string, err error) {
	form := []byte(c.form)
	switch {
	case !c.compressed:
		return c.form, nil
	case c.dict != nil:
		form, err = c.dict.Decode(nil, form)
	default:
		form, err = s2.Decode(nil, form)
	}
	return string(form), err
}

// packBuffer is memory that is used again.
type packBuffer struct{ packed, compressed []byte }

var buffers = sync.Pool{New: func() any { return new(packBuffer) }}

// dictionaries holds a dictionary for each type of item. Most reads are of a few
// items, too short to be compressed by what they repeat themselves; but they repeat
// what other reads have: the IDs of associations, the names of documents, messages.
// The zero value is ready to use.
type dictionaries struct{ byType sync.Map } // reflect.Type -> *dictionary

func (d *dictionaries) of(itemType reflect.Type) *dictionary {
	one, ok := d.byType.Load(itemType)
	if !ok {
		one, _ = d.byType.LoadOrStore(itemType, new(dictionary))
	}
	return one.(*dictionary)
}

// dictionarySize is how much of the first reads a dictionary is made of, in bytes.
const dictionarySize = 32 << 10

// dictionary is made of the first reads of a type of item.
type dictionary struct {
	mu     sync.Mutex
	sample []byte
	dict   *s2.Dict // nil until there is enough of a sample
}

func (d *dictionary) compress(packed []byte, buffer *packBuffer) chunk {
	c := chunk{compressed: true, dict: d.learn(packed)}
	if c.dict != nil {
		buffer.compressed = c.dict.Encode(buffer.compressed, packed)
	} else {
		buffer.compressed = s2.Encode(buffer.compressed, packed)
	}
	if len(buffer.compressed) >= len(packed) {
		return chunk{form: string(packed)}
	}
	c.form = string(buffer.compressed)
	return c
}

// learn returns the dictionary, which it makes when it has seen enough.
func (d *dictionary) learn(packed []byte) *s2.Dict {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.dict == nil {
		d.sample = append(d.sample, packed[:min(len(packed), dictionarySize-len(d.sample))]...)
		if len(d.sample) == dictionarySize {
			d.dict = s2.MakeDict(d.sample, nil)
			d.sample = nil
		}
	}
	return d.dict
}
