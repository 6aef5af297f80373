package ssmassoc

import (
	"regexp"
	"slices"
	"strings"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
	"github.com/turbot/steampipe-plugin-sdk/v5/query_cache"
)

// keyColumn is an optional key column of a table: a column on which AWS can filter,
// so that a condition on it makes for fewer or shorter answers.
type keyColumn[Item any] struct {
	name string
	// value returns the column's value in an item.
	value func(*Item) *string
	// filter is the key of AWS's filter for the column, or "" where the column is a
	// parameter of the operation.
	filter string
	// takes reports whether AWS's filter accepts a value. Nil if it accepts any.
	takes func(string) bool
	// beyond is set where a read by the column's value may find items that a listing
	// lacks. A host then answers no such condition from a read without it.
	beyond bool
	// many is the greatest number of values that the filter accepts at once; 0
	// means 1.
	many int
}

// keyColumns are the optional key columns of a table.
type keyColumns[Item any] []keyColumn[Item]

// declare declares the columns to the SDK.
func (columns keyColumns[Item]) declare() plugin.KeyColumnSlice {
	declared := make(plugin.KeyColumnSlice, len(columns))
	for i, c := range columns {
		declared[i] = &plugin.KeyColumn{Name: c.name, Operators: []string{"="}, Require: plugin.Optional}
		if c.beyond {
			declared[i].CacheMatch = query_cache.CacheMatchExact
		}
	}
	return declared
}

// oneOf returns a function that reports whether an enumeration has a value.
func oneOf[T ~string](values []T) func(string) bool {
	return func(value string) bool { return slices.Contains(values, T(value)) }
}

// spelled returns a function that reports whether a text is not one of the known values in
// another case. AWS's filter takes any text, and finds nothing for such a one without
// saying so; without the filter, the host hears of the value that may have been meant.
func spelled(known ...string) func(string) bool {
	return func(value string) bool {
		return !slices.ContainsFunc(known, func(k string) bool { return k != value && strings.EqualFold(k, value) })
	}
}

// member returns the value of a member that is an enumeration, or nil where AWS left
// it out.
func member[T ~string](value T) *string {
	if value == "" {
		return nil
	}
	s := string(value)
	return &s
}

// isUUID reports whether a value has the form of the IDs of associations and
// executions.
func isUUID(value string) bool { return uuid.MatchString(value) }

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// selection returns the selection by a query's conditions on the columns.
func (columns keyColumns[Item]) selection(sc *scan) selection[Item] {
	type equality struct {
		column string
		value  func(*Item) *string
		among  map[string]bool
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
		equalities = append(equalities, equality{c.name, c.value, among})
		switch {
		case c.filter == "": // a parameter of the operation
		case c.filters(values):
			s.filters = append(s.filters, filter{key: c.filter, operator: "EQUAL", values: values})
		default:
			s.inexact = true
		}
	}
	if len(equalities) > 0 {
		s.meets = func(item *Item) bool {
			return !slices.ContainsFunc(equalities, func(e equality) bool {
				value := e.value(item)
				if value == nil || e.among[*value] {
					return value == nil
				}
				if sc.leftOut != nil {
					sc.leftOut(e.column, *value)
				}
				return true
			})
		}
	}
	return s
}

// filters reports whether AWS's filter accepts all of the values at once.
func (c keyColumn[Item]) filters(values []string) bool {
	return len(values) > 0 && len(values) <= max(1, c.many) &&
		!slices.ContainsFunc(values, func(v string) bool { return v == "" || c.takes != nil && !c.takes(v) })
}
