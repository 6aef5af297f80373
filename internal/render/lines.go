package main

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"steampipe-plugin-ssmassoc/internal/embedded"
)

// writeLines writes a record for each row, and a line for each of its values.
func writeLines(w *bufio.Writer, rows *embedded.Rows, _ formatOptions) error {
	width := 0
	names := make([]string, len(rows.Columns))
	for i, c := range rows.Columns {
		names[i] = strings.ReplaceAll(visible(c.Name), "\n", " ")
		width = max(width, text.StringWidth(names[i]))
	}
	for n := 1; rows.Next(); n++ {
		title := fmt.Sprintf("-[ RECORD %d ]", n)
		fmt.Fprintln(w, title+strings.Repeat("-", max(0, 40-len(title))))
		for i, name := range names {
			value, ok := plain(rows, i)
			if !ok {
				value = null
			}
			if err := writeLine(w, text.Pad(name, width, ' '), width, value); err != nil {
				return fmt.Errorf("write the result: %w", err)
			}
		}
	}
	return rows.Err()
}

// writeLine writes a value after the name of its column, padded to width. The
// lines of a value stand under each other.
func writeLine(w *bufio.Writer, name string, width int, value string) error {
	for line := range strings.SplitSeq(strings.ReplaceAll(value, "\r\n", "\n"), "\n") {
		_, _ = w.WriteString(name + " | ")
		writeVisible(w, line)
		if err := w.WriteByte('\n'); err != nil {
			return err
		}
		name = strings.Repeat(" ", width)
	}
	return nil
}
