package parquetfile

import (
	"bytes"
	"fmt"
	"math"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"

	"steampipe-plugin-ssmassoc/internal/files/cell"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// stored converts a value to one of a column of a kind that is not text. It returns false
// if the conversion would lose information.
func stored(v cell.Value, kind embedded.Kind) (parquet.Value, bool) {
	switch {
	case kind == embedded.Int && v.Class == cell.Int:
		return parquet.Int64Value(v.Int), true
	case kind == embedded.Bool && v.Class == cell.Bool:
		return parquet.BooleanValue(v.Int != 0), true
	case isDouble(kind) && v.Class == cell.Double:
		return parquet.DoubleValue(v.Double), true
	case isDouble(kind) && v.Class == cell.Int && int64(float64(v.Int)) == v.Int && v.Int != math.MaxInt64:
		return parquet.DoubleValue(float64(v.Int)), true
	case kind == embedded.Timestamp && v.Class == cell.Text:
		at, ok := embedded.ParseTime(string(v.Bytes))
		return parquet.Int64Value(at.UnixMicro()), ok
	case kind == embedded.Timestamp && v.Class == cell.Time:
		return parquet.Int64Value(time.Unix(v.Int, int64(v.Nanoseconds)).UnixMicro()), true
	}
	return parquet.Value{}, false
}

func isText(kind embedded.Kind) bool { return kind == embedded.Text || kind == embedded.JSON }

func isDouble(kind embedded.Kind) bool { return kind == embedded.Double || kind == embedded.Number }

// validText returns a text as UTF-8.
func validText(text []byte) []byte {
	if utf8.Valid(text) {
		return text
	}
	return bytes.ToValidUTF8(text, []byte("\uFFFD"))
}

// kindOf infers a column's kind from its values.
func kindOf(values func(func(cell.Value) bool)) embedded.Kind {
	kinds := map[cell.Class]embedded.Kind{
		cell.Int: embedded.Int, cell.Double: embedded.Double, cell.Bool: embedded.Bool, cell.Time: embedded.Timestamp,
	}
	class := cell.Null
	for v := range values {
		switch {
		case v.Class == cell.Null || v.Class == class:
		case class == cell.Null:
			class = v.Class
		case class == cell.Int && v.Class == cell.Double || class == cell.Double && v.Class == cell.Int:
			class = cell.Double
		default:
			return embedded.Text
		}
	}
	return kinds[class] // Text if it has none
}

// repeat reports whether a column's texts occur more than once on average.
func repeat(values func(func(cell.Value) bool)) bool {
	texts, distinct := 0, map[string]bool{}
	for v := range values {
		if v.Class != cell.Null {
			texts++
			distinct[string(v.Bytes)] = true
		}
	}
	return len(distinct)*2 <= texts
}

// mismatch returns the error for a value that its column cannot hold.
func mismatch(c cell.Column, row int64, v cell.Value) error {
	const most = 40
	text := v.AppendText(nil)
	if len(text) > most {
		text = append(validText(text[:most]), "..."...)
	}
	return fmt.Errorf("column %s is of type %s, and row %d has the %s %q; cast the column to one type, as in cast(x "+
		"as text)", c.Name, c.Kind, row, v.Class, text)
}
