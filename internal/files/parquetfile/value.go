package parquetfile

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
)

// value is a value of a row: null, text, an integer, a number, a Boolean or a timestamp
// in microseconds.
type value struct {
	kind   Type // Any for null
	text   string
	number int64
	double float64
}

// in converts the value to one of a column of type t. It returns false if the
// conversion would lose information.
func (v value) in(t Type) (parquet.Value, bool) {
	switch {
	case v.kind == Any:
		return parquet.NullValue(), true
	case t == Text || t == JSON:
		return parquet.ByteArrayValue([]byte(v.String())), true
	case t == Int64 && v.kind == Int64:
		return parquet.Int64Value(v.number), true
	case t == Bool && v.kind == Bool:
		return parquet.BooleanValue(v.number != 0), true
	case t == Double && v.kind == Double:
		return parquet.DoubleValue(v.double), true
	case t == Double && v.kind == Int64 && int64(float64(v.number)) == v.number && v.number != math.MaxInt64:
		return parquet.DoubleValue(float64(v.number)), true
	case t == Timestamp && v.kind == Timestamp:
		return parquet.Int64Value(v.number), true
	}
	return parquet.Value{}, false
}

// String returns the value as valid UTF-8.
func (v value) String() string {
	switch v.kind {
	case Any:
		return ""
	case Int64:
		return strconv.FormatInt(v.number, 10)
	case Double:
		return strconv.FormatFloat(v.double, 'g', -1, 64)
	case Bool:
		return strconv.FormatBool(v.number != 0)
	case Timestamp:
		return time.UnixMicro(v.number).UTC().Format(time.RFC3339Nano)
	}
	if utf8.ValidString(v.text) {
		return v.text
	}
	return strings.ToValidUTF8(v.text, "\uFFFD")
}

// typeOf infers a column's type from its values.
func typeOf(values func(func(value) bool)) Type {
	t := Any
	for v := range values {
		switch {
		case v.kind == Any || v.kind == t:
		case t == Any:
			t = v.kind
		case t == Int64 && v.kind == Double || t == Double && v.kind == Int64:
			t = Double
		default:
			return Text
		}
	}
	if t == Any {
		return Text
	}
	return t
}

// repeat reports whether a column's texts occur more than once on average.
func repeat(values func(func(value) bool)) bool {
	texts, distinct := 0, map[string]bool{}
	for v := range values {
		if v.kind != Any {
			texts++
			distinct[v.text] = true
		}
	}
	return len(distinct)*2 <= texts
}

// mismatch returns the error for a value that its column cannot hold.
func mismatch(c Column, row int64, v value) error {
	const most = 40
	text := v.String()
	if len(text) > most {
		text = text[:most] + "..."
	}
	return fmt.Errorf("column %s is of type %s, and row %d has the %s %q; cast the column to one type, as in cast(x "+
		"as text)",
		c.Name, c.Type, row, v.kind, text)
}
