package main

import (
	"bufio"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"steampipe-plugin-ssmassoc/internal/embedded"
)

// writeLines writes a record for each row, and a line for each of its values.
func writeLines(w *bufio.Writer, rows *embedded.Rows, _ formatOptions) error {
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
