package render

import (
	"bufio"
	"fmt"

	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/files/parquetfile"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// writeParquet writes a Parquet file. Columns of tables keep their types; those of
// expressions are inferred from their first values.
func writeParquet(w *bufio.Writer, rows *embedded.Rows, _ Options) error {
	columns := make([]parquetfile.Column, len(rows.Columns))
	for i, c := range rows.Columns {
		columns[i] = parquetfile.Column{Name: c.Name, Type: parquetTypes[c.Kind]}
	}
	file, err := parquetfile.NewWriter(w, columns, parquetfile.Options{})
	if err != nil {
		return err
	}
	for rows.Next() {
		for i := range columns {
			setParquet(file, columns[i].Type, rows, i)
		}
		if err := file.Next(); err != nil {
			file.Abandon()
			return fmt.Errorf("write the result: %w", err)
		}
	}
	if err := rows.Err(); err != nil {
		file.Abandon()
		return err
	}
	if err := file.Close(); err != nil {
		return fmt.Errorf("write the result: %w", err)
	}
	return nil
}

// parquetTypes maps column kinds to types. Text is also the kind of expressions,
// whatever their values.
var parquetTypes = map[embedded.Kind]parquetfile.Type{
	embedded.Text:      parquetfile.Any,
	embedded.Timestamp: parquetfile.Timestamp,
	embedded.JSON:      parquetfile.JSON,
	embedded.Bool:      parquetfile.Bool,
	embedded.Int:       parquetfile.Int64,
	embedded.Double:    parquetfile.Double,
	embedded.Number:    parquetfile.Double,
}

// setParquet sets a value of the row, unless it is null.
func setParquet(file *parquetfile.Writer, t parquetfile.Type, rows *embedded.Rows, i int) {
	switch rows.Type(i) {
	case sqlite3.NULL:
	case sqlite3.INTEGER:
		if t == parquetfile.Bool {
			file.SetBool(i, rows.Int(i) != 0)
		} else {
			file.SetInt64(i, rows.Int(i))
		}
	case sqlite3.FLOAT:
		file.SetDouble(i, rows.Float(i))
	default:
		text, _ := plain(rows, i)
		if at, ok := embedded.ParseTime(text); ok && t == parquetfile.Timestamp {
			file.SetTime(i, at)
		} else {
			file.SetText(i, text)
		}
	}
}
