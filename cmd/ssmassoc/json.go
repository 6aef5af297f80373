package main

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

	"steampipe-plugin-ssmassoc/internal/embedded"
)

func writeJSON(w *bufio.Writer, rows *embedded.Rows) error {
	var b bytes.Buffer
	object := newObjectWriter(rows)
	separator := "[\n "
	for rows.Next() {
		b.WriteString(separator)
		object.append(&b)
		separator = ",\n "
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if b.Len() == 0 {
		b.WriteByte('[')
	} else {
		b.WriteByte('\n')
	}
	b.WriteString("]\n")
	_, err := b.WriteTo(w)
	return err
}

func writeJSONLines(w *bufio.Writer, rows *embedded.Rows) error {
	var b bytes.Buffer
	object := newObjectWriter(rows)
	for rows.Next() {
		b.Reset()
		object.append(&b)
		b.WriteByte('\n')
		if _, err := w.Write(b.Bytes()); err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
	}
	return rows.Err()
}

// objectWriter writes rows as JSON objects, keyed by column.
type objectWriter struct {
	rows *embedded.Rows
	keys [][]byte // `"name":`
}

func newObjectWriter(rows *embedded.Rows) *objectWriter {
	o := &objectWriter{rows: rows}
	for _, name := range distinctNames(rows) {
		o.keys = append(o.keys, append(appendJSONString(nil, []byte(name)), ':'))
	}
	return o
}

// distinctNames are the names of a result's columns, where a name that stands
// twice gets a number: an object with the same key twice loses a value.
func distinctNames(rows *embedded.Rows) []string {
	seen := map[string]bool{}
	var names []string
	for _, c := range rows.Columns {
		name := c.Name
		for n := 2; seen[name]; n++ {
			name = fmt.Sprintf("%s_%d", c.Name, n)
		}
		seen[name] = true
		names = append(names, name)
	}
	return names
}

func (o *objectWriter) append(b *bytes.Buffer) {
	b.WriteByte('{')
	for i, key := range o.keys {
		if i > 0 {
			b.WriteByte(',')
		}
		b.Write(key)
		o.appendValue(b, i)
	}
	b.WriteByte('}')
}

func (o *objectWriter) appendValue(b *bytes.Buffer, i int) {
	rows := o.rows
	switch rows.Type(i) {
	case sqlite3.NULL:
		b.WriteString("null")
	case sqlite3.INTEGER:
		if rows.Columns[i].Kind == embedded.Bool {
			b.Write(strconv.AppendBool(b.AvailableBuffer(), rows.Int(i) != 0))
			return
		}
		b.Write(strconv.AppendInt(b.AvailableBuffer(), rows.Int(i), 10))
	case sqlite3.FLOAT:
		f := rows.Float(i)
		if math.IsInf(f, 0) || math.IsNaN(f) {
			b.WriteString("null") // JSON has no such numbers
			return
		}
		b.Write(strconv.AppendFloat(b.AvailableBuffer(), f, 'g', -1, 64))
	case sqlite3.BLOB:
		b.Write(appendJSONString(b.AvailableBuffer(), []byte(base64.StdEncoding.EncodeToString(rows.Blob(i)))))
	default:
		value := rows.Text(i)
		if rows.Columns[i].Kind == embedded.JSON && json.Valid(value) {
			b.Write(value)
			return
		}
		b.Write(appendJSONString(b.AvailableBuffer(), value))
	}
}

// appendJSONString appends s as a JSON string. Bytes that are no UTF-8 become
// the replacement character.
func appendJSONString(dst, s []byte) []byte {
	const hex = "0123456789abcdef"
	dst = append(dst, '"')
	start := 0
	for i := 0; i < len(s); {
		c := s[i]
		if c >= utf8.RuneSelf {
			r, size := utf8.DecodeRune(s[i:])
			if r == utf8.RuneError && size == 1 {
				dst = append(append(dst, s[start:i]...), `\ufffd`...)
				start = i + size
			}
			i += size
			continue
		}
		if c >= ' ' && c != '"' && c != '\\' {
			i++
			continue
		}
		dst = append(dst, s[start:i]...)
		switch c {
		case '"', '\\':
			dst = append(dst, '\\', c)
		case '\n':
			dst = append(dst, '\\', 'n')
		case '\r':
			dst = append(dst, '\\', 'r')
		case '\t':
			dst = append(dst, '\\', 't')
		default:
			dst = append(dst, '\\', 'u', '0', '0', hex[c>>4], hex[c&0xf])
		}
		i++
		start = i
	}
	return append(append(dst, s[start:]...), '"')
}
