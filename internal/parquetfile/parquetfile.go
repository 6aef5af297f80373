// Package parquetfile writes rows of typed columns to a Parquet file that DuckDB,
// Trino, Athena, Spark and others read as it is.
//
// Columns are nullable and have lower-case names, in the order given. Text is a
// UTF-8 string, JSON a string with the JSON annotation, a point in time an INT64 of
// microseconds in UTC (several readers take nanoseconds for something else). Pages
// are compressed with zstd.
//
// A [Writer] streams: it holds one row group, compressed but for its last pages.
// Writers that share a [Budget] bound together what they hold.
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
	// Any is the type of a column that nobody declared, such as an expression of
	// SQL. The values of the first rows choose among Int64, Double, Bool and Text.
	Any Type = iota
	Text
	JSON
	Int64
	Double
	Bool
	// Timestamp is a point in time, in microseconds. Finer parts are cut off.
	Timestamp
)

// String is the name of the type.
func (t Type) String() string {
	return [...]string{"any", "text", "JSON", "INT64", "DOUBLE", "BOOLEAN", "timestamp"}[t]
}

// Column is a column of a file.
type Column struct {
	Name string
	Type Type
}

// withDistinctNames returns the columns with names in lower case, of which a
// repeated one gets a number: engines that ignore case refuse a file that has two.
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

// schemaOf returns the schema of columns that all have a type. Those that repeat their
// values store them in a dictionary. One of values that do not would take several
// times their memory.
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

// orderedGroup is a group whose fields stand in the order given, where a
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
