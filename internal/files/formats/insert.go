package formats

import (
	"bufio"
	"bytes"
	"cmp"
	"context"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"steampipe-plugin-ssmassoc/internal/files/cell"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

// defaultTable is the default table of INSERT statements.
const defaultTable = "result"

// insertWriter writes an INSERT statement per row, in SQLite's SQL.
type insertWriter struct {
	w     *bufio.Writer
	start string
}

// Insert begins a file of INSERT statements.
func Insert(_ context.Context, w io.Writer, columns []cell.Column, options Options) (Writer, error) {
	names := namesOf(columns)
	for i, name := range names {
		names[i] = sqltext.Quote(name)
	}
	table := sqltext.Quote(cmp.Or(options.Table, defaultTable))
	return &insertWriter{buffered(w), fmt.Sprintf("INSERT INTO %s (%s) VALUES (", table, strings.Join(names, ", "))}, nil
}

// namesOf returns the distinct names of columns.
func namesOf(columns []cell.Column) []string {
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = c.Name
	}
	return cell.DistinctNames(names)
}

func (n *insertWriter) Write(row []cell.Value) error {
	_, _ = n.w.WriteString(n.start)
	for i, v := range row {
		if i > 0 {
			_, _ = n.w.WriteString(", ")
		}
		_, _ = n.w.WriteString(literal(v))
	}
	_, err := n.w.WriteString(");\n")
	return err
}

func (n *insertWriter) Close() error { return n.w.Flush() }
func (n *insertWriter) Abandon()     {}

// literal returns a value as an SQL literal.
func literal(v cell.Value) string {
	switch v.Class {
	case cell.Null:
		return "NULL"
	case cell.Int, cell.Bool:
		return strconv.FormatInt(v.Int, 10)
	case cell.Double:
		if math.IsInf(v.Double, 0) {
			return fmt.Sprintf("%+.0f", math.Copysign(9, v.Double)) + "e999"
		}
		return embedded.FormatDouble(v.Double)
	case cell.Blob:
		return fmt.Sprintf("x'%x'", v.Bytes)
	}
	text := v.AppendText(nil)
	if bytes.IndexByte(text, 0) >= 0 {
		return fmt.Sprintf("CAST(x'%x' AS TEXT)", text) // a NUL would end the SQL
	}
	return "'" + strings.ReplaceAll(string(text), "'", "''") + "'"
}
