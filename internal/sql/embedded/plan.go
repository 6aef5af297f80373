package embedded

import (
	"encoding/json"
	"slices"
	"strings"

	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/sql/sqltimes"
)

// plan is the agreement of SQLite and a table about a scan. It travels from
// BestIndex to Filter as text.
type plan struct {
	// Schema is the name of the table's schema, "" for main.
	Schema string `json:"schema,omitempty"`
	// Columns are the indexes of the columns that the statement reads.
	Columns []int `json:"columns"`
	// Conditions are applied by the plugin. Argument i of Filter is the value of
	// condition i.
	Conditions []condition `json:"conditions,omitempty"`
	// Lookups are equalities on columns for which the plugin has no condition,
	// with values that may differ from scan to scan, as in a join. Their values
	// are the next arguments of Filter. Scans after the first find their rows by
	// them.
	Lookups []equality `json:"lookups,omitempty"`
	// If Limit is set, the next argument of Filter bounds the number of rows. If
	// Offset is set, the one after it is the number of rows that SQLite will skip.
	Limit  bool `json:"limit,omitempty"`
	Offset bool `json:"offset,omitempty"`
}

// condition is a condition on a key column.
type condition struct {
	Column   int    `json:"column"`
	Operator string `json:"operator"`
	// If List is set, the value is a list, and the operator must hold for any of
	// its elements.
	List bool `json:"list,omitempty"`
	// Hint is set for an equality that the plugin may read less for, and does not apply.
	Hint bool `json:"hint,omitempty"`
	// Outer is set for an equality whose value may differ from scan to scan,
	// Timestamp for a comparison of points in time.
	Outer     bool `json:"outer,omitempty"`
	Timestamp bool `json:"timestamp,omitempty"`
}

// equality is a column compared for equality: as a point in time, or byte for
// byte.
type equality struct {
	Column    int  `json:"column"`
	Timestamp bool `json:"timestamp,omitempty"`
}

func (p *plan) encode() (string, error) {
	text, err := json.Marshal(p)
	return string(text), err
}

func decodePlan(text string) (*plan, error) {
	var p plan
	err := json.Unmarshal([]byte(text), &p)
	return &p, err
}

// operators maps SQLite's operators to the plugin's.
var operators = map[sqlite3.IndexConstraintOp]string{
	sqlite3.INDEX_CONSTRAINT_EQ:   "=",
	sqlite3.INDEX_CONSTRAINT_NE:   "<>",
	sqlite3.INDEX_CONSTRAINT_GT:   ">",
	sqlite3.INDEX_CONSTRAINT_GE:   ">=",
	sqlite3.INDEX_CONSTRAINT_LT:   "<",
	sqlite3.INDEX_CONSTRAINT_LE:   "<=",
	sqlite3.INDEX_CONSTRAINT_GLOB: likeOperator,
	sqlite3.INDEX_CONSTRAINT_LIKE: ilikeOperator,
}

// Costs of a scan, in rows: of a call before its first row, of a whole table,
// and the part of it that an equality on a key column leaves, with a single
// value and with a list. Only their proportions matter. Calls go over a
// network, so a join should read a table once rather than make many calls.
//
// Lookups make no calls, but the table is read once for all lookups of a
// statement. Their share of that makes them dearer than a condition on a key
// column, which joins should prefer.
const (
	callCost   = 1_000
	lookupCost = 20_000
	tableRows  = 1_000_000
	ofValue    = 1. / 100
	ofList     = 1. / 10
)

// BestIndex plans a scan.
//
// The plugin applies every condition on a key column with an operator that it
// accepts and a collation that compares as it does. SQLite checks them all
// again (Omit stays false). The plugin applies LIMIT only if it applies every
// other condition and nothing is to be ordered; otherwise rows would be
// missing.
func (t *vtab) BestIndex(info *sqlite3.IndexInfo) error {
	p := plan{Columns: t.columnsUsed(info.ColumnsUsed)}
	if t.schema.Name != mainSchema {
		p.Schema = t.schema.Name
	}
	limit, offset := -1, -1
	all := len(info.OrderBy) == 0
	unusable := false
	var lookups []int // indexes of constraints

	for i, c := range info.Constraint {
		switch c.Op {
		case sqlite3.INDEX_CONSTRAINT_LIMIT:
			limit = i
			continue
		case sqlite3.INDEX_CONSTRAINT_OFFSET:
			offset = i
			continue
		}
		operator, known := operators[c.Op]
		if !known || c.Column < 0 || c.Column >= len(t.table.Columns) ||
			!t.table.Columns[c.Column].accepts(operator) || !t.comparesAsPlugin(info, i, c) || t.inRow(info, i, c) {
			all = false
			if hint, ok := t.hintOf(info, i, c); ok {
				p.Conditions = append(p.Conditions, hint)
				info.ConstraintUsage[i].ArgvIndex = len(p.Conditions)
			} else if t.looksUp(info, i, c, p.Columns) {
				lookups = append(lookups, i)
			}
			continue
		}
		if !c.Usable {
			all = false
			unusable = unusable || t.table.Columns[c.Column].Required
			continue
		}
		list := c.Op == sqlite3.INDEX_CONSTRAINT_EQ && info.In(i, -1) && info.In(i, 1)
		p.Conditions = append(p.Conditions, condition{
			Column: c.Column, Operator: operator, List: list,
			Outer:     c.Op == sqlite3.INDEX_CONSTRAINT_EQ && !list && !isConstant(info, i),
			Timestamp: info.Collation(i) == sqltimes.Collation,
		})
		info.ConstraintUsage[i].ArgvIndex = len(p.Conditions)
	}
	if unusable && t.missing(&p) != "" {
		return sqlite3.CONSTRAINT // another join order can satisfy it
	}
	if all && limit >= 0 && info.Constraint[limit].Usable && (offset < 0 || info.Constraint[offset].Usable) {
		p.Limit = true
		info.ConstraintUsage[limit].ArgvIndex = len(p.Conditions) + 1
		if offset >= 0 {
			p.Offset = true
			info.ConstraintUsage[offset].ArgvIndex = len(p.Conditions) + 2
		}
	}

	for _, i := range lookups {
		p.Lookups = append(p.Lookups, equality{info.Constraint[i].Column, info.Collation(i) == sqltimes.Collation})
		info.ConstraintUsage[i].ArgvIndex = len(p.Conditions) + len(p.Lookups)
	}
	info.EstimatedRows, info.EstimatedCost = p.estimate()
	var err error
	info.IdxNum = slices.Index(t.db.host.tables, t.table) // for Explain
	info.IdxStr, err = p.encode()
	return err
}

// estimate returns the number of rows of a scan, and its cost.
func (p *plan) estimate() (rows int64, cost float64) {
	n := float64(tableRows)
	call := len(p.Lookups) == 0
	for _, c := range p.Conditions {
		call = call || c.Outer
		switch {
		case c.Hint:
		case c.List && c.Operator == "=":
			n *= ofList
		case c.Operator == "=":
			n *= ofValue
		}
	}
	cost = callCost + max(n, 1)
	for range p.Lookups {
		n *= ofValue
	}
	if !call {
		cost = lookupCost + max(n, 1)
	}
	return int64(max(n, 1)), cost
}

// hintOf returns the condition of a constraint that is a hint for the plugin: an equality
// with a value or a list that is the same in every scan.
func (t *vtab) hintOf(info *sqlite3.IndexInfo, i int, c sqlite3.IndexConstraint) (condition, bool) {
	if c.Op != sqlite3.INDEX_CONSTRAINT_EQ || !c.Usable || c.Column < 0 || c.Column >= len(t.table.Columns) ||
		!t.table.Columns[c.Column].Hint || !t.comparesAsPlugin(info, i, c) || t.inRow(info, i, c) {
		return condition{}, false
	}
	list := info.In(i, -1) && info.In(i, 1)
	return condition{Column: c.Column, Operator: operators[c.Op], List: list, Hint: true}, list || isConstant(info, i)
}

// comparesAsPlugin reports whether a condition compares values like the plugin: times
// as times, and other values as such.
func (t *vtab) comparesAsPlugin(info *sqlite3.IndexInfo, i int, c sqlite3.IndexConstraint) bool {
	return !c.Usable || info.Collation(i) == t.table.Columns[c.Column].Kind.collation()
}

// looksUp reports whether a constraint can be looked up in rows already read:
// an equality with a value that is not constant, so that there may be several
// lookups.
func (t *vtab) looksUp(info *sqlite3.IndexInfo, i int, c sqlite3.IndexConstraint, used []int) bool {
	if c.Op != sqlite3.INDEX_CONSTRAINT_EQ || !c.Usable || !slices.Contains(used, c.Column) || t.inRow(info, i, c) {
		return false
	}
	if collation := info.Collation(i); collation != "BINARY" && collation != sqltimes.Collation {
		return false
	}
	return indexable(t.table.Columns[c.Column].Kind) && !info.In(i, -1) && !isConstant(info, i)
}

// inRow reports whether an equality may be that of a part of a row with a subquery. If
// a table makes use of it, SQLite compares the part with the affinity of the table's
// column instead of that of both sides.
func (t *vtab) inRow(info *sqlite3.IndexInfo, i int, c sqlite3.IndexConstraint) bool {
	column := &t.table.Columns[c.Column]
	return c.Op == sqlite3.INDEX_CONSTRAINT_EQ && c.Usable && !column.Required &&
		slices.ContainsFunc(t.db.statement.inRows, func(name string) bool { return strings.EqualFold(name, column.Name) }) &&
		!info.In(i, -1) && !isConstant(info, i)
}

// isConstant reports whether the value of a constraint is known when planning.
func isConstant(info *sqlite3.IndexInfo, i int) bool {
	_, err := info.RHSValue(i)
	return err == nil
}

// missing returns the first required column without a condition, or "".
func (t *vtab) missing(p *plan) string {
	for i, c := range t.table.Columns {
		if !c.Required {
			continue
		}
		found := false
		for _, condition := range p.Conditions {
			found = found || condition.Column == i
		}
		if !found {
			return c.Name
		}
	}
	return ""
}

// columnsUsed returns the indexes of the columns in SQLite's mask. Its last bit
// stands for all columns from the 64th on.
func (t *vtab) columnsUsed(mask uint64) []int {
	used := []int{}
	for i := range t.table.Columns {
		if mask&(1<<min(i, 63)) != 0 {
			used = append(used, i)
		}
	}
	return used
}
