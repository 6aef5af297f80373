package formats

import (
	"bufio"
	"context"
	"io"
	"strings"

	"steampipe-plugin-ssmassoc/internal/files/cell"
)

// TSVEscapes are the characters that TSV has no place for, each with its escape.
var TSVEscapes = []string{"\t", `\t`, "\n", `\n`, "\r", `\r`, `\`, `\\`}

// tsvWriter writes a line per row. Tabs, line breaks and backslashes in a value are
// escaped, so that every line is a row.
type tsvWriter struct {
	w         *bufio.Writer
	separator string
	escape    *strings.Replacer
	null      string
	text      []byte
}

// TSV begins a file of tab-separated values.
func TSV(_ context.Context, w io.Writer, columns []cell.Column, options Options) (Writer, error) {
	t := &tsvWriter{w: buffered(w), separator: "\t"}
	escapes := TSVEscapes
	if options.Separator != 0 && options.Separator != '\t' {
		t.separator = string(options.Separator)
		escapes = append([]string{t.separator, `\` + t.separator}, escapes...)
	}
	t.escape = strings.NewReplacer(escapes...)
	if options.Null != nil {
		// Its backslashes stay, so that it may be \N, which no value is written as.
		const backslash = 2 // strings at the end
		t.null = strings.NewReplacer(escapes[:len(escapes)-backslash]...).Replace(*options.Null)
	}
	if options.NoHeader {
		return t, nil
	}
	names := header(columns)
	if len(names) == 1 && len(names[0].Bytes) == 0 {
		names[0].Bytes = []byte(cell.NameOf(0)) // readers skip an empty first line
	}
	return t, t.Write(names)
}

func (t *tsvWriter) Write(row []cell.Value) error {
	for i, v := range row {
		if i > 0 {
			_, _ = t.w.WriteString(t.separator)
		}
		if v.Class == cell.Null {
			_, _ = t.w.WriteString(t.null)
			continue
		}
		t.text = v.AppendText(t.text[:0])
		_, _ = t.escape.WriteString(t.w, string(t.text))
	}
	return t.w.WriteByte('\n')
}

func (t *tsvWriter) Close() error { return t.w.Flush() }
func (t *tsvWriter) Abandon()     {}
