package formats

import (
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/files/cell"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// ResultColumns returns the columns of the file of a SQL result. Expressions have the
// kind Text, whatever their values.
func ResultColumns(rows *embedded.Rows) []cell.Column {
	columns := make([]cell.Column, len(rows.Columns))
	for i, c := range rows.Columns {
		columns[i] = cell.Column{Name: c.Name, Kind: c.Kind, Open: c.Kind == embedded.Text}
	}
	return columns
}

// WriteResult writes the rows of a SQL result, and closes or abandons the writer. It
// returns the number of rows.
func WriteResult(w Writer, rows *embedded.Rows) (n int64, err error) {
	row := make([]cell.Value, len(rows.Columns))
	for rows.Next() {
		for i := range row {
			row[i] = valueOf(rows, i)
		}
		if err := w.Write(row); err != nil {
			w.Abandon()
			return n, fmt.Errorf("write the result: %w", err)
		}
		n++
	}
	if err := rows.Err(); err != nil {
		w.Abandon()
		return n, err
	}
	if err := w.Close(); err != nil {
		return n, fmt.Errorf("write the result: %w", err)
	}
	return n, nil
}

// valueOf returns a value of the current row.
func valueOf(rows *embedded.Rows, i int) cell.Value {
	switch rows.Type(i) {
	case sqlite3.NULL:
		return cell.Value{}
	case sqlite3.INTEGER:
		if rows.Columns[i].Kind == embedded.Bool {
			return cell.OfBool(rows.Int(i) != 0)
		}
		return cell.Value{Class: cell.Int, Int: rows.Int(i)}
	case sqlite3.FLOAT:
		return cell.Value{Class: cell.Double, Double: rows.Float(i)}
	case sqlite3.BLOB:
		return cell.Value{Class: cell.Blob, Bytes: rows.Blob(i)}
	}
	return cell.Value{Class: cell.Text, Bytes: rows.Text(i)}
}
