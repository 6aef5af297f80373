// Package sqltimes makes SQL statements compare times as times.
//
// SQLite has no type for times and compares the texts that stand for them: by the
// collation of one side, which the other side and the plan decide on, or as text and
// number without any. [Rewrite] finds the comparisons in which one side is a time. It
// reads the other side as a time, by the function [Function] or at once where it is
// a literal, and names the collation of times where SQLite would take another.
// See https://sqlite.org/datatype3.html, sections 4 and 7.
package sqltimes

import (
	"cmp"
	"slices"
	"strings"

	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

const (
	// Function is the SQL function that reads a value as a time. It returns the text
	// that times have in tables.
	Function = "timestamptz"
	// Collation is the collation that orders these texts by time.
	Collation = "timestamp"
)

// Statement is a statement whose comparisons of times mean the same from either side.
type Statement struct {
	SQL string
	// Made is the name of the table or view that the statement makes, if any, and
	// Columns are its columns if it makes it of a query.
	Made    string
	Columns []Column
	// InRows are the names of columns that are compared as parts of rows with those of a
	// subquery, as in (a, b) in (select ...).
	InRows []string
}

// Rewrite returns a statement that compares times as times. It returns an error where
// a time is compared with a literal that is not one. Statements that it cannot parse
// come back as they are.
func Rewrite(sql string, schema Schema) (Statement, error) {
	as := Statement{SQL: sql}
	q, makes, columns, ok := parse(sql)
	as.Made = makes
	if !ok || q == nil {
		return as, nil
	}
	a := &analysis{sql: sql, schema: schema}
	fields := a.query(q, nil)
	if a.err != nil {
		return as, a.err
	}
	as.SQL, as.InRows = a.apply(), a.inRows
	if makes != "" {
		for i, f := range fields {
			if i < len(columns) {
				f.name = columns[i]
			}
			as.Columns = append(as.Columns, Column{Name: f.name, Time: f.kind.time && !f.kind.mixed})
		}
	}
	return as, nil
}

// parse returns the query of a statement, and false where it cannot be parsed.
func parse(sql string) (q *query, makes string, columns []string, ok bool) {
	defer func() {
		if value := recover(); value != nil {
			if _, syntax := value.(syntaxError); !syntax {
				panic(value)
			}
			q, ok = nil, false
		}
	}()
	p := &parser{tokens: tokens(sql), length: len(sql)}
	q, makes, columns = p.statement()
	return q, makes, columns, true
}

// analysis is that of a statement: what it found to change, and the first error.
type analysis struct {
	sql    string
	schema Schema
	edits  []edit
	inRows []string
	err    error
}

// edit replaces a part of the statement. Of edits at the same place, those with the
// lower rank come first.
type edit struct {
	start, end, rank int
	text             string
}

// wrap puts text around a node.
func (a *analysis) wrap(n *node, before, after string) { a.around(n.start, n.end, before, after) }

// around puts text around a part, which is outside of those that were wrapped before.
func (a *analysis) around(start, end int, before, after string) {
	rank := len(a.edits) + 1
	a.edits = append(a.edits, edit{start, start, -rank, before}, edit{end, end, rank, after})
}

func (a *analysis) replace(n *node, text string) {
	a.edits = append(a.edits, edit{n.start, n.end, 0, text})
}

// apply returns the statement with the changes.
func (a *analysis) apply() string {
	slices.SortStableFunc(a.edits, func(x, y edit) int {
		return cmp.Or(cmp.Compare(x.start, y.start), order(x, y))
	})
	var b strings.Builder
	at := 0
	for _, e := range a.edits {
		b.WriteString(a.sql[at:e.start])
		b.WriteString(e.text)
		at = e.end
	}
	b.WriteString(a.sql[at:])
	return b.String()
}

// order orders edits at the same place: ends from the inside out, then beginnings from
// the outside in, then what is replaced.
func order(x, y edit) int {
	class := func(e edit) int {
		switch {
		case e.rank > 0:
			return 0
		case e.rank < 0:
			return 1
		}
		return 2
	}
	return cmp.Or(cmp.Compare(class(x), class(y)), cmp.Compare(x.rank, y.rank))
}

// named names a result by its text if it has no name, for changes would change that.
func (a *analysis) named(r result, edits int) {
	if r.alias == "" && r.expr.kind != column && len(a.edits) > edits {
		a.edits = append(a.edits, edit{r.expr.end, r.expr.end, 1 << 30,
			" as " + sqltext.Quote(strings.TrimSpace(a.sql[r.expr.start:r.expr.end]))})
	}
}
