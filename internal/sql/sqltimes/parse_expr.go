package sqltimes

import "steampipe-plugin-ssmassoc/internal/sql/sqltext"

// exprs takes expressions that commas separate.
func (p *parser) exprs() (found []*node) {
	p.list(func() { found = append(found, p.expr()) })
	return found
}

// terms takes the terms of ORDER BY.
func (p *parser) terms() (found []*node) {
	p.list(func() {
		found = append(found, p.expr())
		p.takeAny("asc", "desc")
		if p.take("nulls") {
			p.takeAny("first", "last")
		}
	})
	return found
}

// made returns a node of parts that ends with the last token taken.
func (p *parser) made(k kind, text string, parts ...*node) *node {
	return &node{kind: k, start: parts[0].start, end: p.end(), text: text, args: parts}
}

// levels are the binary operators by precedence, the loosest first
// (https://sqlite.org/lang_expr.html). What is between AND and the comparisons by
// order is in equality.
func (p *parser) expr() *node { return p.binary(p.conjunction, "or") }

func (p *parser) conjunction() *node { return p.binary(p.negation, "and") }

func (p *parser) binary(part func() *node, operators ...string) *node {
	left := part()
	for p.takeAny(operators...) != "" {
		left = p.made(other, "", left, part())
	}
	return left
}

func (p *parser) negation() *node {
	if start := p.peek(0).start; p.take("not") {
		arg := p.negation()
		return &node{kind: other, start: start, end: p.end(), args: []*node{arg}}
	}
	return p.equality()
}

// equality takes the operators that have the precedence of =.
func (p *parser) equality() *node {
	left := p.order()
	for {
		switch {
		case p.takeAny("=", "==", "<>", "!=") != "":
			left = p.made(compare, "=", left, p.order())
		case p.take("is"):
			p.take("not")
			p.take("distinct", "from")
			left = p.made(compare, "is", left, p.order())
		case p.takeAny("isnull", "notnull") != "" || p.take("not", "null"):
			left = p.made(other, "", left)
		case p.is("between"), p.is("not", "between"):
			p.take("not")
			p.need("between")
			low := p.order()
			p.need("and")
			left = p.made(between, "", left, low, p.order())
		case p.is("in"), p.is("not", "in"):
			p.take("not")
			p.need("in")
			left = p.in(left)
		case p.isPattern():
			p.take("not")
			p.next()
			parts := []*node{left, p.order()}
			if p.take("escape") {
				parts = append(parts, p.order())
			}
			left = p.made(other, "", parts...)
		default:
			return left
		}
	}
}

func (p *parser) isPattern() bool {
	for _, word := range []string{"like", "glob", "regexp", "match"} {
		if p.is(word) || p.is("not", word) {
			return true
		}
	}
	return false
}

// in takes what comes after IN.
func (p *parser) in(left *node) *node {
	n := &node{kind: in, start: left.start, args: []*node{left}}
	if p.take("(") {
		switch {
		case p.is("select"), p.is("with"), p.is("values"):
			n.query = p.query()
		case !p.is(")"):
			n.args = append(n.args, p.exprs()...)
		}
		p.need(")")
	} else {
		n.table = p.qualified()
		if p.take("(") { // of a function
			p.skip()
			n.table = ""
		}
	}
	n.end = p.end()
	return n
}

func (p *parser) order() *node {
	left := p.bits()
	for p.takeAny("<", "<=", ">", ">=") != "" {
		left = p.made(compare, "<", left, p.bits())
	}
	return left
}

func (p *parser) bits() *node {
	return p.binary(func() *node { return p.binary(p.product, "+", "-") }, "&", "|", "<<", ">>")
}

func (p *parser) product() *node {
	return p.binary(func() *node { return p.binary(p.collated, "||", "->", "->>") }, "*", "/", "%")
}

func (p *parser) collated() *node {
	n := p.unary()
	for p.take("collate") {
		name := p.name()
		n = p.made(collate, name, n)
	}
	return n
}

func (p *parser) unary() *node {
	start := p.peek(0).start
	if p.is("not") { // of an operand, as in 1 = not 0
		return p.negation()
	}
	switch p.takeAny("-", "+", "~") {
	case "":
		return p.primary()
	case "+":
		arg := p.unary()
		return &node{kind: unaryPlus, start: start, end: p.end(), args: []*node{arg}}
	case "-":
		arg := p.unary()
		if arg.kind == number {
			return &node{kind: number, start: start, end: p.end(), text: "-" + arg.text}
		}
		return &node{kind: other, start: start, end: p.end(), args: []*node{arg}}
	}
	arg := p.unary()
	return &node{kind: other, start: start, end: p.end(), args: []*node{arg}}
}

func (p *parser) primary() *node {
	t := p.peek(0)
	switch t.Kind {
	case sqltext.Literal:
		p.next()
		return &node{kind: text, start: t.start, end: t.end, text: sqltext.Unquoted(t.Token)}
	case sqltext.Number:
		p.next()
		return &node{kind: number, start: t.start, end: t.end, text: t.Text}
	case sqltext.Parameter:
		p.next()
		return &node{kind: other, start: t.start, end: t.end}
	case sqltext.Quoted:
		return p.named()
	case sqltext.Word:
		return p.word(t)
	}
	p.need("(")
	var n *node
	if p.is("select") || p.is("with") || p.is("values") {
		n = &node{kind: subquery, query: p.query()}
	} else if parts := p.exprs(); len(parts) > 1 {
		n = &node{kind: row, args: parts}
	} else {
		n = parts[0]
	}
	p.need(")")
	n.start, n.end = t.start, p.end()
	return n
}

// word takes an expression that begins with a word.
func (p *parser) word(t token) *node {
	n := &node{start: t.start}
	switch {
	case p.take("case"):
		p.choice(n)
	case p.take("cast", "("):
		n.args = []*node{p.expr()}
		p.need("as")
		p.skip()
	case p.take("exists", "("):
		n.query = p.query()
		p.need(")")
	case p.take("null"):
		n.kind = null
	case p.peek(1).word != "." && p.takeAny("true", "false") != "":
		n.kind = truth
	case p.takeAny("current_date", "current_time", "current_timestamp") != "":
	case p.is("x") && p.peek(1).Kind == sqltext.Literal && p.peek(1).start == t.end:
		p.at += 2 // a blob
	case reserved[t.word]:
		p.fail()
	default:
		return p.named()
	}
	n.end = p.end()
	return n
}

// reserved are words that are not names.
var reserved = wordSet(`select from where group having order limit union except intersect on using join when then
	else end and or in is as between values set distinct not isnull notnull collate exists`)

func (p *parser) choice(n *node) {
	n.kind = choice
	n.args = []*node{nil}
	if !p.is("when") {
		n.args[0] = p.expr()
	}
	for p.take("when") {
		n.args = append(n.args, p.expr())
		p.need("then")
		n.args = append(n.args, p.expr())
	}
	if p.take("else") {
		n.otherwise = p.expr()
	}
	p.need("end")
}

// named takes a column or a function.
func (p *parser) named() *node {
	n := &node{kind: column, start: p.peek(0).start, names: []string{p.name()}}
	if p.take("(") {
		n.kind, n.text = function, n.names[0]
		p.call(n)
	}
	for n.kind == column && p.take(".") {
		n.names = append(n.names, p.name())
	}
	n.end = p.end()
	return n
}

// call takes the arguments of a function and what comes after them.
func (p *parser) call(n *node) {
	if !p.take("*") && !p.is(")") {
		n.aggregate = p.takeAny("distinct", "all") != ""
		n.args = p.exprs()
		if p.take("order", "by") {
			n.order = p.terms()
		}
	}
	p.need(")")
	if p.take("within", "group", "(", "order", "by") {
		n.order = append(n.order, p.terms()...)
		p.need(")")
	}
	if p.take("filter", "(", "where") {
		n.aggregate = true
		n.other = append(n.other, p.expr())
		p.need(")")
	}
	if p.take("over") {
		n.aggregate = true
		if p.take("(") {
			p.window(n)
		} else {
			p.name()
		}
	}
}

// window takes the rest of a window in parentheses.
func (p *parser) window(n *node) {
	for !p.is(")") {
		switch {
		case p.take("partition", "by"):
			n.other = append(n.other, p.exprs()...)
		case p.take("order", "by"):
			n.order = append(n.order, p.terms()...)
		default:
			t := p.next() // the name of a window, or a frame
			if t.word == "(" {
				p.skip()
			}
		}
	}
	p.need(")")
}
