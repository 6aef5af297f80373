package sqltimes

import (
	"strconv"
	"strings"
)

// query analyses a query and returns its columns.
func (a *analysis) query(q *query, outer *scope) []field {
	s := &scope{outer: outer, ctes: map[string][]field{}}
	for _, c := range q.tables {
		name := strings.ToLower(c.name)
		if all := c.query.selects; len(all) > 1 && strings.Contains(strings.ToLower(a.sql[c.query.start:c.query.end]), name) {
			// The first SELECT of a recursive one does not read the table itself.
			probe := &analysis{sql: a.sql, schema: a.schema}
			fields, _ := probe.selection(all[0], s)
			s.ctes[name] = renamed(fields, c.columns)
		}
		s.ctes[name] = renamed(a.query(c.query, s), c.columns)
	}
	var all [][]field
	var last *scope
	for _, one := range q.selects {
		fields, in := a.selection(one, s)
		all, last = append(all, fields), in
	}
	fields := all[0]
	if len(all) > 1 {
		if !q.all {
			a.combine(q, all)
		}
		fields = merged(all)
		last = &scope{aliases: fields, outer: s}
	}
	a.orderBy(q.order, last, fields)
	return fields
}

// renamed gives fields other names.
func renamed(fields []field, names []string) []field {
	for i, name := range names {
		if i < len(fields) {
			fields[i].name = name
		}
	}
	return fields
}

// merged returns the fields of several SELECTs, which have the names of the first.
func merged(all [][]field) []field {
	fields := append([]field{}, all[0]...)
	for i := range fields {
		for _, others := range all[1:] {
			if i < len(others) {
				fields[i].kind = either(fields[i].kind, others[i].kind)
			}
		}
		fields[i].kind.collated = false
	}
	return fields
}

// either returns the kind of a value that is of one of two kinds.
func either(x, y kindOf) kindOf {
	if !x.time && !y.time {
		return kindOf{}
	}
	return kindOf{
		time:  true,
		mixed: x.mixed || y.mixed || x.time != y.time,
		texts: append(append([]string{}, x.texts...), y.texts...),
	}
}

// combine reads as times the columns of SELECTs whose rows are compared with times.
func (a *analysis) combine(q *query, all [][]field) {
	for i := range all[0] {
		kind := kindOf{}
		for _, fields := range all {
			if i < len(fields) {
				kind.time = kind.time || fields[i].kind.time
			}
		}
		if !kind.time {
			continue
		}
		for j, s := range q.selects {
			if i >= len(all[j]) || all[j][i].kind.time || i >= len(s.results) || s.results[i].star {
				continue
			}
			if expr := s.results[i].expr; expr.kind != text && expr.kind != number && expr.kind != null {
				edits := len(a.edits)
				a.read(expr)
				a.named(s.results[i], edits)
				all[j][i].kind = kindOf{time: true}
			}
		}
	}
}

// selection analyses a SELECT and returns its columns, and the scope of its
// expressions.
func (a *analysis) selection(q *selection, outer *scope) ([]field, *scope) {
	if q.values != nil {
		return a.values(q.values, outer), outer
	}
	s := &scope{outer: outer}
	a.sources(q.from, s)
	var fields []field
	for _, r := range q.results {
		if r.star {
			fields = append(fields, s.star(r.of)...)
			continue
		}
		edits := len(a.edits)
		f := field{name: r.alias, kind: a.expr(r.expr, s)}
		if f.name == "" && r.expr.kind == column {
			f.name = r.expr.names[len(r.expr.names)-1]
		} else if f.name == "" {
			f.name = strings.TrimSpace(a.sql[r.expr.start:r.expr.end])
		}
		a.named(r, edits)
		fields = append(fields, f)
	}
	s.aliases = fields
	for _, n := range append(append([]*node{q.where, q.having}, q.group...), q.windows...) {
		a.expr(n, s)
	}
	return fields, s
}

func (a *analysis) values(rows [][]*node, s *scope) []field {
	var fields []field
	for i, row := range rows {
		for j, n := range row {
			kind := a.expr(n, s)
			if i == 0 {
				fields = append(fields, field{name: "column" + strconv.Itoa(j+1), kind: kind})
			} else if j < len(fields) {
				fields[j].kind = either(fields[j].kind, kind)
			}
		}
	}
	return fields
}

// star returns the fields of all tables of a scope, or of one.
func (s *scope) star(of string) []field {
	var fields []field
	for _, t := range s.tables {
		if of != "" && !strings.EqualFold(t.name, of) {
			continue
		}
		for _, f := range t.fields {
			if !f.hidden {
				fields = append(fields, f)
			}
		}
	}
	return fields
}

// orderBy analyses the terms of ORDER BY, which orders times by time. fields are the
// results that terms may name by number.
func (a *analysis) orderBy(terms []*node, s *scope, fields []field) {
	for _, n := range terms {
		kind := a.expr(n, s)
		if i, err := strconv.Atoi(n.text); err == nil && n.kind == number && i > 0 && i <= len(fields) {
			kind = fields[i-1].kind
		} else if n.kind == column && len(n.names) == 1 {
			if f, ok := fieldNamed(fields, n.names[0]); ok {
				kind = f.kind
			}
		}
		if kind.time && !kind.collated && !kind.mixed {
			a.wrap(n, "(", ") collate "+Collation)
		}
	}
}

// sources adds the tables of FROM to a scope.
func (a *analysis) sources(sources []*source, s *scope) {
	for i, one := range sources {
		before := len(s.tables)
		a.source(one, s)
		if i > 0 {
			a.using(one, s, before)
		}
	}
	for _, one := range sources {
		a.expr(one.on, s)
	}
	a.recollate(s.tables)
}

func (a *analysis) source(one *source, s *scope) {
	switch {
	case one.query != nil:
		// Its parts do not see the other tables of FROM.
		s.tables = append(s.tables, table{name: one.alias, fields: a.query(one.query, s.outer), source: one})
	case one.nested != nil:
		before := len(s.tables)
		a.sources(one.nested, s)
		if one.alias != "" {
			for i := range s.tables[before:] {
				s.tables[before+i].name = one.alias
			}
		}
	default:
		for _, n := range one.args {
			a.expr(n, s)
		}
		s.tables = append(s.tables, table{name: one.called(), fields: a.tableFields(one.name, s), source: one})
	}
}

// tableFields returns the fields of a table, a view or a common table expression.
func (a *analysis) tableFields(name string, s *scope) []field {
	if fields, ok := s.cte(name); ok {
		return fields
	}
	var fields []field
	for _, c := range a.schema(name) {
		fields = append(fields, field{c.Name, c.Hidden, kindOf{time: c.Time, collated: c.Collated}})
	}
	return fields
}
