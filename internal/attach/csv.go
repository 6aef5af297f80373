package attach

import (
	"bufio"
	"encoding/csv"
	"errors"
	"io"
	"strings"

	"steampipe-plugin-ssmassoc/internal/embedded"
)

// readCSV reads a file whose first record names the columns. With a separator of 0 it
// uses the most frequent of comma, semicolon and tab in the first line.
func readCSV(name, file string, separator rune) ([]Table, error) {
	var columns []embedded.Column
	var found []kinds
	err := eachRecord(file, separator, func(header []string) (err error) {
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
		return eachRecord(file, separator, func([]string) error { return nil }, func(record []string) error {
			for i := range values {
				values[i] = value(record[i], columns[i].Kind)
			}
			return send(values)
		})
	}
	return []Table{{embedded.Table{Name: name, Columns: columns}, rows}}, nil
}

// eachRecord passes a file's first record to header, and every other one to row.
func eachRecord(file string, separator rune, header, row func([]string) error) error {
	return withFile(file, func(r io.Reader) error {
		buffered := bufio.NewReader(r)
		start, _ := buffered.Peek(4096) // fewer bytes if the file is shorter
		if text := strings.TrimPrefix(string(start), "\ufeff"); len(text) < len(start) {
			_, _ = buffered.Discard(len("\ufeff"))
		}
		c := csv.NewReader(buffered)
		c.ReuseRecord = true
		if c.Comma = separator; separator == 0 {
			c.Comma = separatorOf(string(start))
		}
		record, err := c.Read()
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
				record, err = c.Read()
			}
		}
		if errors.Is(err, io.EOF) {
			return nil
		}
		return err
	})
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
