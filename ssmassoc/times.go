package ssmassoc

import (
	"slices"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// timeConditions are a query's conditions on a timestamp column.
type timeConditions []timeCondition

// timeCondition is met by timestamps that compare so with one of the times.
type timeCondition struct {
	operator string // of SQL
	times    []time.Time
}

func (sc *scan) timeConditions(column string) timeConditions {
	var conditions timeConditions
	add := func(operator string, values []*proto.QualValue) {
		c := timeCondition{operator: operator}
		for _, v := range values {
			// Of another type nothing equals, or compares with, a timestamp.
			if t := v.GetTimestampValue(); t != nil {
				c.times = append(c.times, t.AsTime())
			}
		}
		conditions = append(conditions, c)
	}
	if list, given := sc.lists[column]; given {
		add("=", list)
	}
	if quals := sc.quals[column]; quals != nil {
		for _, q := range quals.Quals {
			values := []*proto.QualValue{q.Value}
			if list := q.Value.GetListValue(); list != nil {
				values = list.Values
			}
			add(q.Operator, values)
		}
	}
	return conditions
}

// meets tells whether a timestamp, nil for null, meets all conditions.
func (conditions timeConditions) meets(t *time.Time) bool {
	for _, c := range conditions {
		if t == nil || !slices.ContainsFunc(c.times, func(other time.Time) bool { return compares(t.Compare(other), c.operator) }) {
			return false
		}
	}
	return true
}

// compares tells whether the result of a comparison is what an operator asks for.
func compares(order int, operator string) bool {
	switch operator {
	case "<":
		return order < 0
	case "<=":
		return order <= 0
	case ">":
		return order > 0
	case ">=":
		return order >= 0
	default:
		return order == 0
	}
}

// filters returns the conditions that AWS can apply, as its filters of the given
// key. AWS's times are whole milliseconds, those of a query are finer.
func (conditions timeConditions) filters(key string) (f filters) {
	add := func(operator string, t time.Time) {
		if year := t.UTC().Year(); year < 1 || year > 9999 {
			f.inexact = true // AWS takes years of four digits
			return
		}
		f.each = append(f.each, filter{key, operator, []string{t.UTC().Format(time.RFC3339Nano)}})
	}
	for _, c := range conditions {
		if len(c.times) != 1 {
			f.inexact = true
			continue
		}
		below := c.times[0].Truncate(time.Millisecond) // or the time itself
		above := below
		if below.Before(c.times[0]) {
			above = below.Add(time.Millisecond)
			f.inexact = true
		}
		switch c.operator {
		case ">":
			add("GREATER_THAN", below)
		case ">=":
			add("GREATER_THAN", above.Add(-time.Millisecond))
		case "<":
			add("LESS_THAN", above)
		case "<=":
			add("LESS_THAN", below.Add(time.Millisecond))
		default:
			if above.Equal(below) {
				add("EQUAL", below)
			}
		}
	}
	return f
}

// timeKeyColumn declares an optional key column for a timestamp.
func timeKeyColumn(name string) *plugin.KeyColumn {
	return &plugin.KeyColumn{Name: name, Operators: []string{"=", "<", "<=", ">", ">="}, Require: plugin.Optional}
}
