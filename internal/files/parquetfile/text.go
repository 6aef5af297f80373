package parquetfile

import (
	"slices"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding"
)

// longText is the length of a text, in bytes, beyond which it is written without delay and
// has no place in a dictionary: the library holds a dictionary until its page ends, which
// may be thousands of values later.
const longText = 64 << 10

// textNode is a column of text.
type textNode struct {
	parquet.Node
	// dictionary is set if a row group that begins has a dictionary for the column.
	dictionary bool
	// dropped is set if the row group that is being written still has one.
	dropped bool
}

// Type returns the type of the column, whose pages have short bounds.
func (n *textNode) Type() parquet.Type { return textType{n.Node.Type()} }

// Encoding returns the encoding of the column; nil for the library's choice.
func (n *textNode) Encoding() encoding.Encoding {
	if n.dictionary {
		return &parquet.RLEDictionary
	}
	return nil
}

// noteLong reports whether one of the values is long, in a column with a dictionary. Later
// row groups have none. It does nothing for a column that is not of text.
func (n *textNode) noteLong(values []parquet.Value) bool {
	if n == nil || !n.dictionary && !n.dropped ||
		!slices.ContainsFunc(values, func(v parquet.Value) bool { return !v.IsNull() && len(v.ByteArray()) > longText }) {
		return false
	}
	n.dropped, n.dictionary = true, false
	return true
}

// changed reports whether the encoding of the column has changed, once.
func (n *textNode) changed() bool {
	if n == nil || !n.dropped {
		return false
	}
	n.dropped = false
	return true
}

// textType is a type of text whose pages have short bounds. The library writes the bounds
// of a row group in full, and holds them until the file ends.
type textType struct{ parquet.Type }

// NewColumnBuffer returns a buffer for the values of a page.
func (t textType) NewColumnBuffer(column, values int) parquet.ColumnBuffer {
	return textBuffer{t.Type.NewColumnBuffer(column, values)}
}

type textBuffer struct{ parquet.ColumnBuffer }

func (b textBuffer) Page() parquet.Page { return textPage{b.ColumnBuffer.Page()} }

type textPage struct{ parquet.Page }

// longestBound is the length of the longest bound, in bytes.
const longestBound = 1 << 10

// Bounds returns bounds of the page's values. They may be prefixes, as the format allows.
func (p textPage) Bounds() (low, high parquet.Value, ok bool) {
	low, high, ok = p.Page.Bounds()
	if ok && len(low.ByteArray()) > longestBound {
		low = parquet.ByteArrayValue(prefix(low.ByteArray()))
	}
	if ok && len(high.ByteArray()) > longestBound {
		if bound := above(prefix(high.ByteArray())); bound != nil {
			high = parquet.ByteArrayValue(bound)
		}
	}
	return low, high, ok
}

// prefix returns the beginning of a text, without a part of a character.
func prefix(text []byte) []byte {
	end := longestBound
	for end > 0 && !utf8.RuneStart(text[end]) {
		end--
	}
	return text[:end]
}

// above returns a text that is greater than all that begin with a prefix: the prefix with
// its last character replaced by the next one. It returns nil if there is none.
func above(prefix []byte) []byte {
	bound := slices.Clone(prefix)
	for len(bound) > 0 {
		last, size := utf8.DecodeLastRune(bound)
		bound = bound[:len(bound)-size]
		next := last + 1
		if last == 0xd7ff {
			next = 0xe000 // what is between are no characters
		}
		if last < utf8.MaxRune {
			return utf8.AppendRune(bound, next)
		}
	}
	return nil
}
