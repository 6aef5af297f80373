package engine

import (
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// timeMargin widens the times of a query on each side. Steampipe's foreign data
// wrapper converts dates and timestamps without a zone as if they were in UTC, while
// PostgreSQL compares them in the zone of the session.
const timeMargin = 24 * time.Hour

// believable reports whether a timestamp can be trusted. The wrapper sends the year
// 2000 for a value that is not known yet, and some time between 1708 and 2292 for one
// outside that range, infinity included. Leaving such times to PostgreSQL costs
// nothing: AWS does not keep executions for years, and none lies in the future.
func believable(t time.Time) bool {
	now := time.Now()
	return t.After(now.AddDate(-5, 0, 0)) && t.Before(now.Add(timeMargin))
}

// timeRange is a range of times that may meet a query's conditions on a timestamp
// column, and some that do not: the host compares again. A nil end is open.
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

// Holds reports whether a time, nil for null, is in the range.
func (r timeRange) Holds(t *time.Time) bool {
	if r.from == nil && r.to == nil {
		return true
	}
	return t != nil && (r.from == nil || !t.Before(*r.from)) && (r.to == nil || !t.After(*r.to))
}

// empty reports whether no time is in the range.
func (r timeRange) empty() bool { return r.from != nil && r.to != nil && r.from.After(*r.to) }

// Filters returns the range as AWS filters with the given key, in whole hours: a read
// for now() - interval '7 days' then serves the cache for the rest of the hour.
func (r timeRange) Filters(key string) []Filter {
	return r.FiltersBy(Filter{Key: key, Operator: "GREATER_THAN"}, Filter{Key: key, Operator: "LESS_THAN"})
}

// FiltersBy does the same where AWS has a filter for each end.
func (r timeRange) FiltersBy(after, before Filter) (all []Filter) {
	add := func(f Filter, hour time.Time) {
		f.Values = []string{hour.UTC().Format(time.RFC3339)}
		all = append(all, f)
	}
	if r.from != nil {
		add(after, r.from.Add(-time.Millisecond).Truncate(time.Hour))
	}
	if r.to != nil {
		add(before, r.to.Truncate(time.Hour).Add(time.Hour))
	}
	return all
}

// TimeKeyColumn declares an optional key column for a timestamp.
func TimeKeyColumn(name string) *plugin.KeyColumn {
	return &plugin.KeyColumn{Name: name, Operators: []string{"=", "<", "<=", ">", ">="}, Require: plugin.Optional}
}
