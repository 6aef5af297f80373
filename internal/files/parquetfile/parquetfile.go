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
	"fmt"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go"
)

// Type is the type of a column.
type Type int

// The types of columns.
const (
	// Any is the type of an undeclared column, such as an expression of SQL. The values
	// of the first rows determine Int64, Double, Bool or Text.
	Any Type = iota
	Text
	JSON
	Int64
	Double
	Bool
	// Timestamp is a point in time, in microseconds. Greater precision is truncated.
	Timestamp
)

// String returns the name of the type.
func (t Type) String() string {
	return [...]string{"any", "text", "JSON", "INT64", "DOUBLE", "BOOLEAN", "timestamp"}[t]
}

// Column is a column of a file.
type Column struct {
	Name string
	Type Type
}

// withDistinctNames returns the columns with lower-case names, made distinct by adding
// numbers: engines that ignore case reject a file with duplicate names.
func withDistinctNames(columns []Column) []Column {
	columns = slices.Clone(columns)
	taken := map[string]bool{}
	for i := range columns {
		base := strings.ToLower(columns[i].Name)
		name := base
		for n := 2; taken[name]; n++ {
			name = fmt.Sprintf("%s_%d", base, n)
		}
		taken[name] = true
		columns[i].Name = name
	}
	return columns
}

// schemaOf returns the schema of fully typed columns. Columns with repeated values
// store them in a dictionary; for other columns a dictionary would take several times
// the memory of the values.
func schemaOf(columns []Column, repeats []bool) *parquet.Schema {
	group := parquet.Group{}
	place := map[string]int{}
	for i, c := range columns {
		node := nodeOf(c.Type)
		if repeats[i] && (c.Type == Text || c.Type == JSON) {
			node = parquet.Encoded(node, &parquet.RLEDictionary)
		}
		group[c.Name] = parquet.Optional(node)
		place[c.Name] = i
	}
	fields := group.Fields()
	slices.SortFunc(fields, func(a, b parquet.Field) int { return place[a.Name()] - place[b.Name()] })
	return parquet.NewSchema("row", orderedGroup{group, fields})
}

// orderedGroup is a group that keeps its fields in the order given, where a
// [parquet.Group] sorts them.
type orderedGroup struct {
	parquet.Group
	fields []parquet.Field
}

func (g orderedGroup) Fields() []parquet.Field { return g.fields }

func nodeOf(t Type) parquet.Node {
	switch t {
	case JSON:
		return parquet.JSON()
	case Int64:
		return parquet.Leaf(parquet.Int64Type)
	case Double:
		return parquet.Leaf(parquet.DoubleType)
	case Bool:
		return parquet.Leaf(parquet.BooleanType)
	case Timestamp:
		return parquet.Timestamp(parquet.Microsecond)
	default:
		return parquet.String()
	}
}
