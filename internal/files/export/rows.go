package export

import (
	"fmt"
	"slices"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/files/cell"
	"steampipe-plugin-ssmassoc/internal/files/formats"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// writers maps the names of formats, which are also file extensions, to their writers.
var writers = map[string]formats.New{
	"parquet": formats.Parquet,
	"jsonl":   formats.JSONLines,
	"csv":     formats.CSV,
}

// Formats returns the names of the formats.
func Formats() []string { return []string{"parquet", "jsonl", "csv"} }

// ColumnsOf returns the columns of a table's files: those that select * shows, without
// the partition columns. Athena rejects a table with a column that is both.
func ColumnsOf(table *embedded.Table, partitionBy []string) []cell.Column {
	var columns []cell.Column
	for _, c := range table.Columns {
		if !c.Hidden && !slices.Contains(partitionBy, c.Name) {
			columns = append(columns, cell.Column{Name: c.Name, Kind: c.Kind})
		}
	}
	return columns
}

// rowOf sets row to the values of a row sent by the plugin. Its texts are in text, which
// it returns for the next row.
func rowOf(sent *proto.Row, columns []cell.Column, row []cell.Value, text []byte) ([]byte, error) {
	text = text[:0]
	keep := func(s string) []byte {
		start := len(text)
		text = append(text, s...)
		return text[start:]
	}
	for i, c := range columns {
		switch v := sent.Columns[c.Name].GetValue().(type) {
		case nil, *proto.Column_NullValue:
			row[i] = cell.Value{}
		case *proto.Column_StringValue:
			row[i] = cell.Value{Class: cell.Text, Bytes: keep(v.StringValue)}
		case *proto.Column_IpAddrValue:
			row[i] = cell.Value{Class: cell.Text, Bytes: keep(v.IpAddrValue)}
		case *proto.Column_JsonValue:
			row[i] = cell.Value{Class: cell.Text, Bytes: v.JsonValue}
		case *proto.Column_TimestampValue:
			row[i] = cell.OfTime(v.TimestampValue.AsTime())
		case *proto.Column_IntValue:
			row[i] = cell.Value{Class: cell.Int, Int: v.IntValue}
		case *proto.Column_BoolValue:
			row[i] = cell.OfBool(v.BoolValue)
		case *proto.Column_DoubleValue:
			row[i] = cell.Value{Class: cell.Double, Double: v.DoubleValue}
		default:
			return text, fmt.Errorf("column %s has a value of an unknown type %T", c.Name, v)
		}
	}
	return text, nil
}
