package sqltimes

import (
	"strings"
	"time"

	"steampipe-plugin-ssmassoc/internal/sql/timestamp"
)

// expr analyses an expression and returns what is known of its value.
func (a *analysis) expr(n *node, s *scope) kindOf {
	if n == nil {
		return kindOf{}
	}
	switch n.kind {
	case column:
		return s.find(n.names)
	case compare:
		a.sides(n, s)
	case between:
		a.between(n.args[0], n.args[1], n.args[2], s)
	case in:
		a.in(n, s)
	case choice:
		return a.choice(n, s)
	case collate:
		kind := a.expr(n.args[0], s)
		if !strings.EqualFold(n.text, Collation) {
			return kindOf{asked: true}
		}
		return kindOf{time: true, collated: true, mixed: !kind.time || kind.mixed}
	case function:
		return a.function(n, s)
	case subquery:
		kind := kindOf{}
		if fields := a.query(n.query, s); len(fields) > 0 {
			kind = fields[0].kind
		}
		kind.collated = false
		return kind
	case unaryPlus:
		return a.expr(n.args[0], s)
	default:
		a.all(n.args, s)
		if n.query != nil { // of EXISTS
			a.query(n.query, s)
		}
	}
	return kindOf{}
}

func (a *analysis) all(nodes []*node, s *scope) (kinds []kindOf) {
	for _, n := range nodes {
		kinds = append(kinds, a.expr(n, s))
	}
	return kinds
}

// choice analyses CASE.
func (a *analysis) choice(n *node, s *scope) kindOf {
	base := n.args[0]
	kind := a.expr(base, s)
	var whens, results []side
	for i := 1; i < len(n.args); i += 2 {
		whens = append(whens, side{n.args[i], a.expr(n.args[i], s)})
		results = append(results, side{n.args[i+1], a.expr(n.args[i+1], s)})
	}
	if base != nil {
		a.compare(side{base, kind}, whens, true)
	}
	if n.otherwise != nil {
		results = append(results, side{n.otherwise, a.expr(n.otherwise, s)})
	}
	return oneOf(results)
}

// oneOf returns the kind of a value that is one of several.
func oneOf(values []side) kindOf {
	kind := kindOf{}
	mixed := false
	for _, v := range values {
		switch {
		case v.kind.time:
			kind.time = true
			mixed = mixed || v.kind.mixed
			kind.texts = append(kind.texts, v.kind.texts...)
		case v.node.kind == null:
		default:
			mixed = true
			if v.node.kind == text {
				if _, err := timestamp.Parse(v.node.text, time.Now()); err != nil {
					kind.texts = append(kind.texts, v.node.text)
				}
			}
		}
	}
	if !kind.time {
		return kindOf{}
	}
	kind.mixed = mixed
	return kind
}

// function analyses a call of a function.
func (a *analysis) function(n *node, s *scope) kindOf {
	kinds := a.all(n.args, s)
	a.all(n.other, s)
	a.orderBy(n.order, s, nil)
	var values []side
	for i, arg := range n.args {
		values = append(values, side{arg, kinds[i]})
	}
	if len(values) == 0 {
		return kindOf{}
	}
	first := values[0]
	switch strings.ToLower(n.text) {
	case Function:
		return kindOf{time: true}
	case "min", "max":
		return a.extreme(values)
	case "coalesce", "ifnull":
		return oneOf(values)
	case "iif", "if":
		var results []side
		for i, v := range values {
			if i%2 == 1 || i == len(values)-1 && i > 0 {
				results = append(results, v)
			}
		}
		return oneOf(results)
	case "nullif":
		if len(values) == 2 {
			a.compare(first, values[1:], true)
		}
		return kindOf{time: first.kind.time, mixed: first.kind.mixed, texts: first.kind.texts}
	case "lag", "lead":
		if len(values) == 3 {
			return oneOf([]side{first, values[2]})
		}
		fallthrough
	case "first_value", "last_value", "nth_value", "likely", "unlikely", "likelihood":
		return kindOf{time: first.kind.time, mixed: first.kind.mixed, texts: first.kind.texts}
	}
	return kindOf{}
}

// extreme analyses the functions min and max: of several values, or of many rows.
func (a *analysis) extreme(values []side) kindOf {
	first := values[0]
	if len(values) > 1 {
		kind := oneOf(values)
		if !kind.time {
			return kindOf{}
		}
		a.compare(first, values[1:], false)
		return kindOf{time: true}
	}
	if first.kind.time && !first.kind.collated && !first.kind.mixed {
		a.wrap(first.node, "(", ") collate "+Collation)
	}
	first.kind.collated = false
	first.kind.asked = false
	return first.kind
}
