package sqltimes

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"steampipe-plugin-ssmassoc/internal/sql/timestamp"
)

// literal writes a time as it is in tables.
func literal(t time.Time) string { return "'" + timestamp.Format(t) + "'" }

// read makes a node be read as a time.
func (a *analysis) read(n *node) {
	switch n.kind {
	case null:
	case text:
		t, err := timestamp.Parse(n.text, time.Now())
		switch {
		case err != nil:
			a.fail(err)
		case timestamp.IsRelative(n.text):
			a.wrap(n, Function+"(", ")")
		default:
			a.replace(n, literal(t))
		}
	case number:
		seconds, err := strconv.ParseFloat(n.text, 64)
		if err != nil { // such as 0x10
			a.wrap(n, Function+"(", ")")
			return
		}
		t, err := timestamp.FromSeconds(seconds)
		if err != nil {
			a.fail(err)
			return
		}
		a.replace(n, literal(t))
	default:
		a.wrap(n, Function+"(", ")")
	}
}

func (a *analysis) fail(err error) {
	if a.err == nil {
		a.err = err
	}
}

// side is a side of a comparison.
type side struct {
	node *node
	kind kindOf
}

// compare makes values be compared as times if one of them is a time: the first with
// each of the others. Where exact is set, they may be compared for equality with
// texts that the time may be.
func (a *analysis) compare(first side, others []side, exact bool) {
	isTime := first.kind.time
	for _, o := range others {
		isTime = isTime || o.kind.time
		if o.kind.asked {
			return
		}
	}
	if !isTime || first.kind.asked || exact && onlyTexts(first, others) {
		return
	}
	for _, o := range others {
		if !o.kind.time || o.kind.mixed {
			a.read(o.node)
		}
	}
	if !first.kind.time || first.kind.mixed {
		a.read(first.node)
	}
	if !first.kind.time || !first.kind.collated {
		a.wrap(first.node, "(", ") collate "+Collation)
	}
}

// onlyTexts reports whether a value that may be a time or a certain text is compared
// with this text alone.
func onlyTexts(first side, others []side) bool {
	for _, o := range others {
		if !first.mayBe(o.node) && !o.mayBe(first.node) {
			return false
		}
	}
	return len(others) > 0
}

func (s side) mayBe(n *node) bool { return n.kind == text && slices.Contains(s.kind.texts, n.text) }

// sides compares two expressions, or the parts of two rows.
func (a *analysis) sides(n *node, s *scope) {
	left, right := n.args[0], n.args[1]
	if left.kind == row && right.kind == row && len(left.args) == len(right.args) {
		for i := range left.args {
			pair := &node{kind: compare, text: n.text, args: []*node{left.args[i], right.args[i]}}
			a.sides(pair, s)
		}
		return
	}
	if left.kind == row && right.kind == subquery {
		a.rowIn(left, right.query, s)
		return
	}
	x, y := a.expr(left, s), a.expr(right, s)
	if n.text == "is" && (right.kind == null || right.kind == truth) || left.kind == row || right.kind == row {
		return
	}
	a.compare(side{left, x}, []side{{right, y}}, n.text != "<")
}

// between compares a value with its bounds, or the parts of a row with theirs.
func (a *analysis) between(value, low, high *node, s *scope) {
	if n := len(value.args); value.kind == row && low.kind == row && high.kind == row &&
		len(low.args) == n && len(high.args) == n {
		for i, part := range value.args {
			a.between(part, low.args[i], high.args[i], s)
		}
		return
	}
	kinds := a.all([]*node{value, low, high}, s)
	a.compare(side{value, kinds[0]}, []side{{low, kinds[1]}, {high, kinds[2]}}, false)
}

// in compares a value with those of a list, a subquery or a table.
func (a *analysis) in(n *node, s *scope) {
	left := n.args[0]
	if n.query != nil {
		if left.kind == row {
			a.rowIn(left, n.query, s)
		} else {
			a.inQuery([]*node{left}, []kindOf{a.expr(left, s)}, a.query(n.query, s), n.query.start, n.query.end)
		}
		return
	}
	x := a.expr(left, s)
	if n.table != "" {
		fields := a.tableFields(n.table, s)
		if len(fields) > 0 && fields[0].kind.time != x.time {
			a.fail(fmt.Errorf("in %s compares a time with text; write in (select ... from %[1]s)", n.table))
		}
		return
	}
	var others []side
	for _, o := range n.args[1:] {
		others = append(others, side{o, a.expr(o, s)})
	}
	a.compare(side{left, x}, others, true)
}

// rowIn compares a row with those of a query.
func (a *analysis) rowIn(left *node, q *query, s *scope) {
	var kinds []kindOf
	for _, n := range left.args {
		kinds = append(kinds, a.expr(n, s))
		if n.kind == column {
			a.inRows = append(a.inRows, n.names[len(n.names)-1])
		}
	}
	a.inQuery(left.args, kinds, a.query(q, s), q.start, q.end)
}

// inQuery compares values with the columns of a query, which is a part of the
// statement.
func (a *analysis) inQuery(nodes []*node, kinds []kindOf, fields []field, start, end int) {
	var names, read []string
	changed := false
	for i, f := range fields {
		name := "c" + strconv.Itoa(i+1)
		names = append(names, name)
		isTime := i < len(kinds) && (kinds[i].time || f.kind.time) && !kinds[i].asked && !f.kind.asked
		if isTime && (!kinds[i].time || kinds[i].mixed) {
			a.read(nodes[i])
		}
		if isTime && (!kinds[i].time || !kinds[i].collated) {
			a.wrap(nodes[i], "(", ") collate "+Collation)
		}
		if isTime && (!f.kind.time || f.kind.mixed) {
			name = Function + "(" + name + ")"
			changed = true
		}
		read = append(read, name)
	}
	if changed {
		a.around(start, end, "with times_compared("+strings.Join(names, ", ")+") as (",
			") select "+strings.Join(read, ", ")+" from times_compared")
	}
}
