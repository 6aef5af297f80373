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
	// value is the column's value of a row.
	value func(*Item) *string
	// filter is the key of AWS's filter for the column. "" where the column is
	// a parameter of the operation instead.
	filter string
	// takes tells whether AWS's filter takes a value. Nil where it takes any.
	takes func(string) bool
	// many is the greatest number of values that the filter takes, where it
	// takes more than one.
	many int
}

// keyColumns are the optional key columns of a table.
type keyColumns[Item any] []keyColumn[Item]

// declare tells the SDK of the columns.
func (columns keyColumns[Item]) declare() plugin.KeyColumnSlice {
	declared := make(plugin.KeyColumnSlice, len(columns))
	for i, c := range columns {
		declared[i] = &plugin.KeyColumn{Name: c.name, Operators: []string{"="}, Require: plugin.Optional}
	}
	return declared
}

// meets returns the function that tells whether an item meets the query's
// conditions on the columns.
//
// The host has been told that the plugin applies them. AWS applies some of them,
// and compares in its own way.
func (columns keyColumns[Item]) meets(sc *scan) func(*Item) bool {
	type condition struct {
		value func(*Item) *string
		among []string
	}
	var conditions []condition
	for _, c := range columns {
		if values, given := sc.equalTo(c.name); given {
			conditions = append(conditions, condition{c.value, values})
		}
	}
	return func(item *Item) bool {
		for _, c := range conditions {
			if value := c.value(item); value == nil || !slices.Contains(c.among, *value) {
				return false
			}
		}
		return true
	}
}

// oneOf returns the function that tells whether a value is one of an
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

// isUUID tells whether a value has the form of the ids that AWS gives
// associations and executions.
func isUUID(value string) bool { return uuid.MatchString(value) }

var uuid = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// filter is a condition that AWS applies.
type filter struct {
	key      string
	operator string // of AWS: EQUAL, LESS_THAN or GREATER_THAN
	values   []string
}

// filters are what an operation is asked to leave out. The zero value is nothing.
type filters struct {
	each []filter
	// inexact tells that they let through more than the query asks for, so that
	// a page of as many items as the query needs would find too few.
	inexact bool
}

// filters returns the query's conditions on the columns that AWS can apply.
func (columns keyColumns[Item]) filters(sc *scan) (f filters) {
	for _, c := range columns {
		values, given := sc.equalTo(c.name)
		if c.filter == "" || !given {
			continue // not asked, or a parameter of the operation
		}
		applies := len(values) > 0 && len(values) <= max(1, c.many) &&
			!slices.ContainsFunc(values, func(v string) bool { return v == "" || c.takes != nil && !c.takes(v) })
		if !applies {
			f.inexact = true
			continue
		}
		f.each = append(f.each, filter{c.filter, "EQUAL", values})
	}
	return f
}

// and returns both filters together.
func (f filters) and(other filters) filters {
	return filters{slices.Concat(f.each, other.each), f.inexact || other.inexact}
}

// key returns a form of the filters that tells different ones apart: "" for
// nothing.
func (f filters) key() string {
	var key strings.Builder
	for _, one := range f.each {
		fmt.Fprintf(&key, "%s %s %q\n", one.key, one.operator, one.values)
	}
	return key.String()
}
