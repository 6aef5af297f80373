package ssmassoc

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

func stringValue(s string) *proto.QualValue {
	return &proto.QualValue{Value: &proto.QualValue_StringValue{StringValue: s}}
}

func listValue(values ...*proto.QualValue) *proto.QualValue {
	return &proto.QualValue{Value: &proto.QualValue_ListValue{ListValue: &proto.QualValueList{Values: values}}}
}

func qual(operator string, value *proto.QualValue) *proto.Qual {
	return &proto.Qual{FieldName: "c", Operator: &proto.Qual_StringValue{StringValue: operator}, Value: value}
}

// rendered writes conditions as "= [a b]; <> c".
func rendered(quals *proto.Quals) string {
	var parts []string
	for _, q := range quals.GetQuals() {
		value := q.Value.GetStringValue()
		if list := q.Value.GetListValue(); list != nil {
			var values []string
			for _, v := range list.Values {
				values = append(values, v.GetStringValue())
			}
			value = fmt.Sprint(values)
		}
		parts = append(parts, q.GetStringValue()+" "+value)
	}
	slices.Sort(parts)
	return strings.Join(parts, "; ")
}

func TestNormalize(t *testing.T) {
	null := &proto.QualValue{}
	a, b, c := stringValue("a"), stringValue("b"), stringValue("c")

	for name, test := range map[string]struct {
		quals      []*proto.Qual
		want       string
		unresolved bool
	}{
		"one value stays":                                 {[]*proto.Qual{qual("=", a)}, "= a", false},
		"a list loses what stands twice and null":         {[]*proto.Qual{qual("=", listValue(a, null, b, a))}, "= [a b]", false},
		"a list of one value is that value":               {[]*proto.Qual{qual("=", listValue(a, a))}, "= a", false},
		"null equals nothing":                             {[]*proto.Qual{qual("=", null)}, "= []", false},
		"a list of nulls holds nothing":                   {[]*proto.Qual{qual("=", listValue(null, null))}, "= []", false},
		"two equalities keep what both admit":             {[]*proto.Qual{qual("=", listValue(a, b)), qual("=", listValue(b, c))}, "= b", false},
		"two values that exclude each other":              {[]*proto.Qual{qual("=", a), qual("=", b)}, "= []", false},
		"other operators stay":                            {[]*proto.Qual{qual("<>", a), qual("=", b)}, "<> a; = b", false},
		"an unresolved value is no condition":             {[]*proto.Qual{qual("=", stringValue("?"))}, "", true},
		"an unresolved value leaves the others":           {[]*proto.Qual{qual("=", stringValue("?")), qual("=", a)}, "= a", true},
		"a list with an unresolved value is no condition": {[]*proto.Qual{qual("=", listValue(a, stringValue("?")))}, "", true},
	} {
		t.Run(name, func(t *testing.T) {
			got, unresolved := normalize(map[string]*proto.Quals{"c": {Quals: test.quals}})
			if r := rendered(got["c"]); r != test.want {
				t.Errorf("got %q, want %q", r, test.want)
			}
			if (len(unresolved) > 0) != test.unresolved {
				t.Errorf("unresolved: %v", unresolved)
			}
		})
	}
}
