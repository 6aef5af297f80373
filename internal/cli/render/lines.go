package render

import (
	"bufio"
	"fmt"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"

	"steampipe-plugin-ssmassoc/internal/cli/termtext"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// writeLines writes a record per row, and a line for each of its values.
func writeLines(w *bufio.Writer, rows *embedded.Rows, options Options) error {
	width := 0
	names := make([]string, len(rows.Columns))
	for i, c := range rows.Columns {
		names[i] = strings.ReplaceAll(termtext.Visible(c.Name), "\n", " ")
		width = max(width, text.StringWidth(names[i]))
	}
	null := options.null(shownNull)
	n := 0
	for rows.Next() {
		n++
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
	if err := rows.Err(); err != nil {
		return err
	}
	if options.Footer {
		fmt.Fprintf(w, "(%s)\n", rowCount(n))
	}
	return nil
}

// writeLine writes a value after its column's name, padded to width. The lines of a
// value are aligned.
func writeLine(w *bufio.Writer, name string, width int, value string) error {
	for line := range strings.SplitSeq(strings.ReplaceAll(value, "\r\n", "\n"), "\n") {
		_, _ = w.WriteString(name + " | ")
		termtext.WriteVisible(w, line)
		if err := w.WriteByte('\n'); err != nil {
			return err
		}
		name = strings.Repeat(" ", width)
	}
	return nil
}
