package sqltimes

import (
	"fmt"
	"slices"
	"strings"

	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

// using makes the columns be compared as times by which the last tables of a scope,
// from the n-th on, are joined without being named on both sides.
func (a *analysis) using(one *source, s *scope, n int) {
	left, right := &scope{tables: s.tables[:n]}, &scope{tables: s.tables[n:]}
	names := one.using
	if one.natural {
		for _, f := range right.star("") {
			for _, g := range left.star("") {
				if strings.EqualFold(f.name, g.name) {
					names = append(names, f.name)
				}
			}
		}
	}
	for _, name := range names {
		x, y := left.find([]string{name}), right.find([]string{name})
		isText := x.time != y.time || x.time && !x.collated && (x.mixed || y.mixed)
		if isText || x.time && !x.collated && !collated(left.tables, name) {
			a.fail(fmt.Errorf("the join compares the times %s with text; write it with on instead of using", name))
		}
	}
}

// collated notes that a column of tables needs the collation of times, and returns
// false where that cannot be: SQLite takes the collation of the left column.
func collated(tables []table, name string) bool {
	for i, t := range tables {
		f, ok := fieldNamed(t.fields, name)
		if !ok || !f.kind.time || f.kind.collated {
			continue
		}
		if t.source == nil || !t.source.wraps || hasTwice(t.fields) {
			return false
		}
		tables[i].fields = slices.Clone(t.fields)
		for j := range t.fields {
			if strings.EqualFold(t.fields[j].name, name) {
				tables[i].fields[j].kind.collated = true
				tables[i].recollated = true
			}
		}
	}
	return true
}

// hasTwice reports whether two fields have the same name.
func hasTwice(fields []field) bool {
	seen := map[string]bool{}
	for _, f := range fields {
		name := strings.ToLower(f.name)
		if seen[name] {
			return true
		}
		seen[name] = true
	}
	return false
}

// recollate puts tables in a query of their columns that gives these the collation of
// times, where [collated] asked for it.
func (a *analysis) recollate(tables []table) {
	for i, t := range tables {
		if !t.recollated {
			continue
		}
		var columns []string
		for _, f := range t.fields {
			name := sqltext.Quote(f.name)
			if f.kind.time && f.kind.collated {
				name += " collate " + Collation + " as " + name
			}
			columns = append(columns, name)
		}
		after := ")"
		if t.source.alias == "" && t.source.query == nil {
			after += " as " + sqltext.Quote(t.name)
		}
		a.around(t.source.start, t.source.end, "(select "+strings.Join(columns, ", ")+" from ", after)
		tables[i].recollated = false
	}
}
