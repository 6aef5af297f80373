package ssmassoc

import (
	"fmt"
	"regexp"
	"slices"
	"strings"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// keyColumn is an optional key column of a table: one by whose value AWS can be
// asked, so that a condition on it makes for fewer or shorter answers.
type keyColumn[Item any] struct {
	name string
	// value returns the column's value of a row.
	value func(*Item) *string
	// filter is the key of AWS's filter for the column. "" where the column is
	// a parameter of the operation instead.
	filter string
	// takes reports whether AWS's filter takes a value. Nil where it takes any.
	takes func(string) bool
	// many is the greatest number of values that the filter takes, where it
	// takes more than one.
	many int
}

// keyColumns are the optional key columns of a table.
type keyColumns[Item any] []keyColumn[Item]

// declare declares the columns to the SDK.
func (columns keyColumns[Item]) declare() plugin.KeyColumnSlice {
	declared := make(plugin.KeyColumnSlice, len(columns))
	for i, c := range columns {
		declared[i] = &plugin.KeyColumn{Name: c.name, Operators: []string{"="}, Require: plugin.Optional}
	}
	return declared
}

// oneOf returns a function that reports whether a value belongs to an
// enumeration.
func oneOf[T ~string](values []T) func(string) bool {
	return func(value string) bool { return slices.Contains(values, T(value)) }
}

// member returns the value of a member of an enumeration, nil where AWS left it
// out.
func member[T ~string](value T) *string {
	if value == "" {
		return nil
	}
	s := string(value)
	return &s
}

// isUUID reports whether a value has the form of the ids that AWS gives
// associations and executions.
func isUUID(value string) bool { return uuid.MatchString(value) }

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// filter is a condition that AWS applies.
type filter struct {
	key      string
	operator string // of AWS: EQUAL, LESS_THAN or GREATER_THAN
	values   []string
}

// filterKey returns a text that is the same for the same filters: "" for none.
func filterKey(filters []filter) string {
	var key strings.Builder
	for _, f := range filters {
		fmt.Fprintf(&key, "%s %s %q\n", f.key, f.operator, f.values)
	}
	return key.String()
}

// selection is the part of a read's items that a query asks for. The zero value
// is all of them.
type selection[Item any] struct {
	// filters are what AWS is asked to apply. It may apply none of them, and
	// what it returns with them may come from a read that was made without.
	filters []filter
	// inexact is set when AWS's filters let through more than the query asks
	// for: as many items as the query needs are then too few.
	inexact bool
	// meets reports whether an item is selected. Nil for all.
	meets func(*Item) bool
}

// selects reports whether an item is selected.
func (s selection[Item]) selects(item *Item) bool { return s.meets == nil || s.meets(item) }

// unfiltered returns the same selection, without AWS's help.
func (s selection[Item]) unfiltered() selection[Item] {
	return selection[Item]{inexact: true, meets: s.meets}
}

// and narrows a selection by a further condition, and the filters that let
// through what meets it.
func (s selection[Item]) and(filters []filter, meets func(*Item) bool) selection[Item] {
	before := s
	s.filters = slices.Concat(before.filters, filters)
	s.meets = func(item *Item) bool { return before.selects(item) && meets(item) }
	return s
}

// selection returns what a query's conditions on the columns select.
func (columns keyColumns[Item]) selection(sc *scan) selection[Item] {
	type equality struct {
		value func(*Item) *string
		among map[string]bool
	}
	var s selection[Item]
	var equalities []equality
	for _, c := range columns {
		values, given := sc.conditions.equalTo(c.name)
		if !given {
			continue
		}
		among := make(map[string]bool, len(values))
		for _, v := range values {
			among[v] = true
		}
		equalities = append(equalities, equality{c.value, among})
		switch {
		case c.filter == "": // a parameter of the operation
		case c.filters(values):
			s.filters = append(s.filters, filter{c.filter, "EQUAL", values})
		default:
			s.inexact = true
		}
	}
	if len(equalities) > 0 {
		s.meets = func(item *Item) bool {
			return !slices.ContainsFunc(equalities, func(e equality) bool {
				value := e.value(item)
				return value == nil || !e.among[*value]
			})
		}
	}
	return s
}

// filters reports whether AWS's filter takes all of the values.
func (c keyColumn[Item]) filters(values []string) bool {
	return len(values) > 0 && len(values) <= max(1, c.many) &&
		!slices.ContainsFunc(values, func(v string) bool { return v == "" || c.takes != nil && !c.takes(v) })
}
