package awssim

import (
	"fmt"
	"slices"
	"strings"
	"time"
)

// valueFilter is a filter with a single value.
type valueFilter struct {
	Key, Value string
	Type       string // how to compare, "" if the operation has no types
}

// Comparison types.
const (
	typeEqual       = "EQUAL"
	typeLessThan    = "LESS_THAN"
	typeGreaterThan = "GREATER_THAN"
)

// valueFilterModel is the service model of an operation's filters.
type valueFilterModel struct {
	list, key, value string // the names of the list and of a filter's members
	typed            bool   // whether a filter has a Type
	keys             []string
}

// parse decodes the filters of a request and checks them against the model.
func (m valueFilterModel) parse(v *validation, body object) ([]valueFilter, *apiError) {
	var raw []object
	if err := body.member(m.list, &raw); err != nil {
		return nil, err
	}
	list := strings.ToLower(m.list[:1]) + m.list[1:]
	if raw != nil && len(raw) == 0 {
		v.violate(raw, list, "Member must have length greater than or equal to 1")
	}
	filters := make([]valueFilter, len(raw))
	for i, o := range raw {
		f, err := m.parseOne(v, fmt.Sprintf("%s.%d.member.", list, i+1), o)
		if err != nil {
			return nil, err
		}
		filters[i] = f
	}
	return filters, nil
}

func (m valueFilterModel) parseOne(v *validation, at string, o object) (valueFilter, *apiError) {
	var f valueFilter
	var key, value, comparison *string
	if err := o.member(m.key, &key); err != nil {
		return f, err
	}
	if err := o.member(m.value, &value); err != nil {
		return f, err
	}
	f.Key = v.oneOf(key, at+"key", m.keys)
	f.Value = v.notEmpty(value, at+"value")
	if !m.typed {
		return f, nil
	}
	if err := o.member("Type", &comparison); err != nil {
		return f, err
	}
	f.Type = v.oneOf(comparison, at+"type", []string{typeEqual, typeLessThan, typeGreaterThan})
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

// date parses the value as a date.
func (f valueFilter) date() (time.Time, *apiError) {
	at, err := time.Parse(time.RFC3339, f.Value)
	if err != nil {
		return at, invalid(fmt.Sprintf("The value '%s' of filter %s is not a date of the form 2018-04-10T19:15:38.372Z",
			f.Value, f.Key))
	}
	return at, nil
}

// is reports whether an optional member equals the filter's value.
func (f valueFilter) is(member *string) bool { return member != nil && *member == f.Value }
