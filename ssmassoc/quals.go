package ssmassoc

import (
	"slices"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

// unresolvedValue stands in a condition for a value that PostgreSQL computes
// while it runs the query, as in instance_id = (select ...). Steampipe's
// foreign data wrapper passes the placeholder on as if it were the value.
const unresolvedValue = "?"

// isUnresolvedTime tells whether a timestamp may stand for a value that is not
// known yet, for which Steampipe's foreign data wrapper passes the zero of
// PostgreSQL's timestamps, or for one that the wrapper could not convert, such as
// infinity, which it wraps into a distant past. AWS Systems Manager has no dates
// that old, so nothing is lost by leaving the condition to PostgreSQL.
func isUnresolvedTime(v *proto.QualValue) bool {
	t := v.GetTimestampValue()
	return t != nil && !t.AsTime().After(time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC))
}

// normalize puts the conditions of a request in the one form that the SDK takes
// exactly: at most one equality a column, with one value or with a list of
// several distinct ones.
//
// Left as they are, the SDK lists a value that stands twice in an IN list
// twice, and reads too much where a column has several equalities, which a
// LIMIT then turns into too few rows. NULL is equal to nothing: where nothing is
// left for a column to be equal to, there are no rows, and that is the only
// condition that is returned.
//
// Conditions whose value is not known yet are left out, and their columns
// returned: PostgreSQL applies such a condition itself, to all rows, so that the
// plugin must not stop at a LIMIT.
func normalize(quals map[string]*proto.Quals) (res map[string]*proto.Quals, unresolved []string) {
	res = make(map[string]*proto.Quals, len(quals))
	for column, q := range quals {
		var kept []*proto.Qual
		var equal *equality
		for _, qual := range q.GetQuals() {
			isEquality := qual.GetStringValue() == "="
			values, ok := knownValues(qual.GetValue())
			switch {
			case !ok || !isEquality && len(values) == 0:
				unresolved = append(unresolved, column)
			case !isEquality:
				kept = append(kept, qual)
			case equal == nil:
				equal = &equality{field: qual.FieldName, values: values}
			default:
				equal.intersect(values)
			}
		}
		if equal != nil && len(equal.values) == 0 {
			return map[string]*proto.Quals{column: {Quals: []*proto.Qual{equal.qual()}}}, nil
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

// takeLists takes the equalities with several values of the given columns out of
// the conditions and returns them.
//
// The SDK makes a list call of each value, all at once. A table that reads its
// parents one by one bounds how many it reads at once, and one for which AWS
// takes several values at a time asks once.
func takeLists(quals map[string]*proto.Quals, columns func(string) bool) map[string][]*proto.QualValue {
	lists := map[string][]*proto.QualValue{}
	for column, q := range quals {
		if !columns(column) {
			continue
		}
		q.Quals = slices.DeleteFunc(q.Quals, func(qual *proto.Qual) bool {
			list := qual.GetValue().GetListValue()
			if qual.GetStringValue() != "=" || list == nil || len(list.Values) < 2 {
				return false
			}
			lists[column] = list.Values
			return true
		})
		if len(q.Quals) == 0 {
			delete(quals, column)
		}
	}
	return lists
}

// equality is the set of values that a column may have.
type equality struct {
	field  string
	values []*proto.QualValue
}

// knownValues returns the distinct values of a condition, without NULL, and false
// where one of them is not known yet.
func knownValues(value *proto.QualValue) ([]*proto.QualValue, bool) {
	values := []*proto.QualValue{value}
	if list := value.GetListValue(); list != nil {
		values = list.Values
	}
	seen := map[any]bool{}
	var distinct []*proto.QualValue
	for _, v := range values {
		key := qualKey(v)
		if key == unresolvedValue || isUnresolvedTime(v) {
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
	values, asked := sc.lists[column]
	if quals := sc.quals[column]; !asked && quals != nil && quals.SingleEqualsQual() {
		values, asked = []*proto.QualValue{quals.Quals[0].Value}, true
		if list := quals.Quals[0].Value.GetListValue(); list != nil {
			values = list.Values
		}
	}
	if !asked {
		return nil, false
	}
	res := make([]string, len(values))
	for i, v := range values {
		res[i] = v.GetStringValue()
	}
	return res, true
}
