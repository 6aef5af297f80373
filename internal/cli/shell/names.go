package shell

import (
	"context"
	"slices"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// Names are the names that SQL can use.
type Names struct {
	Tables, Functions []string
	// Schemas are those of connections and aggregators, each with the plugin's tables.
	Schemas, SchemaTables []string
	// Columns lists the columns of each table.
	Columns map[string][]string
}

// Names returns the names of the plugin's tables, of tables created by SQL, and of the
// functions.
func (s *Session) Names(ctx context.Context) Names {
	names := Names{Columns: map[string][]string{}}
	names.Schemas = s.db.Schemas()
	for _, table := range s.db.PluginTables() {
		names.SchemaTables = append(names.SchemaTables, table.Name)
	}
	for _, table := range s.db.Tables() {
		names.Tables = append(names.Tables, table.Name)
		for _, c := range table.Columns {
			if !c.Hidden {
				names.Columns[table.Name] = append(names.Columns[table.Name], c.Name)
			}
		}
	}
	const made = `select t.name, c.name from pragma_table_list t, pragma_table_info(t.name) c
		where t.type in ('table', 'view') and t.name not like 'sqlite\_%' escape '\' order by t.name, c.cid`
	s.each(ctx, made, func(rows *embedded.Rows) {
		table, column := string(rows.Text(0)), string(rows.Text(1))
		if !slices.Contains(names.Tables, table) {
			names.Tables = append(names.Tables, table)
		}
		names.Columns[table] = append(names.Columns[table], column)
	})
	const functions = "select distinct name from pragma_function_list where name glob '[a-z]*' order by name"
	s.each(ctx, functions, func(rows *embedded.Rows) {
		names.Functions = append(names.Functions, string(rows.Text(0)))
	})
	return names
}

// each passes the rows of an internal query to a function. A failed query has no rows.
func (s *Session) each(ctx context.Context, sql string, row func(*embedded.Rows)) {
	if !s.db.Usable() {
		return
	}
	_ = s.db.Run(ctx, sql, func(rows *embedded.Rows) error {
		for rows.Next() {
			row(rows)
		}
		return rows.Err()
	})
}
