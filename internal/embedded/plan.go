package embedded

import (
	"encoding/json"

	"github.com/ncruces/go-sqlite3"
)

// plan is what SQLite and the table have agreed on for a scan. It travels from
// BestIndex to Filter as text.
type plan struct {
	// Columns are the indexes of the columns that the statement reads.
	Columns []int `json:"columns"`
	// Conditions are applied by the plugin. The value of the i-th is the i-th
	// argument of Filter.
	Conditions []condition `json:"conditions,omitempty"`
	// Limit tells that the next argument of Filter bounds the number of rows,
	// and Offset that the one after it is how many of them SQLite will skip.
	Limit  bool `json:"limit,omitempty"`
	Offset bool `json:"offset,omitempty"`
}

// condition is a condition on a key column.
type condition struct {
	Column   int    `json:"column"`
	Operator string `json:"operator"`
	// List tells that the value is a list, and the operator holds for any of it.
	List bool `json:"list,omitempty"`
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

// operators are SQLite's operators that mean the same to the plugin.
var operators = map[sqlite3.IndexConstraintOp]string{
	sqlite3.INDEX_CONSTRAINT_EQ: "=",
	sqlite3.INDEX_CONSTRAINT_NE: "<>",
	sqlite3.INDEX_CONSTRAINT_GT: ">",
	sqlite3.INDEX_CONSTRAINT_GE: ">=",
	sqlite3.INDEX_CONSTRAINT_LT: "<",
	sqlite3.INDEX_CONSTRAINT_LE: "<=",
}

// Costs of a scan, in rows: what a call of the plugin costs before its first
// row, how many rows a table has, and which part of them an equality on a key
// column leaves, with one value and with a list. Only their proportion matters.
// A call goes over a network, so that a join reads a table once where the
// alternative is many calls.
const (
	callCost  = 1_000
	tableRows = 1_000_000
	ofValue   = 1. / 100
	ofList    = 1. / 10
)

// BestIndex plans a scan.
//
// The plugin is given every condition on a key column that it accepts and that
// compares bytes as it does. SQLite checks all of them again (Omit stays
// false). The plugin is given the LIMIT only where it applies every other
// condition and nothing is to be ordered: otherwise it would end too early.
func (t *vtab) BestIndex(info *sqlite3.IndexInfo) error {
	p := plan{Columns: t.columnsUsed(info.ColumnsUsed)}
	rows := float64(tableRows)
	limit, offset := -1, -1
	all := len(info.OrderBy) == 0
	unusable := false

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
		if !known || c.Column < 0 || c.Column >= len(t.table.Columns) || !t.table.Columns[c.Column].accepts(operator) || !t.comparesAsPlugin(info, i, c) {
			all = false
			continue
		}
		if !c.Usable {
			all = false
			unusable = unusable || t.table.Columns[c.Column].Required
			continue
		}
		list := c.Op == sqlite3.INDEX_CONSTRAINT_EQ && info.In(i, -1) && info.In(i, 1)
		p.Conditions = append(p.Conditions, condition{Column: c.Column, Operator: operator, List: list})
		info.ConstraintUsage[i].ArgvIndex = len(p.Conditions)
		if c.Op == sqlite3.INDEX_CONSTRAINT_EQ {
			if list {
				rows *= ofList
			} else {
				rows *= ofValue
			}
		}
	}
	if unusable && t.missing(&p) != "" {
		return sqlite3.CONSTRAINT // another order of the join can do it
	}
	if all && limit >= 0 && info.Constraint[limit].Usable && (offset < 0 || info.Constraint[offset].Usable) {
		p.Limit = true
		info.ConstraintUsage[limit].ArgvIndex = len(p.Conditions) + 1
		if offset >= 0 {
			p.Offset = true
			info.ConstraintUsage[offset].ArgvIndex = len(p.Conditions) + 2
		}
	}

	rows = max(rows, 1)
	info.EstimatedRows = int64(rows)
	info.EstimatedCost = callCost + rows
	var err error
	info.IdxStr, err = p.encode()
	return err
}

// comparesAsPlugin tells whether a condition compares values as the plugin does.
func (t *vtab) comparesAsPlugin(info *sqlite3.IndexInfo, i int, c sqlite3.IndexConstraint) bool {
	if !c.Usable {
		return true
	}
	switch info.Collation(i) {
	case "BINARY":
		return true
	case timestampCollation:
		return t.table.Columns[c.Column].Kind == Timestamp
	}
	return false
}

// missing returns the first column that needs a condition and has none.
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

// columnsUsed returns the indexes of the columns in SQLite's mask, whose last
// bit stands for all columns from the 64th on.
func (t *vtab) columnsUsed(mask uint64) []int {
	used := []int{}
	for i := range t.table.Columns {
		if mask&(1<<min(i, 63)) != 0 {
			used = append(used, i)
		}
	}
	return used
}
