package attach

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"
	"strings"

	"steampipe-plugin-ssmassoc/internal/files/formats"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// readRecords reads a CSV or TSV file. Unless the options say otherwise, its first
// record names the columns.
func readRecords(in input) ([]Table, error) {
	var columns []embedded.Column
	var first []string
	var found []textColumn
	held := weight{limits: in.limits}
	err := in.eachRecord(func(record []string, isFirst bool) error {
		if isFirst {
			var err error
			if columns, err = columnsNamed(in.names(record)); err != nil {
				return err
			}
			found = make([]textColumn, len(columns))
			if first = slices.Clone(record); in.Options.header() {
				return nil
			}
		}
		for i, text := range record {
			found[i].see(text, first[i])
			held.addText(len(text))
		}
		return held.addRow(len(record))
	})
	if err != nil {
		return nil, err
	}
	table := Table{Table: embedded.Table{Name: in.Name, Columns: columns}, valueless: make([]bool, len(columns))}
	for i := range columns {
		if table.valueless[i] = !found[i].seen; !in.Options.AllText {
			columns[i].Kind = found[i].kind()
		}
	}
	if in.Options.Header == nil {
		table.Header = &Header{File: in.File, Doubt: doubt(first, found)}
		for _, c := range columns {
			table.Header.Columns = append(table.Header.Columns, c.Name)
		}
	}
	table.Rows = func(send func([]any) error) error {
		values := make([]any, len(columns))
		return in.eachRecord(func(record []string, isFirst bool) error {
			if isFirst && in.Options.header() {
				return nil
			}
			for i := range values {
				values[i] = value(record[i], columns[i].Kind)
			}
			return send(values)
		})
	}
	return []Table{table}, nil
}

// names returns the names of the columns, given the first record.
func (in input) names(first []string) []string {
	if in.Options.header() {
		return first
	}
	return make([]string, len(first))
}

// eachRecord passes each record to record, valid until it returns. All have as many
// fields as the first.
func (in input) eachRecord(record func(record []string, isFirst bool) error) error {
	return in.withText(func(text *bufio.Reader) error {
		read, separator, err := in.recordReader(text)
		if err != nil {
			return err
		}
		fields := 0
		for {
			fieldsOf, line, err := read()
			switch {
			case errors.Is(err, io.EOF) && fields == 0:
				return errors.New("it is empty; its first line must name the columns")
			case errors.Is(err, io.EOF):
				return nil
			case err != nil:
				return err
			case fields > 0 && len(fieldsOf) != fields:
				return ragged(line, len(fieldsOf), fields, separator)
			}
			if err := record(fieldsOf, fields == 0); err != nil {
				return err
			}
			fields = len(fieldsOf)
		}
	})
}

// recordReader returns a function that reads the next record and the number of its
// first line, and the character between fields.
func (in input) recordReader(text *bufio.Reader) (read func() ([]string, int, error), separator rune, err error) {
	start, _ := text.Peek(4096) // fewer bytes if the file is shorter
	if bytes.ContainsRune(start, '\r') && !bytes.ContainsRune(start, '\n') {
		return nil, 0, errors.New(`its lines end in CR alone; convert them, as with tr '\r' '\n'`)
	}
	if name, _ := formats.Compression(in.File); strings.EqualFold(filepath.Ext(name), ".tsv") {
		return (&tsvReader{r: text, limits: in.limits}).read, '\t', nil
	}
	if separator = in.Options.Separator; separator == 0 {
		separator = separatorOf(string(start))
	}
	return (&csvReader{r: text, separator: []byte(string(separator)), limits: in.limits}).read, separator, nil
}

// ragged is the error of a record whose number of fields is not that of the first.
func ragged(line, got, want int, separator rune) error {
	fix := "add the missing ones"
	if got > want {
		fix = fmt.Sprintf("put a field that contains %q in quotes", separator)
		if separator == '\t' {
			fix = `write a tab within a field as \t`
		}
	}
	return fmt.Errorf("line %d: wrong number of fields: %d, where the first line has %d; %s", line, got, want, fix)
}

// textColumn is what is known of a column from its texts.
type textColumn struct {
	kinds
	shape    string // of all texts; empty if they differ
	anyShape bool
	isFirst  bool // whether a text is that of the first line
}

// see takes a text of the column into account; first is the one of the first line.
func (c *textColumn) see(text, first string) {
	if text == "" {
		return
	}
	c.isFirst = c.isFirst || text == first
	if !c.anyShape {
		c.shape, c.anyShape = shapeOf(text), true
	} else if c.shape != "" && !hasShape(text, c.shape) {
		c.shape = ""
	}
	c.kinds.see(text)
}

// doubt says why the first line of a file may be a row and no header; empty for no
// doubt.
func doubt(first []string, columns []textColumn) string {
	for i, text := range first {
		c := columns[i]
		switch {
		case text == "":
		case c.isFirst:
			return fmt.Sprintf("%q is also a value of its column", text)
		case isValue(text),
			strings.ContainsAny(text, "0123456789") && c.shape != "" && hasShape(text, c.shape):
			return fmt.Sprintf("%q looks like a value", text)
		}
	}
	return ""
}

// isValue reports whether a text has a kind of its own, as few names of columns have.
func isValue(text string) bool {
	return slices.ContainsFunc(candidates, func(kind embedded.Kind) bool {
		_, ok := parseField(text, kind)
		return ok
	})
}

// shapeOf returns a text with each letter and digit replaced by x.
func shapeOf(text string) string {
	shape := []byte(text)
	for i, b := range shape {
		shape[i] = shapeOfByte(b)
	}
	return string(shape)
}

func hasShape(text, shape string) bool {
	if len(text) != len(shape) {
		return false
	}
	for i := range len(text) {
		if shapeOfByte(text[i]) != shape[i] {
			return false
		}
	}
	return true
}

func shapeOfByte(b byte) byte {
	if '0' <= b && b <= '9' || 'a' <= b && b <= 'z' || 'A' <= b && b <= 'Z' {
		return 'x'
	}
	return b
}
