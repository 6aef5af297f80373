package main

import (
	"bufio"
	"encoding/csv"
	"fmt"

	"steampipe-plugin-ssmassoc/internal/embedded"
)

func writeCSV(w *bufio.Writer, rows *embedded.Rows, _ formatOptions) error {
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
