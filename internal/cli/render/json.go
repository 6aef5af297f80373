package render

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strconv"
	"unicode/utf8"

	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// writeJSON writes an array with an object per row.
func writeJSON(w *bufio.Writer, rows *embedded.Rows, options Options) error {
	result := heldText{held: held{format: "json", mostMB: options.MemoryMB}}
	b := bufio.NewWriterSize(&result, w.Size())
	object := newObjectWriter(b, rows)
	separator, end := "[\n ", "[]\n"
	for rows.Next() {
		_, _ = b.WriteString(separator)
		object.write()
		if result.err != nil {
			return result.err
		}
		separator, end = ",\n ", "\n]\n"
	}
	if err := rows.Err(); err != nil {
		return err
	}
	_, _ = b.WriteString(end)
	if err := b.Flush(); err != nil {
		return err
	}
	if _, err := result.WriteTo(w); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// writeJSONLines writes an object per row, each on its own line.
func writeJSONLines(w *bufio.Writer, rows *embedded.Rows, _ Options) error {
	object := newObjectWriter(w, rows)
	for rows.Next() {
		object.write()
		if err := w.WriteByte('\n'); err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
	}
	return rows.Err()
}

// objectWriter writes rows as JSON objects, keyed by column. It leaves errors of the
// writer to the writer's next user.
type objectWriter struct {
	w     *bufio.Writer
	rows  *embedded.Rows
	names [][]byte
	json  bytes.Buffer // a JSON value without spaces
}

func newObjectWriter(w *bufio.Writer, rows *embedded.Rows) *objectWriter {
	o := &objectWriter{w: w, rows: rows}
	for _, name := range distinctNames(rows, func(name string) string { return name }) {
		o.names = append(o.names, []byte(name))
	}
	return o
}

// distinctNames returns the names of a result's columns, with numbers added to repeated
// names: an object with a repeated key would lose a value. Names are the same if fold
// makes them so.
func distinctNames(rows *embedded.Rows, fold func(string) string) []string {
	seen := map[string]bool{}
	var names []string
	for _, c := range rows.Columns {
		name := c.Name
		for n := 2; seen[fold(name)]; n++ {
			name = fmt.Sprintf("%s_%d", c.Name, n)
		}
		seen[fold(name)] = true
		names = append(names, name)
	}
	return names
}

func (o *objectWriter) write() {
	_ = o.w.WriteByte('{')
	for i, name := range o.names {
		if i > 0 {
			_ = o.w.WriteByte(',')
		}
		writeJSONString(o.w, name)
		_ = o.w.WriteByte(':')
		o.writeValue(i)
	}
	_ = o.w.WriteByte('}')
}

func (o *objectWriter) writeValue(i int) {
	w, rows := o.w, o.rows
	switch rows.Type(i) {
	case sqlite3.NULL:
		_, _ = w.WriteString("null")
	case sqlite3.INTEGER:
		if rows.Columns[i].Kind == embedded.Bool {
			_, _ = w.Write(strconv.AppendBool(w.AvailableBuffer(), rows.Int(i) != 0))
			return
		}
		_, _ = w.Write(strconv.AppendInt(w.AvailableBuffer(), rows.Int(i), 10))
	case sqlite3.FLOAT:
		f := rows.Float(i)
		if math.IsInf(f, 0) || math.IsNaN(f) {
			_, _ = w.WriteString("null") // JSON has no such numbers
			return
		}
		_, _ = w.Write(embedded.AppendDouble(w.AvailableBuffer(), f))
	case sqlite3.BLOB:
		writeJSONString(w, []byte(base64.StdEncoding.EncodeToString(rows.Blob(i))))
	default:
		value := rows.Text(i)
		if rows.Columns[i].Kind == embedded.JSON && o.writeJSON(value) {
			return
		}
		writeJSONString(w, value)
	}
}

// writeJSON writes a JSON value without spaces, since a line break in it would end an
// object's line. It reports whether the value is valid.
func (o *objectWriter) writeJSON(value []byte) bool {
	o.json.Reset()
	if !utf8.Valid(value) || json.Compact(&o.json, value) != nil {
		return false
	}
	_, _ = o.w.Write(o.json.Bytes())
	return true
}

// writeJSONString writes s as a JSON string. Invalid UTF-8 becomes the replacement
// character.
func writeJSONString(w *bufio.Writer, s []byte) {
	const hex = "0123456789abcdef"
	_ = w.WriteByte('"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			if r, size := utf8.DecodeRune(s[i:]); r != utf8.RuneError || size > 1 {
				i += size
				continue
			}
		} else if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		_, _ = w.Write(s[start:i])
		switch c {
		case '"', '\\':
			_, _ = w.Write([]byte{'\\', c})
		case '\n':
			_, _ = w.WriteString(`\n`)
		case '\r':
			_, _ = w.WriteString(`\r`)
		case '\t':
			_, _ = w.WriteString(`\t`)
		default:
			if c >= utf8.RuneSelf {
				_, _ = w.WriteString(`\ufffd`)
			} else {
				_, _ = w.Write([]byte{'\\', 'u', '0', '0', hex[c>>4], hex[c&0xf]})
			}
		}
		i++
		start = i
	}
	_, _ = w.Write(s[start:])
	_ = w.WriteByte('"')
}
