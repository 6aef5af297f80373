package ssmassoc

import (
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// timeMargin is by how much the times of a query are widened on each side.
// Steampipe's foreign data wrapper converts a date, and a timestamp without a
// zone, as if it were in UTC, whatever the zone in which PostgreSQL then compares.
const timeMargin = 24 * time.Hour

// believable reports whether a timestamp is taken for what it is. The wrapper sends
// the year 2000 for a value that is not known yet, and some time from 1708 to 2292
// for any that is farther from the year 2000 than that, infinity included. Nothing
// is lost by leaving other times to PostgreSQL: AWS keeps no executions for years,
// and none lies in the future.
func believable(t time.Time) bool {
	now := time.Now()
	return t.After(now.AddDate(-5, 0, 0)) && t.Before(now.Add(timeMargin))
}

// timeRange holds the times that may meet a query's conditions on a timestamp
// column, and some more: the host compares again. A nil end is open.
type timeRange struct{ from, to *time.Time }

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
