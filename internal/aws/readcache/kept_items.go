package readcache

import (
	"fmt"
	"reflect"
	"sync"

	"github.com/klauspost/compress/s2"
)

// chunkSize is the approximate size of a chunk before compression, in bytes. Readers of a
// long read hold one chunk at a time.
const chunkSize = 64 << 10

// keptItems are the items of a read in compact form (see pack), in compressed chunks.
type keptItems []chunk

// chunk is a number of whole items.
type chunk struct {
	form string
	// compressed says that form is compressed, with dict unless that is nil.
	compressed bool
	dict       *s2.Dict
}

// each calls take with each item, until it returns an error.
func each[Item any](kept keptItems, take func(*Item) error) error {
	for _, c := range kept {
		packed, err := c.uncompressed()
		if err != nil {
			return fmt.Errorf("read from the cache: %w", err)
		}
		if err := unpack(packed, take); err != nil {
			return err
		}
	}
	return nil
}

// size returns the memory of the items, in bytes.
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

// packBuffer is memory to reuse.
type packBuffer struct{ compressed []byte }

var buffers = sync.Pool{New: func() any { return new(packBuffer) }}

// dictionaries holds a dictionary for each type of item. Most reads have a few items, too
// short to compress well alone, but they repeat parts of other reads: IDs, names and
// messages. The zero value is ready to use.
type dictionaries struct{ byType sync.Map } // reflect.Type -> *dictionary

func (d *dictionaries) of(itemType reflect.Type) *dictionary {
	one, ok := d.byType.Load(itemType)
	if !ok {
		one, _ = d.byType.LoadOrStore(itemType, new(dictionary))
	}
	return one.(*dictionary)
}

// dictionarySize is the size of the sample that a dictionary is made from, in bytes.
const dictionarySize = 32 << 10

// dictionary compresses items of one type, with a dictionary made from the first reads.
type dictionary struct {
	mu     sync.Mutex
	sample []byte
	dict   *s2.Dict // nil until the sample is large enough
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

// learn returns the dictionary, which it makes once the sample is large enough.
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
