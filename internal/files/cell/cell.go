// Package cell has the values and columns of rows on their way to a file, whatever its
// format.
package cell

import (
	"encoding/base64"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// Column is a column of a file.
type Column struct {
	Name string
	Kind embedded.Kind
	// Open marks an expression of SQL, whose kind follows from its values.
	Open bool
}

// Class is the class of a value.
type Class int

// The classes of values. The zero class is that of a null.
const (
	Null Class = iota
	Text
	Int
	Double
	Bool
	Time
	Blob
)

// String returns the name of the class.
func (c Class) String() string {
	return [...]string{"null", "text", "integer", "number", "Boolean", "time", "blob"}[c]
}

// Value is a value of a row.
type Value struct {
	Class Class
	// Bytes are those of a text or a blob. They belong to whoever made the value, and are
	// valid until the row is written.
	Bytes []byte
	// Int is an integer, 1 for true, or a time in seconds since 1970.
	Int         int64
	Nanoseconds int32 // of a time
	Double      float64
}

// OfTime returns the value of a time.
func OfTime(t time.Time) Value {
	return Value{Class: Time, Int: t.Unix(), Nanoseconds: int32(t.Nanosecond())} //nolint:gosec // less than a second
}

// OfBool returns the value of a Boolean.
func OfBool(b bool) Value {
	if b {
		return Value{Class: Bool, Int: 1}
	}
	return Value{Class: Bool}
}

// AppendText appends the value as text: numbers with all their digits, times in RFC 3339,
// blobs in Base64, and nothing for a null.
func (v Value) AppendText(text []byte) []byte {
	switch v.Class {
	case Text:
		return append(text, v.Bytes...)
	case Int:
		return strconv.AppendInt(text, v.Int, 10)
	case Double:
		return embedded.AppendDouble(text, v.Double)
	case Bool:
		return strconv.AppendBool(text, v.Int != 0)
	case Time:
		return time.Unix(v.Int, int64(v.Nanoseconds)).UTC().AppendFormat(text, time.RFC3339Nano)
	case Blob:
		return base64.StdEncoding.AppendEncode(text, v.Bytes)
	}
	return text
}

// NameOf returns the name of an unnamed column, counted from 0.
func NameOf(column int) string { return fmt.Sprintf("column%d", column+1) }

// TrimName returns the name of a column without what readers drop around it: spaces, and
// the byte-order mark of a file.
func TrimName(name string) string {
	return strings.TrimFunc(name, func(r rune) bool { return unicode.IsSpace(r) || r == '\ufeff' })
}

// DistinctNames returns the names of columns, with numbers added to those that differ from
// an earlier one at most by their case and by what [TrimName] drops: SQL, or a reader of the
// file, does not tell such names apart. An unnamed column is named after its position.
func DistinctNames(names []string) []string {
	taken := map[string]bool{}
	distinct := make([]string, len(names))
	for i, name := range names {
		base := TrimName(name)
		if base == "" {
			base, name = NameOf(i), NameOf(i)
		}
		folded := strings.ToLower(base)
		for n := 2; taken[folded]; n++ {
			name = fmt.Sprintf("%s_%d", base, n)
			folded = strings.ToLower(name)
		}
		taken[folded] = true
		distinct[i] = name
	}
	return distinct
}
