package engine

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

func stringValue(s string) *proto.QualValue {
	return &proto.QualValue{Value: &proto.QualValue_StringValue{StringValue: s}}
}

func timeValue(t time.Time) *proto.QualValue {
	return &proto.QualValue{Value: &proto.QualValue_TimestampValue{TimestampValue: timestamppb.New(t)}}
}

func listValue(values ...*proto.QualValue) *proto.QualValue {
	return &proto.QualValue{Value: &proto.QualValue_ListValue{ListValue: &proto.QualValueList{Values: values}}}
}

func qual(operator string, value *proto.QualValue) *proto.Qual {
	return &proto.Qual{FieldName: "c", Operator: &proto.Qual_StringValue{StringValue: operator}, Value: value}
}

// rendered writes the conditions on a column as "= a b; <> c".
func (c Conditions) rendered(column string) string {
	if c.Impossible {
		return "impossible"
	}
	var parts []string
	for _, one := range c.columns[column] {
		part := one.operator
		for _, v := range one.values {
			part += " " + v.GetStringValue()
		}
		parts = append(parts, part)
	}
	slices.Sort(parts)
	return strings.Join(parts, "; ")
}

func TestReadConditions(t *testing.T) {
	null := &proto.QualValue{}
	a, b, c, unresolved := stringValue("a"), stringValue("b"), stringValue("c"), stringValue("?")
	const exact, inexact, unknown = "", "inexact", "inexact and unresolved"

	for name, test := range map[string]struct {
		quals []*proto.Qual
		want  string
		how   string
	}{
		"one value":                              {[]*proto.Qual{qual("=", a)}, "= a", exact},
		"a list loses duplicates and null":       {[]*proto.Qual{qual("=", listValue(a, null, b, a))}, "= a b", exact},
		"a list within a list":                   {[]*proto.Qual{qual("=", listValue(a, listValue(b, listValue(c, a))))}, "= a b c", inexact},
		"a list of one within a list":            {[]*proto.Qual{qual("=", listValue(a, listValue(b)))}, "= a b", exact},
		"null equals nothing":                    {[]*proto.Qual{qual("=", nil)}, "impossible", exact},
		"null differs from nothing":              {[]*proto.Qual{qual("<>", nil)}, "impossible", exact},
		"a value that could not be converted":    {[]*proto.Qual{qual("=", null)}, "", unknown},
		"a list of nulls":                        {[]*proto.Qual{qual("=", listValue(null, null))}, "", unknown},
		"an empty list":                          {[]*proto.Qual{qual("=", listValue())}, "", unknown},
		"an empty list within a list":            {[]*proto.Qual{qual("=", listValue(a, listValue()))}, "", unknown},
		"two equalities":                         {[]*proto.Qual{qual("=", listValue(a, b)), qual("=", listValue(b, c))}, "= a b; = b c", exact},
		"two equalities that exclude each other": {[]*proto.Qual{qual("=", a), qual("=", b)}, "impossible", exact},
		"an unresolved value":                    {[]*proto.Qual{qual("=", unresolved)}, "", unknown},
		"an unresolved value among conditions":   {[]*proto.Qual{qual("=", unresolved), qual("=", a)}, "= a", unknown},
		"an unresolved value in a list":          {[]*proto.Qual{qual("=", listValue(a, unresolved))}, "", unknown},
		"an operator that is not applied":        {[]*proto.Qual{qual("is null", nil), qual("=", a)}, "= a", inexact},
		"another operator":                       {[]*proto.Qual{qual("<>", a), qual("=", b)}, "<> a; = b", exact},
		"a list of one under another operator":   {[]*proto.Qual{qual("<>", listValue(a))}, "<> a", exact},
		"a list under another operator":          {[]*proto.Qual{qual("<>", listValue(a, b))}, "", inexact},
		"a list under like":                      {[]*proto.Qual{qual("~~", listValue(a, b))}, "", inexact},
		"a number":                               {[]*proto.Qual{qual("=", &proto.QualValue{Value: &proto.QualValue_Int64Value{Int64Value: 1}})}, "", unknown},
	} {
		t.Run(name, func(t *testing.T) {
			got := ReadConditions(map[string]*proto.Quals{"c": {Quals: test.quals}}, KeyOperators{"c": {"=", "<>", "~~"}})
			if r := got.rendered("c"); r != test.want {
				t.Errorf("got %q, want %q", r, test.want)
			}
			how := exact
			if got.Inexact {
				how = inexact
			}
			if len(got.Unresolved) > 0 {
				how = unknown
			}
			if how != test.how {
				t.Errorf("got %q, want %q", how, test.how)
			}
		})
	}
}

func TestConditionsOnNoKeyColumnAreInexact(t *testing.T) {
	got := ReadConditions(map[string]*proto.Quals{"other": {Quals: []*proto.Qual{qual("=", stringValue("a"))}}}, KeyOperators{"c": {"="}})
	if !got.Inexact {
		t.Error("a LIMIT would hold")
	}
}

func TestAllow(t *testing.T) {
	for condition, test := range map[string]struct{ met, not string }{
		"= us-east-1":   {"us-east-1", "us-east-2 US-EAST-1"},
		"<> us-east-1":  {"us-east-2", "us-east-1"},
		"~~ us-%":       {"us-east-1 us-", "eu-us-1 US-east-1"},
		"~~ us_east_1":  {"us-east-1", "us-east-11 us-eas-1"},
		`~~ us\_east-1`: {"us_east-1", "us-east-1"},
		"~~ us.east-1":  {"us.east-1", "us-east-1"},
		"!~~ us-%":      {"eu-west-1", "us-east-1"},
		"~~* US-%":      {"us-east-1", "eu-west-1"},
		"!~~* US-%":     {"eu-west-1", "us-east-1"},
		"~~ %-(1":       {"x-(1", "x-1"},
		"~~ a%b%c":      {"abc a1b2c a\nbc", "acb"},
		`~~ 100\%`:      {"100%", "1000"},
	} {
		operator, value, _ := strings.Cut(condition, " ")
		c := ReadConditions(map[string]*proto.Quals{RegionColumn: {Quals: []*proto.Qual{qual(operator, stringValue(value))}}}, KeyOperators{RegionColumn: originOperators})
		for _, met := range strings.Split(test.met, " ") {
			if !c.Allow(RegionColumn, met) {
				t.Errorf("%s: %q does not meet it", condition, met)
			}
		}
		for _, not := range strings.Fields(test.not) {
			if c.Allow(RegionColumn, not) {
				t.Errorf("%s: %q meets it", condition, not)
			}
		}
	}
}

// TestTimeRange compares the range, and AWS's filters for it, with the times that PostgreSQL may
// compare with: the time of the condition in any zone.
func TestTimeRange(t *testing.T) {
	asked := time.Now().UTC().AddDate(0, -1, 0).Truncate(time.Second).Add(678_900 * time.Microsecond)
	for _, operator := range []string{"=", "<", "<=", ">", ">="} {
		c := ReadConditions(map[string]*proto.Quals{"t": {Quals: []*proto.Qual{qual(operator, timeValue(asked))}}}, KeyOperators{"t": {"=", "<", "<=", ">", ">="}})
		if !c.Inexact {
			t.Errorf("%s: a LIMIT would hold", operator)
		}
		r := c.TimeRange("t")
		if r.Holds(nil) {
			t.Errorf("%s: null is in the range", operator)
		}
		for zone := -16 * time.Hour; zone <= 16*time.Hour; zone += 8 * time.Hour {
			for _, near := range []time.Duration{-time.Nanosecond, 0, time.Nanosecond} {
				created := asked.Add(zone + near)
				inZone := asked.Add(zone)
				meets := map[string]bool{
					"=": created.Equal(inZone), "<": created.Before(inZone), "<=": !created.After(inZone),
					">": created.After(inZone), ">=": !created.Before(inZone),
				}[operator]
				if meets && !r.Holds(&created) {
					t.Errorf("created_time %s %s in a zone of %s: %s is not in the range", operator, asked, zone, created)
				}
				for _, f := range r.Filters("CreatedTime") {
					end, err := time.Parse(time.RFC3339Nano, f.Values[0])
					if err != nil || !end.Equal(end.Truncate(time.Millisecond)) {
						t.Errorf("%s: AWS is asked for %q (%v)", operator, f.Values[0], err)
					}
					lets := f.Operator == "LESS_THAN" && created.Before(end) || f.Operator == "GREATER_THAN" && created.After(end)
					if meets && !lets {
						t.Errorf("created_time %s %s in a zone of %s: AWS leaves out %s", operator, asked, zone, created)
					}
				}
			}
		}
	}
}

func TestTimeRangeOfSeveral(t *testing.T) {
	month := time.Now().UTC().AddDate(0, -2, 0)
	day := func(n int) time.Time { return time.Date(month.Year(), month.Month(), n, 0, 0, 0, 0, time.UTC) }
	for name, test := range map[string]struct {
		quals []*proto.Qual
		want  string // the first and the last day of the range
	}{
		"no condition": {nil, "- -"},
		"a list":       {[]*proto.Qual{qual("=", listValue(timeValue(day(9)), timeValue(day(5)), timeValue(day(7))))}, "4 10"},
		"both ends":    {[]*proto.Qual{qual(">", timeValue(day(5))), qual("<", timeValue(day(9)))}, "4 10"},
		"the narrower": {[]*proto.Qual{qual(">", timeValue(day(5))), qual(">=", timeValue(day(7)))}, "6 -"},
	} {
		t.Run(name, func(t *testing.T) {
			c := ReadConditions(map[string]*proto.Quals{"t": {Quals: test.quals}}, KeyOperators{"t": {"=", "<", ">", ">="}})
			r := c.TimeRange("t")
			end := func(t *time.Time) string {
				if t == nil {
					return "-"
				}
				return fmt.Sprint(t.Day())
			}
			if got := end(r.from) + " " + end(r.to); got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

// TestUnbelievableTimes takes no condition from a time that the wrapper may have
// made of another.
func TestUnbelievableTimes(t *testing.T) {
	for name, sent := range map[string]time.Time{
		"a value that is not known yet":       time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC),
		"a day after it":                      time.Date(2000, time.January, 2, 0, 0, 0, 0, time.UTC),
		"the year 2600, which wraps to 2015":  time.Date(2015, time.June, 13, 0, 0, 0, 0, time.UTC),
		"infinity":                            time.Date(1999, time.December, 31, 23, 59, 59, 999_999_000, time.UTC),
		"the year 1600, which wraps to 2184":  time.Date(2184, time.July, 22, 0, 0, 0, 0, time.UTC),
		"the end of the years of four digits": time.Date(9999, time.December, 31, 23, 59, 59, 0, time.UTC),
	} {
		for _, operator := range []string{"=", "<", ">"} {
			c := ReadConditions(map[string]*proto.Quals{"t": {Quals: []*proto.Qual{qual(operator, timeValue(sent))}}}, KeyOperators{"t": {"=", "<", ">"}})
			if c.On("t") || !c.Inexact {
				t.Errorf("%s: %s is a condition", name, operator)
			}
		}
	}
}
