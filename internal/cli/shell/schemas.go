package shell

import (
	"context"
	"fmt"
	"slices"
	"strings"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

// MainSchema is SQLite's name of the schema of tables that are named without one.
const MainSchema = "main"

// InSchema returns the table that SCHEMA.TABLE names: one of the plugin's tables, if the
// schema is one of those given. It returns an error for other names.
func InSchema(name string, schemas []string, tables []*embedded.Table) (*embedded.Table, error) {
	schema, table, _ := cutSchema(name)
	if !slices.ContainsFunc(schemas, func(known string) bool { return strings.EqualFold(known, schema) }) {
		if near := Nearest(schema, schemas); near != "" {
			return nil, fmt.Errorf("unknown schema %q; did you mean %s?", schema, near)
		}
		return nil, fmt.Errorf("unknown schema %q; a schema is a connection or an aggregator", schema)
	}
	return Named(tables, table)
}

// tableIn returns the table that SCHEMA.TABLE names.
func (s *Session) tableIn(ctx context.Context, name string) (*embedded.Table, error) {
	if schema, table, _ := cutSchema(name); strings.EqualFold(schema, MainSchema) {
		return s.table(ctx, table)
	}
	return InSchema(name, s.db.Schemas(), s.db.PluginTables())
}

// cutSchema cuts SCHEMA.TABLE at its dot. Either may be in quotes.
func cutSchema(name string) (schema, table string, ok bool) {
	tokens := slices.Collect(sqltext.Tokens(name))
	for i := len(tokens) - 2; i > 0; i-- {
		if tokens[i].Text != "." {
			continue
		}
		var before strings.Builder
		for _, t := range tokens[:i] { // such as the words of a name with dashes
			before.WriteString(sqltext.Unquoted(t))
		}
		return before.String(), sqltext.Unquoted(tokens[i+1]), i+2 == len(tokens)
	}
	return "", "", false
}

// qualifiedTables returns the names of tables in schemas, with the schema before them.
func qualifiedTables(schemas, tables []string) []string {
	var names []string
	for _, schema := range schemas {
		for _, table := range tables {
			names = append(names, sqltext.Name(schema)+"."+sqltext.Name(table))
		}
	}
	return names
}

// inSchema returns the plugin's tables if name is a schema, as candidates.
func inSchema(names Names, name string) []candidate {
	if !slices.ContainsFunc(names.Schemas, func(schema string) bool { return strings.EqualFold(schema, name) }) {
		return nil
	}
	return kind("table", names.SchemaTables)
}
