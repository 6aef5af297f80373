package ssmassoc

import (
	"fmt"
	"slices"
	"strings"
)

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
