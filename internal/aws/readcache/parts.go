package readcache

import (
	"reflect"
)

// A read under way holds its items in parts of some 64 KB. The latest two parts hold the
// items themselves, for the followers that keep up; earlier ones only the compact form, in
// which the read is kept. A read that grows beyond maxReadBytes is not kept: it drops the
// parts that every follower has taken, and waits for its follower if that is the only one.

const (
	// maxReadBytes bounds the compressed form of a read that is kept: some 500,000 nodes.
	maxReadBytes = 64 << 20
	// maxWaitingParts is the number of parts that a read which is not kept runs ahead of
	// its only follower.
	maxWaitingParts = 4
)

// part is a run of a read's items.
type part[Item any] struct {
	items []*Item // nil once only the form is left
	count int
	form  chunk // of a sealed part
}

// packing makes the compact forms of a read's items as they come.
type packing struct {
	codec    *codec
	compress func([]byte) (chunk, error)
	packed   []byte // of the open part
	err      error  // why the items cannot be packed
}

func newPacking[Item any](compress func([]byte) (chunk, error)) *packing {
	return &packing{codec: codecOf(reflect.TypeFor[Item]()), compress: compress}
}

// add packs an item. It returns true when the open part is large enough to be sealed.
func (p *packing) add(o Options, item reflect.Value) (full bool) {
	if p == nil || p.err != nil {
		return false
	}
	p.err = o.guard(func() error {
		p.packed = p.codec.pack(p.packed, item)
		return nil
	})
	return p.err == nil && len(p.packed) >= chunkSize
}

// seal returns the compact form of the items since the last one.
func (p *packing) seal() (chunk, error) {
	form, err := p.compress(p.packed)
	p.packed, p.err = p.packed[:0], err
	return form, err
}

// position is how far a follower has come: the number of a part, and of an item in it.
type position struct{ part, item int }
