package ssmassoc

import (
	"fmt"
	"slices"
	"strings"
)

// filter is a condition that AWS is asked to apply.
type filter struct {
	key      string
	operator string // of AWS: EQUAL, LESS_THAN or GREATER_THAN
	values   []string
	// parameter is set where the key is a parameter of the operation, which AWS does not
	// refuse as it may refuse a filter.
	parameter bool
}

// parameter returns the filter that stands for a parameter of the operation.
func parameter(key, value string) filter {
	return filter{key: key, operator: "EQUAL", values: []string{value}, parameter: true}
}

// filterKey returns a text that identifies filters, "" for none. It leaves out
// parameters: the parent of the read stands for them.
func filterKey(filters []filter) string {
	var key strings.Builder
	for _, f := range filters {
		if f.parameter {
			continue
		}
		fmt.Fprintf(&key, "%s %s %q\n", f.key, f.operator, f.values)
	}
	return key.String()
}

// selection is the part of a read's items that a query asks for. The zero value
// selects all of them.
type selection[Item any] struct {
	// filters are for AWS to apply. It may not, and the cache may answer with a
	// read that was made without them.
	filters []filter
	// inexact is set when the filters let through more items than meets does: a
	// page as long as the query's LIMIT may then be too short.
	inexact bool
	// meets reports whether an item is selected. Nil selects all.
	meets func(*Item) bool
}

// selects reports whether an item is selected.
func (s selection[Item]) selects(item *Item) bool { return s.meets == nil || s.meets(item) }

// filtered reports whether the selection has filters that AWS may refuse.
func (s selection[Item]) filtered() bool { return anyRefusable(s.filters) }

// anyRefusable reports whether there are filters other than parameters.
func anyRefusable(filters []filter) bool {
	return slices.ContainsFunc(filters, func(f filter) bool { return !f.parameter })
}

// unfiltered returns the selection without the filters that AWS may refuse.
func (s selection[Item]) unfiltered() selection[Item] {
	s = s.without(func(f filter) bool { return !f.parameter })
	s.inexact = true
	return s
}

// without returns the selection without the filters that drop reports.
func (s selection[Item]) without(drop func(filter) bool) selection[Item] {
	kept := slices.DeleteFunc(slices.Clone(s.filters), drop)
	s.inexact = s.inexact || len(kept) < len(s.filters)
	s.filters = kept
	return s
}

// and narrows a selection by a further condition and by filters that let through all
// items that meet it.
func (s selection[Item]) and(filters []filter, meets func(*Item) bool) selection[Item] {
	before := s
	s.filters = slices.Concat(before.filters, filters)
	s.meets = func(item *Item) bool { return before.selects(item) && meets(item) }
	return s
}
