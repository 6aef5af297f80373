package main

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/embedded"
)

// writeTable writes a table with aligned columns, for people.
func writeTable(w *bufio.Writer, rows *embedded.Rows, options formatOptions) error {
	t := table.NewWriter()
	t.SetStyle(table.StyleDefault)
	t.Style().Format.Header = text.FormatDefault
	t.Style().Format.HeaderAlign = text.AlignLeft
	size := newTableSize(len(rows.Columns), options.memoryMB)
	header := make(table.Row, len(rows.Columns))
	for i, c := range rows.Columns {
		header[i] = cell(c.Name)
	}
	t.AppendHeader(header)
	if err := size.add(header); err != nil {
		return err
	}
	numeric := make([]bool, len(rows.Columns))
	for n := 0; rows.Next(); n++ {
		row := make(table.Row, len(rows.Columns))
		for i := range rows.Columns {
			value, ok := plain(rows, i)
			if !ok {
				value = null
			}
			row[i] = cell(value)
			kind := rows.Type(i)
			isNumber := kind == sqlite3.INTEGER || kind == sqlite3.FLOAT
			numeric[i] = isNumber && (n == 0 || numeric[i])
		}
		if err := size.add(row); err != nil {
			return err
		}
		t.AppendRow(row)
	}
	if err := rows.Err(); err != nil {
		return err
	}
	t.SetColumnConfigs(alignment(numeric))
	if _, err := io.WriteString(w, t.Render()+"\n"); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// cell is a value as it stands in a cell: it may have several lines, and tabs
// are spaces.
func cell(value string) string {
	return strings.ReplaceAll(visible(value), "\t", "    ")
}

// alignment aligns columns of numbers right, and others left.
func alignment(numeric []bool) []table.ColumnConfig {
	configs := make([]table.ColumnConfig, len(numeric))
	for i := range configs {
		configs[i] = table.ColumnConfig{Number: i + 1, Align: text.AlignLeft}
		if numeric[i] {
			configs[i].Align = text.AlignRight
		}
	}
	return configs
}

// tableSize is what a table takes: its cells, and its text, where every line is
// as wide as the widest.
type tableSize struct {
	held
	lines  int
	widths []int // in bytes
	width  int
}

func newTableSize(columns, memoryMB int) *tableSize {
	const borders = 3 // lines
	return &tableSize{
		held:   held{format: "table", mostMB: memoryMB},
		lines:  borders,
		widths: make([]int, columns),
		width:  len("|\n") + columns*len(" | "),
	}
}

// add adds a row, unless the table would take too much with it.
func (s *tableSize) add(row table.Row) error {
	const perRow, perCell = 192, 64 // what a table takes beside the text, in bytes
	lines := 1
	s.bytes += perRow
	for i, value := range row {
		value := value.(string)
		s.bytes += len(value) + perCell
		n, longest := 0, 0
		for line := range strings.SplitSeq(value, "\n") {
			n++
			longest = max(longest, len(line))
		}
		lines = max(lines, n)
		if longest > s.widths[i] {
			s.width += longest - s.widths[i]
			s.widths[i] = longest
		}
	}
	s.lines += lines
	return s.check(s.lines * s.width)
}
