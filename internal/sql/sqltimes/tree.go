package sqltimes

// query is a SELECT with its parts, or several with operators such as UNION.
type query struct {
	start, end int // without parentheses
	tables     []cte
	selects    []*selection
	all        bool // whether every operator is UNION ALL
	order      []*node
}

// cte is a common table expression.
type cte struct {
	name    string
	columns []string
	query   *query
}

// selection is a single SELECT, or VALUES.
type selection struct {
	results []result
	from    []*source
	where   *node
	group   []*node
	having  *node
	windows []*node
	values  [][]*node // of VALUES
}

// result is an expression of a SELECT, or all columns, of one table or of every.
type result struct {
	expr  *node
	alias string
	star  bool
	of    string // of what table, "" for every
}

// source is a part of FROM.
type source struct {
	start, end  int    // without the alias
	wraps       bool   // whether it can be put into a subquery
	name, alias string // of a table or of a function
	query       *query
	nested      []*source
	args        []*node // of a function
	on          *node
	using       []string
	natural     bool
}

// called returns the name by which columns name the source.
func (s *source) called() string {
	if s.alias != "" {
		return s.alias
	}
	return s.name
}

// node is an expression: what it is, its text in the statement, and its parts.
type node struct {
	kind       kind
	start, end int
	text       string   // the operator, the name of a function or a collation, a literal's value
	names      []string // of a column: maybe a schema and a table, and the column
	args       []*node
	query      *query  // of a subquery
	order      []*node // ORDER BY in a function or a window
	other      []*node // FILTER, PARTITION BY and what else there is in a function
	otherwise  *node   // ELSE of CASE; args are its base, or nil, and pairs of WHEN and THEN
	aggregate  bool    // whether a function has DISTINCT, FILTER or OVER
	table      string  // of IN without parentheses
}

// kind is the kind of an expression.
type kind int

const (
	other kind = iota // whose parts are compared with nothing, and that is not a time
	column
	text   // a literal
	number // a literal
	null
	truth   // TRUE or FALSE
	compare // args are the sides
	between // args are the value and its bounds
	in      // args are the value and the list
	choice  // CASE
	collate
	function
	row
	subquery
	unaryPlus
)
