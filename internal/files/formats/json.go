package formats

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"math"
	"unicode/utf8"

	"steampipe-plugin-ssmassoc/internal/files/cell"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// jsonWriter writes an object per row, with every column.
type jsonWriter struct {
	w       *bufio.Writer
	columns []cell.Column
	keys    [][]byte // each with what stands before it
	// before stands before each object, and next before those after the first; after
	// stands after each. end ends the file, or empty one without rows.
	before, next, after, end, empty string
	text                            []byte
	compact                         bytes.Buffer
	any                             bool // whether there is a row
}

// JSON begins an array with an object for each row.
func JSON(_ context.Context, w io.Writer, columns []cell.Column, _ Options) (Writer, error) {
	j := newJSON(w, columns)
	j.before, j.next, j.end, j.empty = "[\n ", ",\n ", "\n]\n", "[]\n"
	return j, nil
}

// JSONLines begins a file with an object on a line for each row.
func JSONLines(_ context.Context, w io.Writer, columns []cell.Column, _ Options) (Writer, error) {
	j := newJSON(w, columns)
	j.after = "\n"
	return j, nil
}

func newJSON(w io.Writer, columns []cell.Column) *jsonWriter {
	j := &jsonWriter{w: buffered(w), columns: columns}
	separator := byte('{')
	for _, name := range namesOf(columns) {
		j.keys = append(j.keys, append(cell.AppendJSONString([]byte{separator}, []byte(name)), ':'))
		separator = ','
	}
	return j
}

func (j *jsonWriter) Write(row []cell.Value) error {
	if !j.any {
		_, _ = j.w.WriteString(j.before)
		j.any = true
	} else {
		_, _ = j.w.WriteString(j.next)
	}
	for i, v := range row {
		_, _ = j.w.Write(j.keys[i])
		j.value(v, j.columns[i].Kind)
	}
	_ = j.w.WriteByte('}')
	_, err := j.w.WriteString(j.after)
	return err
}

func (j *jsonWriter) Close() error {
	end := j.end
	if !j.any {
		end = j.empty
	}
	_, _ = j.w.WriteString(end)
	return j.w.Flush()
}

func (j *jsonWriter) Abandon() {}

// value writes a value. A JSON document is part of the row's.
func (j *jsonWriter) value(v cell.Value, kind embedded.Kind) {
	switch {
	case v.Class == cell.Null,
		v.Class == cell.Double && (math.IsInf(v.Double, 0) || math.IsNaN(v.Double)): // JSON has no such numbers
		_, _ = j.w.WriteString("null")
		return
	case v.Class == cell.Text && kind == embedded.JSON && j.document(v.Bytes):
		return
	case v.Class == cell.Text:
		j.string(v.Bytes)
		return
	case v.Class == cell.Time || v.Class == cell.Blob:
		j.text = append(v.AppendText(append(j.text[:0], '"')), '"')
	default:
		j.text = v.AppendText(j.text[:0])
	}
	_, _ = j.w.Write(j.text)
}

// string writes a text piece by piece: escaped, it may be six times as long.
func (j *jsonWriter) string(text []byte) {
	const piece = 32 << 10
	_ = j.w.WriteByte('"')
	for len(text) > 0 {
		end := min(len(text), piece)
		for back := 0; end < len(text) && !utf8.RuneStart(text[end]) && back < utf8.UTFMax-1; back++ {
			end--
		}
		j.text = cell.AppendJSONString(j.text[:0], text[:end])
		_, _ = j.w.Write(j.text[1 : len(j.text)-1]) // without its quotes
		text = text[end:]
	}
	_ = j.w.WriteByte('"')
}

// document writes a JSON document without spaces, since a line break in it would end an
// object's line. It reports whether the document is valid.
func (j *jsonWriter) document(text []byte) bool {
	j.compact.Reset()
	if !utf8.Valid(text) || json.Compact(&j.compact, text) != nil {
		return false
	}
	_, _ = j.w.Write(j.compact.Bytes())
	return true
}
