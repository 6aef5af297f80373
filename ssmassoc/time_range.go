package ssmassoc

import (
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// timeMargin is by how much the times of a query are widened on each side.
// Steampipe's foreign data wrapper converts a date, and a timestamp without a
// zone, as if it were in UTC, whatever the zone in which PostgreSQL then compares.
const timeMargin = 24 * time.Hour

// timeRange holds the times that may meet a query's conditions on a timestamp
// column, and some more: the host compares again. A nil end is open.
type timeRange struct{ from, to *time.Time }

// timeRange returns the range of the conditions on a column.
func (c conditions) timeRange(column string) timeRange {
	var r timeRange
	for _, one := range c.columns[column] {
		earliest, latest := one.values[0].GetTimestampValue().AsTime(), one.values[0].GetTimestampValue().AsTime()
		for _, v := range one.values[1:] {
			if t := v.GetTimestampValue().AsTime(); t.Before(earliest) {
				earliest = t
			} else if t.After(latest) {
				latest = t
			}
		}
		from, to := earliest.Add(-timeMargin), latest.Add(timeMargin)
		switch one.operator {
		case ">", ">=":
			r.after(from)
		case "<", "<=":
			r.before(to)
		default:
			r.after(from)
			r.before(to)
		}
	}
	return r
}

func (r *timeRange) after(from time.Time) {
	if r.from == nil || from.After(*r.from) {
		r.from = &from
	}
}

func (r *timeRange) before(to time.Time) {
	if r.to == nil || to.Before(*r.to) {
		r.to = &to
	}
}

// holds reports whether a time, nil for null, is in the range.
func (r timeRange) holds(t *time.Time) bool {
	if r.from == nil && r.to == nil {
		return true
	}
	return t != nil && (r.from == nil || !t.Before(*r.from)) && (r.to == nil || !t.After(*r.to))
}

// filters returns the range as AWS's filters of the given key, in whole hours: what
// was read for now() - interval '7 days' then serves for the rest of the hour.
func (r timeRange) filters(key string) (all []filter) {
	add := func(operator string, hour time.Time) {
		all = append(all, filter{key, operator, []string{hour.UTC().Format(time.RFC3339)}})
	}
	if r.from != nil {
		add("GREATER_THAN", r.from.Add(-time.Millisecond).Truncate(time.Hour))
	}
	if r.to != nil {
		add("LESS_THAN", r.to.Truncate(time.Hour).Add(time.Hour))
	}
	return all
}

// timeKeyColumn declares an optional key column for a timestamp.
func timeKeyColumn(name string) *plugin.KeyColumn {
	return &plugin.KeyColumn{Name: name, Operators: []string{"=", "<", "<=", ">", ">="}, Require: plugin.Optional}
}
