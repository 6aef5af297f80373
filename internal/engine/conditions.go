package engine

import (
	"slices"
	"unicode/utf8"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin/quals"
)

// Conditions are the conditions of one query that the plugin can apply. The host
// applies all others itself, to more rows than it needs.
//
// Steampipe's foreign data wrapper sends more shapes than a user would write
// (quals.go and helpers.go of turbot/steampipe-postgres-fdw):
//
//   - a list under any operator, since "<> any" and "<> all" arrive alike;
//   - an empty list, also within a list: for an array that PostgreSQL has not
//     computed yet, for = any('{}'), which is always false, and for = all('{}'),
//     which is always true;
//   - a list within a list, for x = 'a' or x in ('b', 'c');
//   - "?", or the zero of PostgreSQL's timestamps, for a value not yet computed,
//     and the result of an expression with that zero;
//   - no value at all, for NULL and for "is null".
//
// Only a shape with a single meaning is a condition.
type Conditions struct {
	columns map[string][]condition
	// Inexact is set when more rows meet the conditions than the query asks for.
	// Its LIMIT then does not apply to them.
	Inexact bool
	// Unresolved lists the columns with a condition whose value is not known yet.
	Unresolved []string
	// Impossible is set when no row can meet the conditions.
	Impossible bool
}

// condition compares a column with a value. An equality may have several
// alternatives; any other operator has one value.
type condition struct {
	operator string // of PostgreSQL, such as = or ~~
	values   []*proto.QualValue
}

// unresolvedValue stands in a condition for a value that PostgreSQL computes
// while it runs the query, as in instance_id = (select ...).
const unresolvedValue = "?"

// KeyOperators holds the operators that a table applies, by key column.
type KeyOperators map[string][]string

// originOperators apply to columns that have one value for all rows of a connection
// or of a region.
var originOperators = []string{
	quals.QualOperatorEqual, quals.QualOperatorNotEqual,
	quals.QualOperatorLike, quals.QualOperatorILike, quals.QualOperatorNotLike, quals.QualOperatorNotILike,
}

// KeyOperatorsOf returns the operators that a table applies to its own key columns
// and to the columns of origin.
func KeyOperatorsOf(t *plugin.Table) KeyOperators {
	operators := KeyOperators{
		RegionColumn:         originOperators,
		AccountColumn:        originOperators,
		ConnectionNameColumn: originOperators,
	}
	for _, column := range t.List.KeyColumns {
		operators[column.Name] = column.Operators
	}
	return operators
}

// ReadConditions returns the conditions that the plugin can apply among those of
// a query.
func ReadConditions(byColumn map[string]*proto.Quals, applied KeyOperators) Conditions {
	c := Conditions{columns: map[string][]condition{}}
	for column, all := range byColumn {
		for _, q := range all.GetQuals() {
			c.add(column, q, applied[column])
		}
		if c.onTimes(column) {
			c.Impossible = c.Impossible || c.TimeRange(column).empty()
		} else if values, limited := c.EqualTo(column); limited && len(values) == 0 {
			c.Impossible = true // equalities that exclude each other
		}
	}
	return c
}

func (c *Conditions) add(column string, q *proto.Qual, operators []string) {
	operator := q.GetStringValue()
	if !slices.Contains(operators, operator) {
		c.Inexact = true
		return
	}
	if q.Value == nil {
		c.Impossible = true // nothing compares with NULL
		return
	}
	values, known := flatten(q.Value)
	if hasLongList(q.Value.GetListValue().GetValues()) {
		c.Inexact = true
	}
	switch {
	case !known:
		c.Inexact = true
		c.Unresolved = append(c.Unresolved, column)
		return
	case operator != quals.QualOperatorEqual && len(values) > 1:
		c.Inexact = true // it may be for any or for all of them
		return
	case values[0].GetTimestampValue() != nil:
		c.Inexact = true // see timeConditions
	}
	c.columns[column] = append(c.columns[column], condition{operator, values})
}

// flatten returns the distinct values of a condition, texts or timestamps, including
// those of lists within lists and without NULL. It returns false if a value is not
// known yet, or if none is left.
func flatten(value *proto.QualValue) (values []*proto.QualValue, known bool) {
	seen := map[any]bool{}
	var add func(*proto.QualValue) bool
	add = func(v *proto.QualValue) bool {
		var key any
		switch v := v.GetValue().(type) {
		case *proto.QualValue_ListValue:
			if len(v.ListValue.Values) == 0 {
				return false
			}
			for _, inner := range v.ListValue.Values {
				if inner.GetValue() != nil && !add(inner) {
					return false
				}
			}
			return true
		case *proto.QualValue_StringValue:
			if v.StringValue == unresolvedValue {
				return false
			}
			key = v.StringValue
		case *proto.QualValue_TimestampValue:
			t := v.TimestampValue.AsTime()
			if !believable(t) {
				return false
			}
			key = t.UnixNano()
		default:
			return false
		}
		if !seen[key] {
			seen[key] = true
			values = append(values, v)
		}
		return true
	}
	return values, add(value) && len(values) > 0
}

// hasLongList reports whether a list within a list has several values. They may be
// the alternatives of an OR, or those of = all, which no value meets.
func hasLongList(values []*proto.QualValue) bool {
	return slices.ContainsFunc(values, func(v *proto.QualValue) bool {
		inner := v.GetListValue().GetValues()
		return len(inner) > 1 || hasLongList(inner)
	})
}

// EqualTo returns the values that the conditions allow for a text column, or false
// if they allow any.
func (c Conditions) EqualTo(column string) (values []string, limited bool) {
	for _, one := range c.columns[column] {
		if one.operator != quals.QualOperatorEqual {
			continue
		}
		var these []string
		for _, v := range one.values {
			s, ok := v.Value.(*proto.QualValue_StringValue)
			if ok && (!limited || slices.Contains(values, s.StringValue)) {
				these = append(these, s.StringValue)
			}
		}
		values, limited = these, true
	}
	return values, limited
}

// NonEmpty does the same without the empty text, which AWS accepts for no ID and no
// filter, and which nothing has for an ID.
func (c Conditions) NonEmpty(column string) (values []string, limited bool) {
	values, limited = c.EqualTo(column)
	return slices.DeleteFunc(slices.Clone(values), func(v string) bool { return v == "" }), limited
}

// onTimes reports whether the conditions on a column compare timestamps.
func (c Conditions) onTimes(column string) bool {
	return c.On(column) && c.columns[column][0].values[0].GetTimestampValue() != nil
}

// On reports whether there are any conditions on a column.
func (c Conditions) On(column string) bool { return len(c.columns[column]) > 0 }

// Allow reports whether a text value meets all conditions on a column.
func (c Conditions) Allow(column, value string) bool {
	return !slices.ContainsFunc(c.columns[column], func(one condition) bool { return !one.met(value) })
}

func (c condition) met(value string) bool {
	pattern := c.values[0].GetStringValue()
	switch c.operator {
	case quals.QualOperatorEqual:
		return slices.ContainsFunc(c.values, func(v *proto.QualValue) bool { return v.GetStringValue() == value })
	case quals.QualOperatorNotEqual:
		return pattern != value
	case quals.QualOperatorLike:
		return like(value, pattern, "")
	case quals.QualOperatorNotLike:
		return !like(value, pattern, "")
	case quals.QualOperatorILike:
		return like(value, pattern, "i")
	case quals.QualOperatorNotILike:
		return !like(value, pattern, "i")
	}
	return true
}

// TimeRange returns the range of times that the conditions on a column allow.
func (c Conditions) TimeRange(column string) timeRange {
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

// Prefix returns what all values begin with that meet the conditions on a text column, at
// most so many bytes of it. exact is set if every value that begins with it meets them.
func (c Conditions) Prefix(column string, most int) (prefix string, exact bool) {
	for _, one := range c.columns[column] {
		var p string
		all := false
		switch one.operator {
		case quals.QualOperatorEqual:
			p = commonPrefix(one.values)
		case quals.QualOperatorLike:
			p, all = prefixOf(one.values[0].GetStringValue())
		}
		if len(p) >= len(prefix) {
			prefix, exact = p, all && len(c.columns[column]) == 1
		}
	}
	if len(prefix) > most {
		prefix, exact = wholeRunes(prefix[:most]), false
	}
	return prefix, exact
}

// commonPrefix returns what all texts begin with.
func commonPrefix(values []*proto.QualValue) string {
	prefix := values[0].GetStringValue()
	for _, v := range values[1:] {
		text, n := v.GetStringValue(), 0
		for n < min(len(prefix), len(text)) && prefix[n] == text[n] {
			n++
		}
		prefix = wholeRunes(prefix[:n])
	}
	return prefix
}

// wholeRunes returns a text without the beginning of a character at its end.
func wholeRunes(s string) string {
	for s != "" && !utf8.ValidString(s) {
		s = s[:len(s)-1]
	}
	return s
}
