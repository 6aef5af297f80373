package render

import (
	"bufio"
	"fmt"
	"io"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// writeTable writes a table drawn in ASCII.
func writeTable(w *bufio.Writer, rows *embedded.Rows, options Options) error {
	return writeDrawn(w, "table", table.StyleDefault, rows, options)
}

// writeBox writes a table drawn with Unicode lines.
func writeBox(w *bufio.Writer, rows *embedded.Rows, options Options) error {
	return writeDrawn(w, "box", table.StyleLight, rows, options)
}

func writeDrawn(w *bufio.Writer, format string, style table.Style, rows *embedded.Rows, options Options) error {
	g, err := collect(format, shownNull, rows, options, cell)
	if err != nil {
		return err
	}
	total := len(g.rows)
	if options.Changes != nil {
		g = options.Changes.mark(g)
	}
	cut := cutting{columns: len(g.header), shown: len(g.header)}
	if options.Width > 0 {
		cut = g.fit(options.Width, options.NoHeader)
	}
	_, _ = io.WriteString(w, draw(g, style, options.NoHeader))
	switch {
	case options.Footer:
		_, _ = io.WriteString(w, footer(total, cut))
	case total == 0 && !options.NoHeader:
		_, _ = io.WriteString(w, "("+rowCount(0)+")\n")
	}
	if err := w.Flush(); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// draw returns a grid as a table.
func draw(g *grid, style table.Style, noHeader bool) string {
	t := table.NewWriter()
	t.SetStyle(style)
	t.Style().Format.Header = text.FormatDefault
	t.Style().Format.HeaderAlign = text.AlignLeft
	if !noHeader {
		t.AppendHeader(tableRow(g.header))
	}
	for _, row := range g.rows {
		t.AppendRow(tableRow(row))
	}
	t.SetColumnConfigs(g.alignment())
	if drawn := t.Render(); drawn != "" {
		return drawn + "\n"
	}
	return ""
}

func tableRow(cells []string) table.Row {
	row := make(table.Row, len(cells))
	for i, c := range cells {
		row[i] = c
	}
	return row
}

// footer returns the line below a table: the number of rows, and the omissions that fit
// the table to the terminal.
func footer(rows int, cut cutting) string {
	parts := []string{rowCount(rows)}
	if cut.shown < cut.columns {
		parts = append(parts, fmt.Sprintf("%d of %d columns", cut.shown, cut.columns))
	}
	if cut.values > 0 {
		parts = append(parts, fmt.Sprintf("%s cut", count(cut.values, "value")))
	}
	note := ""
	if cut.shown < cut.columns || cut.values > 0 {
		note = "; line mode or --wide shows all"
	}
	return "(" + strings.Join(parts, ", ") + note + ")\n"
}

func rowCount(n int) string { return count(n, "row") }

// count formats a number with its noun, in the plural unless the number is one.
func count(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
