// Package awstables stands in, in tests, for the tables of Steampipe's AWS
// plugin that the documentation's examples and the compliance mod join.
//
// Tables have only the columns in use, with the AWS plugin's names and types,
// and rows derived from a simulated fleet. They are defined in tables.go.
package awstables

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// Script returns SQL statements, for both PostgreSQL and SQLite, that create
// and fill the tables. In SQLite JSON is text, which its ->> accepts, and
// timestamps are RFC 3339, as in the plugin's own tables.
func Script(simulated *fleet.Fleet) string {
	var b strings.Builder
	for _, t := range []table{instances(simulated), managedInstances(simulated), buckets(simulated)} {
		t.write(&b)
	}
	return b.String()
}

// table is a table with its rows. A value is a string, a bool, a
// fleet.Timestamp or a pointer to one of these, or jsonb; nil is null.
type table struct {
	name    string
	columns []string // name and type
	rows    [][]any
}

// jsonb is a value of type jsonb.
type jsonb map[string]any

func (t *table) write(b *strings.Builder) {
	fmt.Fprintf(b, "create table %s (\n  %s\n);\n", t.name, strings.Join(t.columns, ",\n  "))
	if len(t.rows) == 0 {
		return
	}
	fmt.Fprintf(b, "insert into %s values", t.name)
	separator := "\n"
	for _, row := range t.rows {
		if len(row) != len(t.columns) {
			panic(fmt.Sprintf("%s: a row has %d values for %d columns", t.name, len(row), len(t.columns)))
		}
		literals := make([]string, len(row))
		for i, value := range row {
			literals[i] = literal(value)
		}
		fmt.Fprintf(b, "%s  (%s)", separator, strings.Join(literals, ", "))
		separator = ",\n"
	}
	b.WriteString(";\n")
}

func literal(value any) string {
	switch v := value.(type) {
	case nil:
		return "null"
	case string:
		return "'" + strings.ReplaceAll(v, "'", "''") + "'"
	case bool:
		return fmt.Sprint(v)
	case fleet.Timestamp:
		return literal(v.Time().Format(time.RFC3339Nano))
	case jsonb:
		text, err := json.Marshal(v)
		if err != nil {
			panic(err)
		}
		return literal(string(text))
	case *string:
		return pointed(v)
	case *bool:
		return pointed(v)
	case *fleet.Timestamp:
		return pointed(v)
	default:
		panic(fmt.Sprintf("no SQL literal of a %T", value))
	}
}

func pointed[T any](value *T) string {
	if value == nil {
		return "null"
	}
	return literal(*value)
}
