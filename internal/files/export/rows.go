package export

import (
	"fmt"
	"io"
	"slices"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/files/parquetfile"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// rowWriter writes rows in a format. Set the non-null values of a row, then call Next.
type rowWriter interface {
	SetText(column int, s string)
	SetInt64(column int, n int64)
	SetDouble(column int, f float64)
	SetBool(column int, b bool)
	SetTime(column int, t time.Time)
	Next() error
	// Close writes buffered rows. It does not close the underlying writer.
	Close() error
	// Abandon gives up the file instead.
	Abandon()
}

// format creates the writer of a file.
type format func(w io.Writer, columns []parquetfile.Column, budget *parquetfile.Budget) (rowWriter, error)

// formats maps names, which are also file extensions, to formats.
var formats = map[string]format{
	"parquet": func(w io.Writer, columns []parquetfile.Column, budget *parquetfile.Budget) (rowWriter, error) {
		return parquetfile.NewWriter(w, columns, parquetfile.Options{Budget: budget})
	},
	"jsonl": func(w io.Writer, columns []parquetfile.Column, _ *parquetfile.Budget) (rowWriter, error) {
		return newJSONLines(w, columns), nil
	},
	"csv": func(w io.Writer, columns []parquetfile.Column, _ *parquetfile.Budget) (rowWriter, error) {
		return newCSV(w, columns)
	},
}

// Formats returns the names of the formats.
func Formats() []string { return []string{"parquet", "jsonl", "csv"} }

// typeOf returns the type of a file's column for the kind of a table's column.
func typeOf(kind embedded.Kind) parquetfile.Type {
	switch kind {
	case embedded.Timestamp:
		return parquetfile.Timestamp
	case embedded.JSON:
		return parquetfile.JSON
	case embedded.Bool:
		return parquetfile.Bool
	case embedded.Int:
		return parquetfile.Int64
	case embedded.Double:
		return parquetfile.Double
	default:
		return parquetfile.Text
	}
}

// columnsOf returns the columns of a table's files: those that select * shows, without
// the partition columns. Athena rejects a table with a column that is both.
func columnsOf(table *embedded.Table, partitionBy []string) []parquetfile.Column {
	var columns []parquetfile.Column
	for _, c := range table.Columns {
		if !c.Hidden && !slices.Contains(partitionBy, c.Name) {
			columns = append(columns, parquetfile.Column{Name: c.Name, Type: typeOf(c.Kind)})
		}
	}
	return columns
}

// writeRow writes a row sent by the plugin.
func writeRow(w rowWriter, columns []parquetfile.Column, row *proto.Row) error {
	for i, c := range columns {
		switch v := row.Columns[c.Name].GetValue().(type) {
		case nil, *proto.Column_NullValue:
		case *proto.Column_StringValue:
			w.SetText(i, v.StringValue)
		case *proto.Column_JsonValue:
			w.SetText(i, string(v.JsonValue))
		case *proto.Column_IpAddrValue:
			w.SetText(i, v.IpAddrValue)
		case *proto.Column_TimestampValue:
			w.SetTime(i, v.TimestampValue.AsTime())
		case *proto.Column_IntValue:
			w.SetInt64(i, v.IntValue)
		case *proto.Column_BoolValue:
			w.SetBool(i, v.BoolValue)
		case *proto.Column_DoubleValue:
			w.SetDouble(i, v.DoubleValue)
		default:
			return fmt.Errorf("column %s has a value of an unknown type %T", c.Name, v)
		}
	}
	return w.Next()
}

// resultColumns returns the columns of a SQL result's file. Columns that do not come
// from a table get their type from their values.
func resultColumns(rows *embedded.Rows) []parquetfile.Column {
	var columns []parquetfile.Column
	for _, c := range rows.Columns {
		column := parquetfile.Column{Name: c.Name, Type: typeOf(c.Kind)}
		if c.Kind == embedded.Text {
			column.Type = parquetfile.Any // expressions have the kind Text too
		}
		columns = append(columns, column)
	}
	return columns
}

// writeResult writes the rows of a SQL result and returns their number.
func writeResult(w rowWriter, columns []parquetfile.Column, rows *embedded.Rows) (n int64, err error) {
	for rows.Next() {
		for i, c := range columns {
			switch rows.Type(i) {
			case sqlite3.NULL:
			case sqlite3.INTEGER:
				if c.Type == parquetfile.Bool {
					w.SetBool(i, rows.Int(i) != 0)
				} else {
					w.SetInt64(i, rows.Int(i))
				}
			case sqlite3.FLOAT:
				w.SetDouble(i, rows.Float(i))
			case sqlite3.BLOB:
				return 0, fmt.Errorf("column %s has a blob; select it as text, as in hex(x)", c.Name)
			default:
				text := string(rows.Text(i))
				if t, err := time.Parse(time.RFC3339Nano, text); c.Type == parquetfile.Timestamp && err == nil {
					w.SetTime(i, t)
				} else {
					w.SetText(i, text)
				}
			}
		}
		if err := w.Next(); err != nil {
			return 0, err
		}
		n++
	}
	return n, rows.Err()
}
