package main

import (
	"context"
	"io"
	"maps"
	"slices"

	"steampipe-plugin-ssmassoc/internal/cli/shell"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/sql/spc"
	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

// tableInSchema returns the table that SCHEMA.TABLE names, with the schemas of the
// configuration of Steampipe's installation.
func tableInSchema(ctx context.Context, name string) (*embedded.Table, error) {
	source, err := connectionFlags{}.source(ctx, io.Discard)
	if err != nil {
		return nil, err
	}
	tables, err := allTables(ctx, nil, sourceFlags{})
	if err != nil {
		return nil, err
	}
	names := []string{shell.MainSchema}
	for _, c := range source.connections {
		names = append(names, c.Name)
	}
	for _, s := range source.schemas {
		names = append(names, s.Name)
	}
	return shell.InSchema(name, names, tables)
}

// schemasOf returns the schemas of a configuration: its connections, and its
// aggregators with their members.
func schemasOf(config *spc.Config) []embedded.Schema {
	var schemas []embedded.Schema
	for _, c := range config.Connections {
		schemas = append(schemas, embedded.Schema{Name: c.Name, Members: []string{c.Name}})
	}
	for _, name := range slices.Sorted(maps.Keys(config.Aggregators)) {
		schema := embedded.Schema{Name: name}
		members, _ := config.Select(name) // an error if there are none
		for _, c := range members {
			schema.Members = append(schema.Members, c.Name)
		}
		schemas = append(schemas, schema)
	}
	return schemas
}

// qualifiedTable returns the name of a scan's table, with its schema if it has one.
func qualifiedTable(scan embedded.PlannedScan) string {
	if scan.Schema == "" {
		return scan.Table
	}
	return sqltext.Name(scan.Schema) + "." + scan.Table
}

// readsAll reports whether a scan of some connections reads all of the others.
func readsAll(some, others []string) bool {
	return !slices.ContainsFunc(others, func(c string) bool { return !slices.Contains(some, c) })
}
