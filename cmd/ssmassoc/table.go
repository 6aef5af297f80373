package main

import (
	"bufio"
	"fmt"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/embedded"
)

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
