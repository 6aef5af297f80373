package embedded

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// Schema is a name that stands for connections in SQL: SCHEMA.TABLE has the rows
// of its members alone.
type Schema struct {
	Name string
	// Members are the names of connections. A schema can be read if the host has
	// all of them.
	Members []string
}

// mainSchema is SQLite's name of the schema of tables without one, which have the
// rows of all connections; tempSchema is that of its temporary tables.
const (
	mainSchema = "main"
	tempSchema = "temp"
)

// SchemaError is the error of a statement with a schema that cannot be read.
type SchemaError struct {
	Name string
	// Unselected is set if the configuration has the schema, and not all of its
	// members are among the host's connections.
	Unselected bool
	// Known are the schemas that can be read, if there is none of the name.
	Known []string

	message string
}

func (e *SchemaError) Error() string { return e.message }

// Advice says what the user can change.
func (e *SchemaError) Advice() string {
	if e.Unselected {
		return "leave out --connection, or give it one that has it"
	}
	return ""
}

// schemas are the schemas that a host's tables can be in.
type schemas struct {
	// byName holds them by their folded names. Names that differ in case alone are
	// one to SQLite.
	byName map[string][]Schema
	// all has all connections as its members, in the order given.
	all Schema
	// hosted has the names of all connections.
	hosted map[string]bool
}

// newSchemas returns the given schemas, and one for each connection.
func newSchemas(connections []string, given []Schema) schemas {
	s := schemas{
		byName: map[string][]Schema{}, all: Schema{Name: mainSchema, Members: connections}, hosted: map[string]bool{},
	}
	add := func(schema Schema) {
		name := foldName(schema.Name)
		if !slices.ContainsFunc(s.byName[name], func(other Schema) bool { return other.Name == schema.Name }) {
			s.byName[name] = append(s.byName[name], schema)
		}
	}
	for _, name := range connections {
		s.hosted[name] = true
		add(Schema{Name: name, Members: []string{name}})
	}
	for _, schema := range given {
		add(schema)
	}
	return s
}

// foldName returns a name in lower case, as SQLite folds it: the letters of ASCII.
func foldName(name string) string {
	return strings.Map(func(r rune) rune {
		if 'A' <= r && r <= 'Z' {
			return r + 'a' - 'A'
		}
		return r
	}, name)
}

// named returns the schema that a statement names, or a [SchemaError].
func (s *schemas) named(name string) (Schema, error) {
	found := s.byName[foldName(name)]
	refuse := func(format string, a ...any) error {
		return &SchemaError{Name: name, message: fmt.Sprintf(format, a...)}
	}
	switch {
	case len(found) == 0:
		known := s.readable()
		return Schema{}, &SchemaError{Name: name, Known: known,
			message: fmt.Sprintf("no such schema: %s; schemas: %s", name, listed(known))}
	case len(found) > 1:
		return Schema{}, refuse("schema %s is ambiguous: SQLite ignores case, and there are %s and %s; "+
			"add a condition on sp_connection_name instead", name, found[0].Name, found[1].Name)
	case s.isReserved(name):
		return Schema{}, refuse("schema %s is ambiguous: SQLite has a schema of that name, and so has a "+
			"connection or an aggregator; leave it out, and add a condition on sp_connection_name", name)
	case len(found[0].Members) == 0:
		return Schema{}, refuse("schema %s has no members: no connection is of its patterns", name)
	}
	if missing := s.missing(found[0]); missing != "" {
		return Schema{}, &SchemaError{Name: name, Unselected: true,
			message: fmt.Sprintf("schema %s cannot be read: the connection %s is not selected", name, missing)}
	}
	return found[0], nil
}

// isReserved reports whether a schema of the given name is hidden by one that SQLite
// has itself, with other rows.
func (s *schemas) isReserved(name string) bool {
	name = foldName(name)
	if name != mainSchema && name != tempSchema {
		return false
	}
	return slices.ContainsFunc(s.byName[name], func(found Schema) bool {
		return name == tempSchema || !sameMembers(found.Members, s.all.Members)
	})
}

// missing returns the first member of a schema that is not a connection, or "".
func (s *schemas) missing(schema Schema) string {
	for _, member := range schema.Members {
		if !s.hosted[member] {
			return member
		}
	}
	return ""
}

// readable returns the names of the schemas that can be read, other than main.
func (s *schemas) readable() []string {
	var names []string
	for _, name := range slices.Sorted(maps.Keys(s.byName)) {
		found := s.byName[name]
		if len(found) == 1 && len(found[0].Members) > 0 && s.missing(found[0]) == "" &&
			name != mainSchema && name != tempSchema {
			names = append(names, found[0].Name)
		}
	}
	return names
}

// sameMembers reports whether two lists have the same names.
func sameMembers(a, b []string) bool {
	return slices.Equal(slices.Compact(slices.Sorted(slices.Values(a))), slices.Compact(slices.Sorted(slices.Values(b))))
}

// listed lists the first of the schemas, and main.
func listed(names []string) string {
	const most = 8
	if n := len(names) - most; n > 0 {
		names = append(slices.Clone(names[:most]), fmt.Sprintf("%d more", n))
	}
	return strings.Join(append(slices.Clone(names), "main (all connections)"), ", ")
}
