package main

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/embedded"
)

// format writes a result. One that is written whole (a table, a JSON array)
// writes nothing when the query fails.
type format func(*bufio.Writer, *embedded.Rows) error

var formats = map[string]format{
	"table": writeTable,
	"json":  writeJSON,
	"jsonl": writeJSONLines,
	"csv":   writeCSV,
	"line":  writeLines,
}

func formatNames() []string { return []string{"table", "json", "jsonl", "csv", "line"} }

// null is how the formats for people show a null.
const null = "<null>"

// plain is a value as text, and whether there is one.
func plain(rows *embedded.Rows, i int) (string, bool) {
	switch rows.Type(i) {
	case sqlite3.NULL:
		return "", false
	case sqlite3.BLOB:
		return base64.StdEncoding.EncodeToString(rows.Blob(i)), true
	case sqlite3.INTEGER:
		if rows.Columns[i].Kind == embedded.Bool {
			return strconv.FormatBool(rows.Int(i) != 0), true
		}
	}
	return string(rows.Text(i)), true
}

func writeTable(w *bufio.Writer, rows *embedded.Rows) error {
	t := table.NewWriter()
	t.SetStyle(table.StyleDefault)
	t.Style().Format.Header = text.FormatDefault
	t.Style().Format.HeaderAlign = text.AlignLeft
	header := make(table.Row, len(rows.Columns))
	configs := make([]table.ColumnConfig, len(rows.Columns))
	for i, c := range rows.Columns {
		header[i] = c.Name
		configs[i] = table.ColumnConfig{Number: i + 1, Align: text.AlignLeft}
	}
	t.AppendHeader(header)
	numeric := make([]bool, len(rows.Columns))
	for n := 0; rows.Next(); n++ {
		row := make(table.Row, len(rows.Columns))
		for i := range rows.Columns {
			value, ok := plain(rows, i)
			if !ok {
				value = null
			}
			row[i] = value
			kind := rows.Type(i)
			isNumber := kind == sqlite3.INTEGER || kind == sqlite3.FLOAT
			numeric[i] = isNumber && (n == 0 || numeric[i])
		}
		t.AppendRow(row)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	for i := range configs {
		if numeric[i] {
			configs[i].Align = text.AlignRight
		}
	}
	t.SetColumnConfigs(configs)
	_, err := fmt.Fprintln(w, t.Render())
	return err
}

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

func writeCSV(w *bufio.Writer, rows *embedded.Rows) error {
	c := csv.NewWriter(w)
	record := make([]string, len(rows.Columns))
	for i, column := range rows.Columns {
		record[i] = column.Name
	}
	err := c.Write(record)
	for err == nil && rows.Next() {
		for i := range rows.Columns {
			record[i], _ = plain(rows, i)
		}
		if len(record) == 1 && record[0] == "" {
			// Readers take an empty line for no record.
			c.Flush()
			_, err = w.WriteString("\"\"\n")
			continue
		}
		err = c.Write(record)
	}
	c.Flush()
	if err == nil {
		err = c.Error()
	}
	if err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return rows.Err()
}

// writeLines writes a record for each row, and a line for each of its values.
func writeLines(w *bufio.Writer, rows *embedded.Rows) error {
	width := 0
	for _, c := range rows.Columns {
		width = max(width, text.StringWidth(c.Name))
	}
	for n := 1; rows.Next(); n++ {
		title := fmt.Sprintf("-[ RECORD %d ]", n)
		fmt.Fprintln(w, title+strings.Repeat("-", max(0, 40-len(title))))
		for i, c := range rows.Columns {
			value, ok := plain(rows, i)
			if !ok {
				value = null
			}
			// The lines of a value stand under each other.
			indent := "\n" + strings.Repeat(" ", width) + " | "
			value = strings.Join(slices.Collect(strings.SplitSeq(value, "\n")), indent)
			if _, err := io.WriteString(w, text.Pad(c.Name, width, ' ')+" | "+value+"\n"); err != nil {
				return fmt.Errorf("write the result: %w", err)
			}
		}
	}
	return rows.Err()
}
