package attach

import (
	"bufio"
	"bytes"
	"context"
	"encoding/csv"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"steampipe-plugin-ssmassoc/internal/embedded"
)

// readCSV reads a file whose first record names the columns. Its separator is the most
// frequent of comma, semicolon and tab in the first line.
func readCSV(_ context.Context, name, file string) ([]Table, error) {
	return readRecords(name, file, false)
}

// readTSV reads a file in the format tsv of results.
func readTSV(_ context.Context, name, file string) ([]Table, error) {
	return readRecords(name, file, true)
}

// readRecords reads a CSV file or, with tabs, a TSV file.
func readRecords(name, file string, tabs bool) ([]Table, error) {
	var columns []embedded.Column
	var found []kinds
	err := eachRecord(file, tabs, func(header []string) (err error) {
		found = make([]kinds, len(header))
		columns, err = columnsNamed(header)
		return err
	}, func(record []string) error {
		for i, text := range record {
			found[i].see(text)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	for i := range columns {
		columns[i].Kind = found[i].kind()
	}
	rows := func(send func([]any) error) error {
		values := make([]any, len(columns))
		return eachRecord(file, tabs, func([]string) error { return nil }, func(record []string) error {
			for i := range values {
				values[i] = value(record[i], columns[i].Kind)
			}
			return send(values)
		})
	}
	return []Table{{embedded.Table{Name: name, Columns: columns}, rows}}, nil
}

// eachRecord passes a file's first record to header, and every other one to row.
func eachRecord(file string, tabs bool, header, row func([]string) error) error {
	return withText(file, func(text *bufio.Reader) error {
		start, _ := text.Peek(4096) // fewer bytes if the file is shorter
		if bytes.ContainsRune(start, '\r') && !bytes.ContainsRune(start, '\n') {
			return errors.New(`its lines end in CR alone; convert them, as with tr '\r' '\n'`)
		}
		read := csvRecords(text, start)
		if tabs {
			read = (&tsvReader{r: text}).read
		}
		record, err := read()
		if errors.Is(err, io.EOF) {
			return errors.New("it is empty; its first line must name the columns")
		}
		for err == nil {
			if header != nil {
				err, header = header(record), nil
			} else {
				err = row(record)
			}
			if err == nil {
				record, err = read()
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	})
}

// csvRecords returns a function that reads the next record of a CSV file, given the
// file's start.
func csvRecords(text io.Reader, start []byte) func() ([]string, error) {
	c := csv.NewReader(text)
	c.ReuseRecord = true
	c.Comma = separatorOf(string(start))
	return func() ([]string, error) {
		record, err := c.Read()
		if err != nil {
			return nil, err
		}
		for i, field := range record {
			if !utf8.ValidString(field) {
				line, _ := c.FieldPos(i)
				return nil, fmt.Errorf("line %d: %w", line, errEncoding)
			}
		}
		return record, nil
	}
}

// separatorOf returns the separator of the first line.
func separatorOf(text string) rune {
	line, _, _ := strings.Cut(text, "\n")
	best := ','
	for _, r := range ";\t" {
		if strings.Count(line, string(r)) > strings.Count(line, string(best)) {
			best = r
		}
	}
	return best
}
