// Package parquetfile writes rows of typed columns to a Parquet file that DuckDB,
// Trino, Athena, Spark and others read directly, and reads those of any writer.
//
// Written columns are nullable and have lower-case names, in the order given. Text is a UTF-8
// string, JSON a string with the JSON annotation, a timestamp an INT64 of microseconds
// in UTC (several readers misread nanoseconds). Pages are compressed with zstd.
//
// A [Writer] streams: it holds one row group, compressed except for its last pages. A
// shared [Budget] bounds the memory of several writers. A [Reader] holds a page of each
// column.
//
// See https://parquet.apache.org/docs/file-format/.
package parquetfile

import (
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"

	"steampipe-plugin-ssmassoc/internal/files/cell"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// withDistinctNames returns the columns with lower-case names, made distinct by adding
// numbers: engines that ignore case reject a file with duplicate names.
func withDistinctNames(columns []cell.Column) []cell.Column {
	columns = slices.Clone(columns)
	names := make([]string, len(columns))
	for i, c := range columns {
		names[i] = strings.ToLower(c.Name)
	}
	for i, name := range cell.DistinctNames(names) {
		columns[i].Name = name
	}
	return columns
}

// schemaOf returns the schema of columns of known kinds, and those that are of text.
// Columns with repeated values store them in a dictionary; for other columns a dictionary
// would take several times the memory of the values.
func schemaOf(columns []cell.Column, repeats []bool) (*parquet.Schema, []*textNode) {
	var fields []parquet.Field
	group := parquet.Group{}
	texts := make([]*textNode, len(columns))
	for i, c := range columns {
		node := nodeOf(c.Kind)
		if isText(c.Kind) {
			texts[i] = &textNode{Node: node, dictionary: repeats[i]}
			node = texts[i]
		}
		group[c.Name] = parquet.Optional(node)
		fields = append(fields, parquet.Group{c.Name: group[c.Name]}.Fields()...)
	}
	return parquet.NewSchema("row", orderedGroup{group, fields}), texts
}

// orderedGroup is a group that keeps its fields in the order given, where a
// [parquet.Group] sorts them.
type orderedGroup struct {
	parquet.Group
	fields []parquet.Field
}

func (g orderedGroup) Fields() []parquet.Field { return g.fields }

func nodeOf(kind embedded.Kind) parquet.Node {
	switch kind {
	case embedded.JSON:
		return parquet.JSON()
	case embedded.Int:
		return parquet.Leaf(parquet.Int64Type)
	case embedded.Double, embedded.Number:
		return parquet.Leaf(parquet.DoubleType)
	case embedded.Bool:
		return parquet.Leaf(parquet.BooleanType)
	case embedded.Timestamp:
		return parquet.Timestamp(parquet.Microsecond)
	default:
		return parquet.String()
	}
}
