package ssmassoc

import (
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

// unresolvedValue stands in a condition for a value that PostgreSQL computes
// while it runs the query, as in instance_id = (select ...). Steampipe's
// foreign data wrapper passes the placeholder on as if it were the value.
const unresolvedValue = "?"

// normalize puts the conditions of a request in the one form that the SDK takes
// exactly: at most one equality a column, with one value or with a list of
// several distinct ones.
//
// Left as they are, the SDK lists a value that stands twice in an IN list
// twice, and reads too much where a column has several equalities, which a
// LIMIT then turns into too few rows. NULL is equal to nothing.
//
// Conditions with an unresolved value are left out, and their columns returned:
// PostgreSQL applies such a condition itself, to all rows, so that the plugin
// must not stop at a LIMIT.
func normalize(quals map[string]*proto.Quals) (res map[string]*proto.Quals, unresolved []string) {
	res = make(map[string]*proto.Quals, len(quals))
	for column, q := range quals {
		var kept []*proto.Qual
		var equal *equality
		for _, qual := range q.GetQuals() {
			if qual.GetStringValue() != "=" {
				kept = append(kept, qual)
				continue
			}
			values, ok := equalityValues(qual.GetValue())
			if !ok {
				unresolved = append(unresolved, column)
				continue
			}
			if equal == nil {
				equal = &equality{field: qual.FieldName, values: values}
			} else {
				equal.intersect(values)
			}
		}
		if equal != nil {
			kept = append(kept, equal.qual())
		}
		if len(kept) > 0 {
			res[column] = &proto.Quals{Quals: kept}
		}
	}
	return res, unresolved
}

// equality is the set of values that a column may have.
type equality struct {
	field  string
	values []*proto.QualValue
}

// equalityValues returns the distinct values that an equality admits, without
// NULL, and false where one of them is not known yet.
func equalityValues(value *proto.QualValue) ([]*proto.QualValue, bool) {
	values := []*proto.QualValue{value}
	if list := value.GetListValue(); list != nil {
		values = list.Values
	}
	seen := map[any]bool{}
	var distinct []*proto.QualValue
	for _, v := range values {
		key := qualKey(v)
		if key == unresolvedValue {
			return nil, false
		}
		if key != nil && !seen[key] {
			seen[key] = true
			distinct = append(distinct, v)
		}
	}
	return distinct, true
}

// intersect keeps the values that are among the given ones.
func (e *equality) intersect(values []*proto.QualValue) {
	among := map[any]bool{}
	for _, v := range values {
		among[qualKey(v)] = true
	}
	var both []*proto.QualValue
	for _, v := range e.values {
		if among[qualKey(v)] {
			both = append(both, v)
		}
	}
	e.values = both
}

// qual returns the equality as a condition: of one value, or of a list (an
// empty one where no value is left, for which the SDK lists nothing).
func (e *equality) qual() *proto.Qual {
	value := &proto.QualValue{Value: &proto.QualValue_ListValue{ListValue: &proto.QualValueList{Values: e.values}}}
	if len(e.values) == 1 {
		value = e.values[0]
	}
	return &proto.Qual{
		FieldName: e.field,
		Operator:  &proto.Qual_StringValue{StringValue: "="},
		Value:     value,
	}
}

// qualKey returns a comparable form of a value, or nil for NULL and for values
// of kinds that no key column has.
func qualKey(v *proto.QualValue) any {
	switch x := v.GetValue().(type) {
	case nil:
		return nil
	case *proto.QualValue_TimestampValue:
		return x.TimestampValue.AsTime().UnixNano()
	case *proto.QualValue_StringValue, *proto.QualValue_Int64Value, *proto.QualValue_DoubleValue, *proto.QualValue_BoolValue:
		return grpc.GetQualValue(v)
	default:
		return v.String()
	}
}

// equalTo returns the values that a scan asks a key column to be equal to, and
// false where it does not ask.
func (sc *scan) equalTo(column string) ([]string, bool) {
	quals := sc.quals[column]
	if quals == nil || !quals.SingleEqualsQual() {
		return nil, false
	}
	value := quals.Quals[0].Value
	values := []*proto.QualValue{value}
	if list := value.GetListValue(); list != nil {
		values = list.Values
	}
	res := make([]string, len(values))
	for i, v := range values {
		res[i] = v.GetStringValue()
	}
	return res, true
}
