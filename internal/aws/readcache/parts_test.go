package readcache

import (
	"context"
	"fmt"
	"math/rand/v2"
	"reflect"
	"strconv"
	"strings"
	"testing"
	"time"
)

// keep returns items in compact form, as a read keeps them.
func keep[Item any](d *dictionaries, items []*Item) keptItems {
	c := New(Options{})
	r, start := newSharedRead(context.Background(), Options{}, func(_ context.Context, send func(*Item) error) (error, error) {
		for _, item := range items {
			if err := send(item); err != nil {
				return nil, err
			}
		}
		return nil, nil
	}, func(*sharedRead[Item], error) error { return nil })
	r.packing = newPacking[Item](func(packed []byte) (chunk, error) { return compressed[Item](c, packed) })
	c.dictionaries.byType.Store(reflect.TypeFor[Item](), d.of(reflect.TypeFor[Item]()))
	start()
	kept, err := newKeptRead(Key{}, r)
	if err != nil {
		panic(err)
	}
	return kept.items
}

// noise returns a text that does not compress, of some 32 KB.
func noise(n int) string {
	random := rand.New(rand.NewPCG(1, uint64(n)))
	text := make([]byte, 32<<10)
	for i := range text {
		text[i] = byte(random.Uint32())
	}
	return strconv.Itoa(n) + ":" + string(text)
}

// TestLongReadsAreNotKept checks that a read beyond the bound holds no more than a few parts,
// loses no item and is not kept.
func TestLongReadsAreNotKept(t *testing.T) {
	const items = maxReadBytes>>15 + 300
	for _, followers := range []int{1, 3} {
		t.Run(fmt.Sprintf("with %d followers", followers), func(t *testing.T) {
			c := New(Options{})
			key := Key{Operation: "noise"}
			var r *sharedRead[string]
			most := 0
			begun := make(chan struct{})
			source := Source[string]{Key: key, Run: func(_ context.Context, send func(*string) error) (error, error) {
				<-begun
				for n := range items {
					text := noise(n)
					if err := send(&text); err != nil {
						return nil, err
					}
					if r.bytes > maxReadBytes {
						most = max(most, len(r.parts))
					}
				}
				return nil, nil
			}}
			var all []*sharedRead[string]
			for range followers {
				one, _ := join(t.Context(), c, source, time.Minute)
				all = append(all, one)
			}
			r = all[0]
			close(begun)
			failures := make(chan error, followers)
			for range followers {
				go func() {
					n := 0
					_, err := r.follow(t.Context(), func(text *string) error {
						if len(*text) < 32<<10 || !strings.HasPrefix(*text, strconv.Itoa(n)+":") {
							return fmt.Errorf("item %d is another", n)
						}
						n++
						return nil
					})
					if err == nil && n != items {
						err = fmt.Errorf("%d items of %d", n, items)
					}
					r.leave()
					failures <- err
				}()
			}
			for range followers {
				if err := <-failures; err != nil {
					t.Error(err)
				}
			}
			if followers == 1 && most > maxWaitingParts+1 {
				t.Errorf("it held %d parts", most)
			}
			if c.find(key, time.Minute, false) != nil {
				t.Error("it is kept")
			}
			if r.dropped == 0 {
				t.Error("it has dropped nothing")
			}
		})
	}
}
