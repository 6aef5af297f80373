package readcache

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
	"sync"
	"time"
)

// A kept read holds its items in a compact form. As structs with a pointer for each
// member they would take three to five times the memory, and the garbage collector would
// follow each pointer at every collection.
//
// The form is for one process only: the fields of a struct in order, a length before each
// text, list and map, and a byte before each pointer for whether it is nil.

// unpack calls take with each item of a compact form, until take returns an error. The
// items' texts share the memory of the form.
func unpack[Item any](packed string, take func(*Item) error) error {
	c := codecOf(reflect.TypeFor[Item]())
	for packed != "" {
		item := new(Item)
		packed = c.unpack(packed, reflect.ValueOf(item).Elem())
		if err := take(item); err != nil {
			return err
		}
	}
	return nil
}

// codec packs the values of one type.
type codec struct {
	pack   func(to []byte, v reflect.Value) []byte
	unpack func(from string, v reflect.Value) (rest string)
}

var codecs sync.Map // reflect.Type -> *codec

func codecOf(t reflect.Type) *codec {
	if c, ok := codecs.Load(t); ok {
		return c.(*codec)
	}
	c, _ := codecs.LoadOrStore(t, newCodec(t))
	return c.(*codec)
}

// newCodec returns the codec of a type. It panics for types that API answers are not made
// of, which a test of every type that is kept rules out.
func newCodec(t reflect.Type) *codec {
	if t == timeType {
		return timeCodec
	}
	switch t.Kind() {
	case reflect.String:
		return stringCodec
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64:
		return intCodec
	case reflect.Float32, reflect.Float64:
		return floatCodec
	case reflect.Pointer:
		return pointerCodec(t)
	case reflect.Slice:
		return sliceCodec(t)
	case reflect.Map:
		return mapCodec(t)
	case reflect.Struct:
		return structCodec(t)
	}
	panic(fmt.Sprintf("a value of type %s cannot be kept", t))
}

var timeType = reflect.TypeFor[time.Time]()

func packInt(to []byte, n int64) []byte { return binary.AppendVarint(to, n) }

func unpackInt(from string) (int64, string) {
	var n uint64
	for i, shift := 0, 0; ; i, shift = i+1, shift+7 {
		n |= uint64(from[i]&0x7f) << shift
		if from[i] < 0x80 {
			return int64(n>>1) ^ -int64(n&1), from[i+1:]
		}
	}
}

var stringCodec = &codec{
	pack: func(to []byte, v reflect.Value) []byte { return append(packInt(to, int64(v.Len())), v.String()...) },
	unpack: func(from string, v reflect.Value) string {
		n, rest := unpackInt(from)
		v.SetString(rest[:n])
		return rest[n:]
	},
}

var intCodec = &codec{
	pack: func(to []byte, v reflect.Value) []byte {
		if v.Kind() == reflect.Bool {
			if v.Bool() {
				return packInt(to, 1)
			}
			return packInt(to, 0)
		}
		return packInt(to, v.Int())
	},
	unpack: func(from string, v reflect.Value) string {
		n, rest := unpackInt(from)
		if v.Kind() == reflect.Bool {
			v.SetBool(n == 1)
		} else {
			v.SetInt(n)
		}
		return rest
	},
}

var floatCodec = &codec{
	pack: func(to []byte, v reflect.Value) []byte { return packInt(to, int64(math.Float64bits(v.Float()))) },
	unpack: func(from string, v reflect.Value) string {
		bits, rest := unpackInt(from)
		v.SetFloat(math.Float64frombits(uint64(bits)))
		return rest
	},
}

var timeCodec = &codec{
	pack: func(to []byte, v reflect.Value) []byte {
		t := v.Interface().(time.Time)
		return packInt(packInt(to, t.Unix()), int64(t.Nanosecond()))
	},
	unpack: func(from string, v reflect.Value) string {
		seconds, rest := unpackInt(from)
		nanoseconds, rest := unpackInt(rest)
		v.Set(reflect.ValueOf(time.Unix(seconds, nanoseconds).UTC()))
		return rest
	},
}

func pointerCodec(t reflect.Type) *codec {
	elem := codecOf(t.Elem())
	return &codec{
		pack: func(to []byte, v reflect.Value) []byte {
			if v.IsNil() {
				return append(to, 0)
			}
			return elem.pack(append(to, 1), v.Elem())
		},
		unpack: func(from string, v reflect.Value) string {
			if from[0] == 0 {
				return from[1:]
			}
			v.Set(reflect.New(t.Elem()))
			return elem.unpack(from[1:], v.Elem())
		},
	}
}

// A list or a map that is nil has the length -1: null is not [].

func sliceCodec(t reflect.Type) *codec {
	elem := codecOf(t.Elem())
	return &codec{
		pack: func(to []byte, v reflect.Value) []byte {
			if v.IsNil() {
				return packInt(to, -1)
			}
			to = packInt(to, int64(v.Len()))
			for i := range v.Len() {
				to = elem.pack(to, v.Index(i))
			}
			return to
		},
		unpack: func(from string, v reflect.Value) string {
			n, rest := unpackInt(from)
			if n < 0 {
				return rest
			}
			v.Set(reflect.MakeSlice(t, int(n), int(n)))
			for i := range int(n) {
				rest = elem.unpack(rest, v.Index(i))
			}
			return rest
		},
	}
}

func mapCodec(t reflect.Type) *codec {
	key, elem := codecOf(t.Key()), codecOf(t.Elem())
	return &codec{
		pack: func(to []byte, v reflect.Value) []byte {
			if v.IsNil() {
				return packInt(to, -1)
			}
			to = packInt(to, int64(v.Len()))
			for entries := v.MapRange(); entries.Next(); {
				to = elem.pack(key.pack(to, entries.Key()), entries.Value())
			}
			return to
		},
		unpack: func(from string, v reflect.Value) string {
			n, rest := unpackInt(from)
			if n < 0 {
				return rest
			}
			v.Set(reflect.MakeMapWithSize(t, int(n)))
			for range int(n) {
				k, e := reflect.New(t.Key()).Elem(), reflect.New(t.Elem()).Elem()
				rest = elem.unpack(key.unpack(rest, k), e)
				v.SetMapIndex(k, e)
			}
			return rest
		},
	}
}

func structCodec(t reflect.Type) *codec {
	type field struct {
		index int
		*codec
	}
	var fields []field
	for i := range t.NumField() {
		if f := t.Field(i); f.IsExported() {
			fields = append(fields, field{i, codecOf(f.Type)})
		}
	}
	return &codec{
		pack: func(to []byte, v reflect.Value) []byte {
			for _, f := range fields {
				to = f.pack(to, v.Field(f.index))
			}
			return to
		},
		unpack: func(from string, v reflect.Value) string {
			for _, f := range fields {
				from = f.unpack(from, v.Field(f.index))
			}
			return from
		},
	}
}
