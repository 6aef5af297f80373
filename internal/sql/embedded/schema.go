package embedded

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ncruces/go-sqlite3"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/query_cache"

	"steampipe-plugin-ssmassoc/internal/sql/sqltimes"
)

// Table is a table of the plugin.
type Table struct {
	Name        string
	Description string
	Columns     []Column

	pageSize int // how many rows one call lists; 0 if it is unknown
}

// Column is a column of a table.
type Column struct {
	Name        string
	Description string
	Kind        Kind
	// Type is the column's type in the plugin. Several types are of the same kind.
	Type proto.ColumnType
	// Hidden columns are not part of select *.
	Hidden bool
	// Operators are the operators that the plugin applies itself. A column with
	// any is a key column.
	Operators []string
	// Required is set if the plugin needs a condition on the column.
	Required bool
	// Hint is set if the plugin may read less because of an equality on the column, which
	// it does not apply.
	Hint bool
	// Exact is set if a read by the column's value may have rows that a read without it
	// lacks.
	Exact bool
}

// Kind is the kind of a column's values.
type Kind int

// Kinds of values.
const (
	Text      Kind = iota
	Timestamp      // RFC 3339 in UTC, with the fraction of a second as given; of an attached file, its text
	JSON           // JSON text
	Bool           // 0 or 1
	Int
	Double
	Number // integers and doubles, each as it came; of an attached file
)

// declared maps kinds to declared types in SQLite. A type's letters decide the
// column's affinity (https://sqlite.org/datatype3.html, 3.1); the type also
// identifies the kind of a result's column.
var declared = map[Kind]string{
	Text:      "TEXT",
	Timestamp: "TIMESTAMP_TEXT",
	JSON:      "JSON_TEXT",
	Bool:      "BOOLEAN_INT",
	Int:       "BIGINT",
	Double:    "REAL",
	Number:    "NUMBER",
}

// String returns the name of the kind in Steampipe.
func (k Kind) String() string {
	switch k {
	case Timestamp:
		return "timestamptz"
	case JSON:
		return "jsonb"
	case Bool:
		return "boolean"
	case Int:
		return "bigint"
	case Double:
		return "double precision"
	case Number:
		return "numeric"
	default:
		return "text"
	}
}

// collation returns the collation by which the values are compared.
func (k Kind) collation() string {
	if k == Timestamp {
		return sqltimes.Collation
	}
	return "BINARY"
}

func kindOf(t proto.ColumnType) Kind {
	switch t {
	case proto.ColumnType_TIMESTAMP, proto.ColumnType_DATETIME: //nolint:staticcheck // older plugins declare it
		return Timestamp
	case proto.ColumnType_JSON:
		return JSON
	case proto.ColumnType_BOOL:
		return Bool
	case proto.ColumnType_INT:
		return Int
	case proto.ColumnType_DOUBLE:
		return Double
	default:
		return Text
	}
}

// kindDeclared returns the kind of a result's column from its declared type.
func kindDeclared(declaredType string) Kind {
	for kind, name := range declared {
		if name == declaredType {
			return kind
		}
	}
	return Text
}

func newTable(name string, schema *proto.TableSchema, hints []string) *Table {
	keys := map[string]*proto.KeyColumn{}
	// A plugin may declare key columns for list calls or for get calls.
	for _, key := range slices.Concat(schema.GetCallKeyColumnList, schema.ListCallKeyColumnList) {
		keys[key.Name] = key
	}
	t := &Table{Name: name, Description: schema.Description}
	for _, c := range schema.Columns {
		column := Column{
			Name:        c.Name,
			Description: c.Description,
			Kind:        kindOf(c.Type),
			Type:        c.Type,
			Hidden:      strings.HasPrefix(c.Name, "_") || strings.HasPrefix(c.Name, "sp_"),
			Hint:        slices.Contains(hints, c.Name),
		}
		if key := keys[c.Name]; key != nil {
			column.Operators = key.Operators
			column.Required = key.Require == "required"
			column.Exact = key.CacheMatch == query_cache.CacheMatchExact
		}
		t.Columns = append(t.Columns, column)
	}
	return t
}

// accepts reports whether the plugin applies the operator to the column itself.
func (c *Column) accepts(operator string) bool {
	return slices.Contains(c.Operators, operator)
}

// rowIDs are SQLite's names for row ids. The ids of scans are for SQLite's own
// use (see cursor.RowID) and differ with the columns that a statement reads.
// Columns of these names, without values, hide them.
var rowIDs = []string{"rowid", "oid", "_rowid_"}

// declaration returns the CREATE TABLE statement that describes the table to
// SQLite.
func (t *Table) declaration() string {
	var b strings.Builder
	b.WriteString("CREATE TABLE x(")
	for i, c := range t.Columns {
		if i > 0 {
			b.WriteString(", ")
		}
		fmt.Fprintf(&b, "%s %s", sqlite3.QuoteIdentifier(c.Name), declared[c.Kind])
		if c.Kind == Timestamp {
			b.WriteString(" COLLATE " + sqltimes.Collation)
		}
		if c.Hidden {
			b.WriteString(" HIDDEN")
		}
	}
	for _, name := range rowIDs {
		b.WriteString(", " + name + " HIDDEN")
	}
	b.WriteString(")")
	return b.String()
}
