package engine

import (
	"fmt"
	"slices"
	"strings"
)

// Filter is a condition that AWS is asked to apply.
type Filter struct {
	Key      string
	Operator string // of AWS: EQUAL, LESS_THAN or GREATER_THAN
	Values   []string
	// parameter is set where the key is a parameter of the operation, which AWS does not
	// refuse as it may refuse a filter.
	parameter bool
}

// Parameter returns the filter that stands for a parameter of the operation.
func Parameter(key, value string) Filter {
	return Filter{Key: key, Operator: "EQUAL", Values: []string{value}, parameter: true}
}

// filterKey returns a text that identifies filters, "" for none. It leaves out
// parameters: the parent of the read stands for them.
func filterKey(filters []Filter) string {
	var key strings.Builder
	for _, f := range filters {
		if f.parameter {
			continue
		}
		fmt.Fprintf(&key, "%s %s %q\n", f.Key, f.Operator, f.Values)
	}
	return key.String()
}

// Selection is the part of a read's items that a query asks for. The zero value
// selects all of them.
type Selection[Item any] struct {
	// Filters are for AWS to apply. It may not, and the cache may answer with a
	// read that was made without them.
	Filters []Filter
	// Inexact is set when the filters let through more items than meets does: a
	// page as long as the query's LIMIT may then be too short.
	Inexact bool
	// Meets reports whether an item is selected. Nil selects all.
	Meets func(*Item) bool
}

// Selects reports whether an item is selected.
func (s Selection[Item]) Selects(item *Item) bool { return s.Meets == nil || s.Meets(item) }

// Filtered reports whether the selection has filters that AWS may refuse.
func (s Selection[Item]) Filtered() bool { return anyRefusable(s.Filters) }

// anyRefusable reports whether there are filters other than parameters.
func anyRefusable(filters []Filter) bool {
	return slices.ContainsFunc(filters, func(f Filter) bool { return !f.parameter })
}

// Unfiltered returns the selection without the filters that AWS may refuse.
func (s Selection[Item]) Unfiltered() Selection[Item] {
	s = s.without(func(f Filter) bool { return !f.parameter })
	s.Inexact = true
	return s
}

// without returns the selection without the filters that drop reports.
func (s Selection[Item]) without(drop func(Filter) bool) Selection[Item] {
	kept := slices.DeleteFunc(slices.Clone(s.Filters), drop)
	s.Inexact = s.Inexact || len(kept) < len(s.Filters)
	s.Filters = kept
	return s
}

// And narrows a selection by a further condition and by filters that let through all
// items that meet it.
func (s Selection[Item]) And(filters []Filter, meets func(*Item) bool) Selection[Item] {
	before := s
	s.Filters = slices.Concat(before.Filters, filters)
	s.Meets = func(item *Item) bool { return before.Selects(item) && meets(item) }
	return s
}
