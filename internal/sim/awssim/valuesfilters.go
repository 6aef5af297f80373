package awssim

import (
	"fmt"
	"slices"
	"strings"
)

// valuesFilter is a filter with several values, any of which may match.
type valuesFilter struct {
	Key    string
	Values []string
	Type   string // how to compare, typeEqual by default
}

// Comparison types of compliance only.
const (
	typeNotEqual  = "NOT_EQUAL"
	typeBeginWith = "BEGIN_WITH"
)

// valuesFilterModel is the service model of an operation's filters.
type valuesFilterModel struct {
	mostFilters int      // 0 for no bound
	mostValues  int      // per filter
	keys        []string // nil if the model does not enumerate them
	types       []string // nil if a filter has no Type
}

// parse decodes the filters of a request and checks them against the model.
func (m valuesFilterModel) parse(v *validation, body object) ([]valuesFilter, *apiError) {
	var raw []object
	if err := body.member("Filters", &raw); err != nil {
		return nil, err
	}
	if m.mostFilters > 0 && raw != nil {
		v.size(raw, len(raw), "filters", m.mostFilters)
	}
	filters := make([]valuesFilter, len(raw))
	for i, o := range raw {
		f, err := m.parseOne(v, fmt.Sprintf("filters.%d.member.", i+1), o)
		if err != nil {
			return nil, err
		}
		filters[i] = f
	}
	return filters, nil
}

func (m valuesFilterModel) parseOne(v *validation, at string, o object) (valuesFilter, *apiError) {
	f := valuesFilter{Type: typeEqual}
	var key, comparison *string
	if err := o.members(field{"Key", &key}, field{"Values", &f.Values}, field{"Type", &comparison}); err != nil {
		return f, err
	}
	if m.keys != nil {
		f.Key = v.oneOf(key, at+"key", m.keys)
	} else {
		f.Key = v.notEmpty(key, at+"key")
	}
	if f.Values == nil {
		v.violate(nil, at+"values", "Member must not be null")
	} else {
		v.size(f.Values, len(f.Values), at+"values", m.mostValues)
	}
	if m.types != nil && comparison != nil {
		f.Type = v.oneOf(comparison, at+"type", m.types)
	}
	return f, nil
}

// size checks the length of a list against 1 and most.
func (v *validation) size(list any, length int, member string, most int) {
	switch {
	case length == 0:
		v.violate(list, member, "Member must have length greater than or equal to 1")
	case length > most:
		v.violate(list, member, fmt.Sprintf("Member must have length less than or equal to %d", most))
	}
}

// matches reports whether a value passes the filter.
func (f valuesFilter) matches(value string) bool {
	switch f.Type {
	case typeNotEqual:
		return !slices.Contains(f.Values, value)
	case typeBeginWith:
		return slices.ContainsFunc(f.Values, func(prefix string) bool { return strings.HasPrefix(value, prefix) })
	default:
		return slices.Contains(f.Values, value)
	}
}
