package awssim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// filter is a filter of a request. A member passes if it is any of the values.
type filter struct {
	Key    string
	Values []string
	Type   string // how to compare
}

// Comparison types.
const (
	typeEqual       = "EQUAL"
	typeNotEqual    = "NOT_EQUAL"
	typeBeginWith   = "BEGIN_WITH"
	typeLessThan    = "LESS_THAN"
	typeGreaterThan = "GREATER_THAN"
)

// filterModel is the service model of an operation's filters.
type filterModel struct {
	list, key, value string   // the names of the list and of a filter's members
	single           bool     // whether a filter has one value, as a text
	maxFilters       int      // 0 for no bound
	maxValues        int      // of a filter, unless single
	keys             []string // nil if the model does not enumerate them
	types            []string // nil if a filter has no Type
}

// parse decodes the filters of a request and checks them against the model.
func (m filterModel) parse(v *validation, body object) ([]filter, *apiError) {
	var raw []object
	if err := body.member(m.list, &raw); err != nil {
		return nil, err
	}
	list := strings.ToLower(m.list[:1]) + m.list[1:]
	if raw != nil && (m.single || m.maxFilters > 0) {
		v.size(raw, len(raw), list, m.maxFilters)
	}
	var filters []filter
	for i, o := range raw {
		f, err := m.parseOne(v, fmt.Sprintf("%s.%d.member.", list, i+1), o)
		if err != nil {
			return nil, err
		}
		filters = append(filters, f)
	}
	return filters, nil
}

func (m filterModel) parseOne(v *validation, at string, o object) (filter, *apiError) {
	f := filter{Type: typeEqual}
	var key, value, comparison *string
	values := field{m.value, &f.Values}
	if m.single {
		values = field{m.value, &value}
	}
	if err := o.members(field{m.key, &key}, values, field{"Type", &comparison}); err != nil {
		return f, err
	}
	if m.keys != nil {
		f.Key = v.oneOf(key, at+"key", m.keys)
	} else {
		f.Key = v.notEmpty(key, at+"key")
	}
	valueMember := at + strings.ToLower(m.value[:1]) + m.value[1:]
	switch {
	case m.single:
		f.Values = []string{v.notEmpty(value, valueMember)}
	case f.Values == nil:
		v.violate(nil, valueMember, "Member must not be null")
	default:
		v.size(f.Values, len(f.Values), valueMember, m.maxValues)
	}
	if m.types != nil && (m.single || comparison != nil) {
		f.Type = v.oneOf(comparison, at+"type", m.types)
	}
	return f, nil
}

// oneOf checks a required string against an enumeration, and returns it.
func (v *validation) oneOf(value *string, member string, set []string) string {
	if value == nil {
		v.violate(nil, member, "Member must not be null")
		return ""
	}
	if !slices.Contains(set, *value) {
		v.violate(*value, member, "Member must satisfy enum value set: ["+strings.Join(set, ", ")+"]")
	}
	return *value
}

// notEmpty checks a required, non-empty string, and returns it.
func (v *validation) notEmpty(value *string, member string) string {
	if value == nil {
		v.violate(nil, member, "Member must not be null")
		return ""
	}
	if *value == "" {
		v.violate(*value, member, "Member must have length greater than or equal to 1")
	}
	return *value
}

// size checks the length of a list against 1 and most, 0 for no bound.
func (v *validation) size(list any, length int, member string, most int) {
	switch {
	case length == 0:
		v.violate(list, member, "Member must have length greater than or equal to 1")
	case most > 0 && length > most:
		v.violate(list, member, fmt.Sprintf("Member must have length less than or equal to %d", most))
	}
}

// date parses the value as a date.
func (f filter) date() (time.Time, *apiError) {
	at, err := time.Parse(time.RFC3339, f.Values[0])
	if err != nil {
		return at, invalid(fmt.Sprintf("The value '%s' of filter %s is not a date of the form 2018-04-10T19:15:38.372Z",
			f.Values[0], f.Key))
	}
	return at, nil
}

// matches reports whether a value passes the filter.
func (f filter) matches(value string) bool {
	switch f.Type {
	case typeNotEqual:
		return !slices.Contains(f.Values, value)
	case typeBeginWith:
		return slices.ContainsFunc(f.Values, func(prefix string) bool { return strings.HasPrefix(value, prefix) })
	default:
		return slices.Contains(f.Values, value)
	}
}

// is reports whether an optional member passes the filter.
func (f filter) is(member *string) bool { return member != nil && f.matches(*member) }
