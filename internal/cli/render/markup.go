package render

import (
	"bufio"
	"fmt"
	"html"
	"io"
	"strings"

	"steampipe-plugin-ssmassoc/internal/cli/termtext"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// markdownText escapes a value for a cell of a Markdown table.
//
// See https://github.github.com/gfm/#tables-extension-.
var markdownText = strings.NewReplacer(
	`\`, `\\`, "|", `\|`, "<", "&lt;", "&", "&amp;", "*", `\*`, "_", `\_`, "`", "\\`", "[", `\[`, "~", `\~`,
	"\n", "<br>", "\t", " ")

// writeMarkdown writes a Markdown table.
func writeMarkdown(w *bufio.Writer, rows *embedded.Rows, options Options) error {
	clean := func(value string) string { return markdownText.Replace(termtext.Visible(value)) }
	g, err := collect("markdown", "", rows, options, clean)
	if err != nil {
		return err
	}
	rules := make([]string, len(g.header))
	for i := range rules {
		rules[i] = "---"
		if g.numeric[i] {
			rules[i] = "---:"
		}
	}
	for _, row := range append([][]string{g.header, rules}, g.rows...) {
		if _, err := io.WriteString(w, "| "+strings.Join(row, " | ")+" |\n"); err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
	}
	return nil
}

// writeHTML writes an HTML table. Its declaration of UTF-8 lets a browser show
// the file as it is.
func writeHTML(w *bufio.Writer, rows *embedded.Rows, options Options) error {
	_, _ = w.WriteString("<meta charset=\"utf-8\">\n<table>\n")
	if !options.NoHeader {
		_, _ = w.WriteString("<tr>")
		for _, c := range rows.Columns {
			_, _ = w.WriteString("<th>" + htmlText(c.Name) + "</th>")
		}
		_, _ = w.WriteString("</tr>\n")
	}
	null := htmlText(options.null(""))
	for rows.Next() {
		_, _ = w.WriteString("<tr>")
		for i := range rows.Columns {
			cell := "<td>"
			if isNumber(rows, i) {
				cell = `<td align="right">`
			}
			value, ok := plain(rows, i)
			if ok {
				value = htmlText(value)
			} else {
				value = null
			}
			_, _ = w.WriteString(cell + value + "</td>")
		}
		if _, err := w.WriteString("</tr>\n"); err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		return err
	}
	if _, err := w.WriteString("</table>\n"); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// htmlText returns a value as HTML. Characters that would change the direction
// of the text are escaped as for a terminal.
func htmlText(value string) string {
	return strings.ReplaceAll(html.EscapeString(termtext.Visible(value)), "\n", "<br>")
}
