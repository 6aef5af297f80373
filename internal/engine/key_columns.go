package engine

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
	Name string
	// Value returns the column's value in an item.
	Value func(*Item) *string
	// Filter is the key of AWS's filter for the column, or "" where the column is a
	// parameter of the operation.
	Filter string
	// Takes reports whether AWS's filter accepts a value. Nil if it accepts any.
	Takes func(string) bool
	// Beyond is set where a read by the column's value may find items that a listing
	// lacks. A host then answers no such condition from a read without it.
	Beyond bool
	// Many is the greatest number of values that the filter accepts at once; 0
	// means 1.
	Many int
}

// KeyColumns are the optional key columns of a table.
type KeyColumns[Item any] []keyColumn[Item]

// Declare declares the columns to the SDK.
func (columns KeyColumns[Item]) Declare() plugin.KeyColumnSlice {
	declared := make(plugin.KeyColumnSlice, len(columns))
	for i, c := range columns {
		declared[i] = &plugin.KeyColumn{Name: c.Name, Operators: []string{"="}, Require: plugin.Optional}
		if c.Beyond {
			declared[i].CacheMatch = query_cache.CacheMatchExact
		}
	}
	return declared
}

// OneOf returns a function that reports whether an enumeration has a value.
func OneOf[T ~string](values []T) func(string) bool {
	return func(value string) bool { return slices.Contains(values, T(value)) }
}

// Spelled returns a function that reports whether a text is not one of the known values in
// another case. AWS's filter takes any text, and finds nothing for such a one without
// saying so; without the filter, the host hears of the value that may have been meant.
func Spelled(known ...string) func(string) bool {
	return func(value string) bool {
		return !slices.ContainsFunc(known, func(k string) bool { return k != value && strings.EqualFold(k, value) })
	}
}

// Member returns the value of a member that is an enumeration, or nil where AWS left
// it out.
func Member[T ~string](value T) *string {
	if value == "" {
		return nil
	}
	s := string(value)
	return &s
}

// IsUUID reports whether a value has the form of the IDs of associations and
// executions.
func IsUUID(value string) bool { return uuid.MatchString(value) }

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// Selection returns the selection by a query's conditions on the columns.
func (columns KeyColumns[Item]) Selection(sc *Scan) Selection[Item] {
	type equality struct {
		column string
		value  func(*Item) *string
		among  map[string]bool
	}
	var s Selection[Item]
	var equalities []equality
	for _, c := range columns {
		values, given := sc.Conditions.EqualTo(c.Name)
		if !given {
			continue
		}
		among := make(map[string]bool, len(values))
		for _, v := range values {
			among[v] = true
		}
		equalities = append(equalities, equality{c.Name, c.Value, among})
		switch {
		case c.Filter == "": // a parameter of the operation
		case c.filters(values):
			s.Filters = append(s.Filters, Filter{Key: c.Filter, Operator: "EQUAL", Values: values})
		default:
			s.Inexact = true
		}
	}
	if len(equalities) > 0 {
		s.Meets = func(item *Item) bool {
			return !slices.ContainsFunc(equalities, func(e equality) bool {
				value := e.value(item)
				if value == nil || e.among[*value] {
					return value == nil
				}
				if sc.LeftOut != nil {
					sc.LeftOut(e.column, *value)
				}
				return true
			})
		}
	}
	return s
}

// filters reports whether AWS's filter accepts all of the values at once.
func (c keyColumn[Item]) filters(values []string) bool {
	return len(values) > 0 && len(values) <= max(1, c.Many) &&
		!slices.ContainsFunc(values, func(v string) bool { return v == "" || c.Takes != nil && !c.Takes(v) })
}
