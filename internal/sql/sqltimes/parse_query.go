package sqltimes

import (
	"strings"

	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

// statement returns the query of a statement, nil where it has none, and the name of
// the table or view that it makes, with the names of the columns if it has them.
func (p *parser) statement() (q *query, makes string, columns []string) {
	for p.take(";") {
	}
	if p.take("explain") {
		p.take("query", "plan")
	}
	switch {
	case p.take("create"):
		p.takeAny("temp", "temporary")
		if p.takeAny("view", "table") == "" {
			return nil, "", nil
		}
		p.take("if", "not", "exists")
		makes = p.qualified()
		if p.take("(") {
			if columns = p.columnNames(); columns == nil {
				return nil, makes, nil
			}
		}
		if !p.take("as") {
			return nil, makes, nil
		}
	case p.is("with"):
		q = p.withTables()
		if change := p.change(); change != nil {
			change.tables = append(q.tables, change.tables...)
			return change, "", nil
		}
		p.rest(q)
	case p.is("select"), p.is("values"):
		q = p.query()
	default:
		return p.change(), "", nil
	}
	if q == nil {
		q = p.query()
	}
	p.take(";")
	if p.at < len(p.tokens) {
		p.fail()
	}
	return q, makes, columns
}

// change takes a statement that changes rows, as the query of what it reads. It
// returns nil if the next one is another.
func (p *parser) change() *query {
	s := &selection{}
	switch {
	case p.is("insert"), p.is("replace"):
		for !p.is("select") && !p.is("with") && !p.is("values") {
			if p.at >= len(p.tokens) {
				return nil
			}
			p.at++
		}
		return p.query()
	case p.take("delete", "from"):
		s.from = []*source{{name: p.qualified(), alias: p.alias()}}
	case p.take("update"):
		if p.take("or") {
			p.next()
		}
		s.from = []*source{{name: p.qualified(), alias: p.alias()}}
		p.need("set")
		p.list(func() {
			if p.take("(") {
				p.names()
			} else {
				p.name()
			}
			p.need("=")
			s.group = append(s.group, p.expr())
		})
		if p.take("from") {
			s.from = append(s.from, p.sources()...)
		}
	default:
		return nil
	}
	if p.take("where") {
		s.where = p.expr()
	}
	return &query{selects: []*selection{s}, all: true}
}

// names takes the rest of a list of names in parentheses. It returns nil where there
// is more than names in it.
func (p *parser) names() (names []string) {
	p.list(func() { names = append(names, p.name()) })
	if !p.take(")") {
		return nil
	}
	return names
}

// columnNames is names for the columns of a table, which may be of declared types:
// then it returns nil.
func (p *parser) columnNames() []string {
	for n := 1; ; n += 2 {
		switch p.peek(n).word {
		case ",":
			continue
		case ")":
			return p.names()
		}
		return nil
	}
}

// qualified takes a name with or without a schema, and returns it without.
func (p *parser) qualified() string {
	name := p.name()
	if p.take(".") {
		name = p.name()
	}
	return name
}

func (p *parser) query() *query {
	q := p.withTables()
	p.rest(q)
	return q
}

// withTables takes the common table expressions of a query, if it has any.
func (p *parser) withTables() *query {
	q := &query{start: p.peek(0).start, all: true}
	if p.take("with") {
		p.take("recursive")
		p.list(func() { q.tables = append(q.tables, p.cte()) })
	}
	return q
}

// rest takes a query without its common table expressions.
func (p *parser) rest(q *query) {
	for {
		q.selects = append(q.selects, p.selection())
		operator := p.takeAny("union", "except", "intersect")
		if operator == "" {
			break
		}
		q.all = p.take("all") && q.all
	}
	if p.take("order", "by") {
		q.order = p.terms()
	}
	if p.take("limit") {
		q.order = append(q.order, p.limits()...)
	}
	q.end = p.end()
}

// limits takes LIMIT and OFFSET, as parts that are ordered by nothing.
func (p *parser) limits() []*node {
	parts := []*node{p.expr()}
	if p.takeAny("offset", ",") != "" {
		parts = append(parts, p.expr())
	}
	return []*node{{kind: other, args: parts}}
}

func (p *parser) cte() cte {
	c := cte{name: p.name()}
	if p.take("(") {
		c.columns = p.names()
	}
	p.need("as")
	p.take("not")
	p.take("materialized")
	p.need("(")
	c.query = p.query()
	p.need(")")
	return c
}

func (p *parser) selection() *selection {
	s := &selection{}
	if p.take("values") {
		p.list(func() {
			p.need("(")
			s.values = append(s.values, p.exprs())
			p.need(")")
		})
		return s
	}
	p.need("select")
	p.takeAny("distinct", "all")
	p.list(func() { s.results = append(s.results, p.result()) })
	if p.take("from") {
		s.from = p.sources()
	}
	if p.take("where") {
		s.where = p.expr()
	}
	if p.take("group", "by") {
		s.group = p.exprs()
	}
	if p.take("having") {
		s.having = p.expr()
	}
	if p.is("window") {
		p.need("window")
		p.list(func() {
			p.name()
			p.need("as", "(")
			w := &node{kind: other}
			p.window(w)
			s.windows = append(s.windows, w)
		})
	}
	return s
}

func (p *parser) result() result {
	if p.take("*") {
		return result{star: true}
	}
	if p.peek(1).word == "." && p.peek(2).word == "*" {
		r := result{star: true, of: p.name()}
		p.need(".", "*")
		return r
	}
	r := result{expr: p.expr()}
	r.alias = p.alias()
	return r
}

// clauses are words after an expression or a table that are not its alias.
var clauses = wordSet(`from where group having window order limit union except intersect on using join left right
	full inner cross natural outer indexed not returning set`)

func wordSet(words string) map[string]bool {
	set := map[string]bool{}
	for _, word := range strings.Fields(words) {
		set[word] = true
	}
	return set
}

// alias takes an alias, if there is one.
func (p *parser) alias() string {
	if p.take("as") {
		return p.name()
	}
	t := p.peek(0)
	if t.Kind == sqltext.Quoted || t.Kind == sqltext.Literal || t.Kind == sqltext.Word && !clauses[t.word] {
		return p.name()
	}
	return ""
}

// joins are the words that join tables.
var joins = wordSet(`, join natural left right full inner cross outer`)

// sources takes the tables of FROM.
func (p *parser) sources() []*source {
	found := []*source{p.source()}
	for joins[p.peek(0).word] {
		natural := false
		for joins[p.peek(0).word] {
			natural = p.next().word == "natural" || natural
		}
		s := p.source()
		s.natural = natural
		if p.take("on") {
			s.on = p.expr()
		} else if p.take("using") {
			p.need("(")
			s.using = p.names()
		}
		found = append(found, s)
	}
	return found
}

func (p *parser) source() *source {
	s := &source{start: p.peek(0).start}
	switch {
	case p.take("("):
		if p.is("select") || p.is("with") || p.is("values") {
			s.query = p.query()
		} else {
			s.nested = p.sources()
		}
		p.need(")")
	default:
		s.name = p.qualified()
		if p.take("(") {
			if !p.is(")") {
				s.args = p.exprs()
			}
			p.need(")")
		}
	}
	s.end = p.end()
	s.alias = p.alias()
	s.wraps = s.nested == nil && !p.is("indexed", "by") && !p.is("not", "indexed")
	if p.take("indexed", "by") {
		p.name()
	}
	p.take("not", "indexed")
	return s
}
