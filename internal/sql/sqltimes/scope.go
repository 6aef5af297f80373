package sqltimes

import "strings"

// Column is a column of a table.
type Column struct {
	Name string
	// Time is set where the values are times, Collated where SQLite compares them with
	// the collation of times without being told.
	Time, Collated bool
	// Hidden columns are not among all columns, *.
	Hidden bool
}

// Schema returns the columns of a table or a view, or none where it knows no such.
type Schema func(table string) []Column

// kindOf is what is known of the values of an expression.
type kindOf struct {
	time     bool
	collated bool // as in Column
	// mixed is set for a time that may also be another value. texts are such values.
	mixed bool
	texts []string
	// asked is set where the statement names another collation: the comparison is of
	// texts.
	asked bool
}

// field is a column of what a query reads.
type field struct {
	name   string
	hidden bool
	kind   kindOf
}

// table is what a query reads, under the name by which columns name it.
type table struct {
	name   string
	fields []field
	source *source
	// recollated is set where a column needs another collation than it has.
	recollated bool
}

// scope is where the columns of an expression come from: tables, the aliases of the
// results, and what is outside.
type scope struct {
	tables  []table
	aliases []field
	ctes    map[string][]field
	outer   *scope
}

// find returns what is known of a column.
func (s *scope) find(names []string) kindOf {
	name := names[len(names)-1]
	of := ""
	if len(names) > 1 {
		of = names[len(names)-2]
	}
	for ; s != nil; s = s.outer {
		for _, t := range s.tables {
			if of != "" && !strings.EqualFold(t.name, of) {
				continue
			}
			if f, ok := fieldNamed(t.fields, name); ok {
				return f.kind
			}
		}
		if f, ok := fieldNamed(s.aliases, name); ok && of == "" {
			return f.kind
		}
	}
	return kindOf{}
}

func fieldNamed(fields []field, name string) (field, bool) {
	for _, f := range fields {
		if strings.EqualFold(f.name, name) {
			return f, true
		}
	}
	return field{}, false
}

// cte returns the fields of a common table expression.
func (s *scope) cte(name string) ([]field, bool) {
	for ; s != nil; s = s.outer {
		if fields, ok := s.ctes[strings.ToLower(name)]; ok {
			return fields, true
		}
	}
	return nil, false
}
