package formats

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"regexp"
	"strings"
	"unicode"
	"unicode/utf8"

	"steampipe-plugin-ssmassoc/internal/files/cell"
)

// csvWriter writes comma-separated values (https://www.rfc-editor.org/rfc/rfc4180).
type csvWriter struct {
	w         *bufio.Writer
	separator []byte
	special   string // what a field with any of is written in quotes
	null      []byte
	safe      bool
	text      []byte
}

// separators are those that readers of CSV look for in the first line.
const separators = ",;\t"

// CSV begins a file of comma-separated values.
func CSV(_ context.Context, w io.Writer, columns []cell.Column, options Options) (Writer, error) {
	c := &csvWriter{w: buffered(w), separator: []byte{','}, safe: options.CSVSafe}
	if options.Separator != 0 {
		c.separator = []byte(string(options.Separator))
	}
	c.special = "\"\r\n" + string(c.separator)
	if options.Null != nil {
		c.null = []byte(*options.Null)
	}
	if options.NoHeader {
		return c, nil
	}
	rest := c.special
	c.special += separators
	err := c.Write(header(columns))
	c.special = rest
	return c, err
}

// header returns the names of columns as a row.
func header(columns []cell.Column) []cell.Value {
	row := make([]cell.Value, len(columns))
	for i, c := range columns {
		row[i] = cell.Value{Class: cell.Text, Bytes: []byte(c.Name)}
	}
	return row
}

func (c *csvWriter) Write(row []cell.Value) error {
	for i, v := range row {
		if i > 0 {
			_, _ = c.w.Write(c.separator)
		}
		c.text = v.AppendText(c.text[:0])
		switch {
		case v.Class == cell.Null:
			c.text = append(c.text, c.null...)
		case c.safe:
			c.text = withoutFormula(c.text)
		}
		c.field(c.text, len(row) == 1)
	}
	return c.w.WriteByte('\n')
}

// field writes a field. Readers would skip a line without a character, which the only
// field of a row must not be.
func (c *csvWriter) field(text []byte, only bool) {
	if !c.needsQuotes(text) && (!only || len(text) > 0) {
		_, _ = c.w.Write(text)
		return
	}
	_ = c.w.WriteByte('"')
	for {
		before, rest, more := bytes.Cut(text, []byte{'"'})
		_, _ = c.w.Write(before)
		if !more {
			break
		}
		_, _ = c.w.WriteString(`""`)
		text = rest
	}
	_ = c.w.WriteByte('"')
}

// needsQuotes reports whether readers would take an unquoted field for another. Some
// trim spaces, and PostgreSQL ends at \.
func (c *csvWriter) needsQuotes(text []byte) bool {
	if bytes.ContainsAny(text, c.special) || string(text) == `\.` {
		return true
	}
	first, _ := utf8.DecodeRune(text)
	return unicode.IsSpace(first)
}

func (c *csvWriter) Close() error { return c.w.Flush() }
func (c *csvWriter) Abandon()     {}

// number matches text that a spreadsheet reads as a number, sign included.
var number = regexp.MustCompile(`^[+-]?[0-9]+(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// withoutFormula turns a value that a spreadsheet would read as a formula into text, by
// a leading apostrophe. Numbers remain numbers.
//
// See https://owasp.org/www-community/attacks/CSV_Injection.
func withoutFormula(value []byte) []byte {
	const formula = "=+-@\t\r\n＝＋－＠"
	first, size := utf8.DecodeRune(value)
	if size > 0 && strings.ContainsRune(formula, first) && !number.Match(value) {
		return append([]byte{'\''}, value...)
	}
	return value
}
