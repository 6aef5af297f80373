package render

import (
	"bufio"
	"cmp"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

// defaultTable is the default table of INSERT statements.
const defaultTable = "result"

// writeInserts writes an INSERT statement per row, in SQLite's SQL.
func writeInserts(w *bufio.Writer, rows *embedded.Rows, options Options) error {
	var names []string
	for _, name := range distinctNames(rows, strings.ToLower) { // SQLite's names have no case
		names = append(names, sqltext.Quote(name))
	}
	table := sqltext.Quote(cmp.Or(options.Table, defaultTable))
	start := fmt.Sprintf("INSERT INTO %s (%s) VALUES (", table, strings.Join(names, ", "))
	for rows.Next() {
		_, _ = w.WriteString(start)
		for i := range rows.Columns {
			if i > 0 {
				_, _ = w.WriteString(", ")
			}
			_, _ = w.WriteString(literal(rows, i))
		}
		if _, err := w.WriteString(");\n"); err != nil {
			return fmt.Errorf("write the result: %w", err)
		}
	}
	return rows.Err()
}

// literal returns a value as an SQL literal.
func literal(rows *embedded.Rows, i int) string {
	switch rows.Type(i) {
	case sqlite3.NULL:
		return "NULL"
	case sqlite3.INTEGER:
		return strconv.FormatInt(rows.Int(i), 10)
	case sqlite3.FLOAT:
		return floatLiteral(rows.Float(i))
	case sqlite3.BLOB:
		return fmt.Sprintf("x'%x'", rows.Blob(i))
	default:
		return textLiteral(string(rows.Text(i)))
	}
}

// floatLiteral returns a number in a form that SQLite reads as the same REAL.
func floatLiteral(f float64) string {
	switch {
	case math.IsInf(f, 1):
		return "9e999"
	case math.IsInf(f, -1):
		return "-9e999"
	}
	s := strconv.FormatFloat(f, 'g', -1, 64)
	if !strings.ContainsAny(s, ".e") {
		s += ".0"
	}
	return s
}

// textLiteral returns text in quotes. A NUL would end the SQL, so text with a NUL is
// written as bytes.
func textLiteral(s string) string {
	if strings.ContainsRune(s, 0) {
		return fmt.Sprintf("CAST(x'%x' AS TEXT)", s)
	}
	return "'" + strings.ReplaceAll(s, "'", "''") + "'"
}
