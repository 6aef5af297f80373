// Package fdwquals lists, for tests, the quals that Steampipe's foreign data
// wrapper makes of SQL conditions, with the meaning of the SQL.
//
// The wrapper sends shapes that nobody would write, some of which stand for
// more than one condition. Each case names the function of
// github.com/turbot/steampipe-postgres-fdw (v2.2.2, quals.go and helpers.go)
// that makes it.
package fdwquals

import (
	"fmt"
	"slices"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// Case is a condition on a column.
type Case struct {
	// SQL is the condition as written by a user.
	SQL string
	// Qual is the qual that the wrapper sends.
	Qual *proto.Qual
	// Source is the wrapper's function that makes the qual.
	Source string
	// Meets reports whether a value of the column, nil for NULL, meets the
	// condition in PostgreSQL.
	Meets func(value any) bool
}

func (c Case) String() string { return c.SQL }

func qual(column, operator string, value *proto.QualValue) *proto.Qual {
	return &proto.Qual{FieldName: column, Operator: &proto.Qual_StringValue{StringValue: operator}, Value: value}
}

func text(s string) *proto.QualValue {
	return &proto.QualValue{Value: &proto.QualValue_StringValue{StringValue: s}}
}

func list(values ...*proto.QualValue) *proto.QualValue {
	return &proto.QualValue{Value: &proto.QualValue_ListValue{ListValue: &proto.QualValueList{Values: values}}}
}

// texts returns an array; the wrapper removes duplicates.
func texts(values []string) *proto.QualValue {
	var all []*proto.QualValue
	for i, v := range values {
		if !slices.Contains(values[:i], v) {
			all = append(all, text(v))
		}
	}
	return list(all...)
}

// Text returns the conditions on a text column for three values.
func Text(column, a, b, c string) []Case {
	null := &proto.QualValue{} // a nil in a list
	is := func(values ...string) func(any) bool {
		return func(v any) bool { s, ok := v.(string); return ok && slices.Contains(values, s) }
	}
	isNot := func(values ...string) func(any) bool {
		return func(v any) bool { s, ok := v.(string); return ok && !slices.Contains(values, s) }
	}
	notNull := func(v any) bool { return v != nil }
	all := func(any) bool { return true }
	none := func(any) bool { return false }
	q := func(operator string, value *proto.QualValue) *proto.Qual { return qual(column, operator, value) }
	sql := func(format string, values ...any) string { return column + " " + fmt.Sprintf(format, values...) }

	const (
		opExpr    = "qualFromOpExpr"
		arrayExpr = "qualFromScalarOpExpr"
		boolExpr  = "qualFromBoolExpr"
		nullTest  = "qualFromNullTest"
		zeroArray = "datumArrayToQualValue"
	)
	return []Case{
		{sql("= '%s'", a), q("=", text(a)), opExpr, is(a)},
		{sql("<> '%s'", a), q("<>", text(a)), opExpr, isNot(a)},
		{sql("in ('%s', '%s')", a, b), q("=", texts([]string{a, b})), arrayExpr, is(a, b)},
		{sql("in ('%s', null)", a), q("=", list(text(a), null)), arrayExpr, is(a)},
		{sql("= '%s' or %s = '%s'", a, column, b), q("=", texts([]string{a, b})), boolExpr, is(a, b)},
		{sql("= '%s' or %s in ('%s', '%s')", a, column, b, c), q("=", list(text(a), texts([]string{b, c}))),
			boolExpr, is(a, b, c)},
		{sql("in ('%s') or (%s = '%s' or %s in ('%s'))", a, column, b, column, c),
			q("=", list(texts([]string{a}), list(text(b), texts([]string{c})))),
			boolExpr, is(a, b, c)},
		{sql("= any('{}')"), q("=", list()), arrayExpr, none},
		{sql("= all('{}')"), q("=", list()), arrayExpr, all},
		{sql("= any(array(select '%s'))", a), q("=", list()), zeroArray, is(a)},
		{sql("= any(array[null, null]::text[])"), q("=", list(null, null)), arrayExpr, none},
		{sql("= '%s' or %s = all('{}')", a, column), q("=", list(text(a), list())), boolExpr, all},
		{sql("= '%s' or %s = all(array['%s', '%s'])", a, column, b, c), q("=", list(text(a), texts([]string{b, c}))),
			boolExpr, either(is(a), func(v any) bool { return b == c && is(b)(v) })},
		{sql("= all(array['%s', '%s'])", a, b), q("=", texts([]string{a, b})), arrayExpr, none},
		{sql("not in ('%s', '%s')", a, b), q("<>", texts([]string{a, b})), arrayExpr, isNot(a, b)},
		{sql("<> any(array['%s', '%s'])", a, b), q("<>", texts([]string{a, b})), arrayExpr, either(isNot(a), isNot(b))},
		{sql("<> all('{}')"), q("<>", list()), arrayExpr, all},
		{sql("like '%s%%'", a[:2]), q("~~", text(a[:2]+"%")), opExpr, notNullPrefix(a[:2])},
		{sql("like any(array['%s', '%s'])", a, b), q("~~", texts([]string{a, b})), arrayExpr, is(a, b)},
		{sql("like all('{}')"), q("~~", list()), arrayExpr, all},
		{sql("ilike any(array['%s', '%s'])", a, b), q("~~*", texts([]string{a, b})), arrayExpr, is(a, b)},
		{sql("not like '%s'", a), q("!~~", text(a)), opExpr, isNot(a)},
		{sql("~ '^%s$'", a), q("~", text("^"+a+"$")), opExpr, is(a)},
		{sql("> any(array['%s', '%s'])", a, b), q(">", texts([]string{a, b})), arrayExpr, above(min(a, b))},
		{sql("> '%s'", a), q(">", text(a)), opExpr, above(a)},
		{sql("is null"), q("is null", nil), nullTest, func(v any) bool { return v == nil }},
		{sql("is not null"), q("is not null", nil), nullTest, notNull},
		{sql("= (select '%s')", a), q("=", text("?")), "getQualValue", is(a)},
		{sql("in ((select '%s'), '%s')", a, b), q("=", list(text("?"), text(b))), "getQualValue", is(a, b)},
		{sql("= $1, with $1 null"), q("=", nil), "getQualValue", none},
		{sql("= ''"), q("=", text("")), opExpr, is("")},
		// The wrapper turns "not f(x)" into a condition on some other column.
		{sql("is not touched by not starts_with(name, 'x')"),
			q("<>", &proto.QualValue{Value: &proto.QualValue_BoolValue{BoolValue: true}}),
			boolExpr, all},
	}
}

func notNullPrefix(prefix string) func(any) bool {
	return func(v any) bool { s, ok := v.(string); return ok && len(s) >= len(prefix) && s[:len(prefix)] == prefix }
}

func above(bound string) func(any) bool {
	return func(v any) bool { s, ok := v.(string); return ok && s > bound }
}

// Time returns the conditions on a timestamp column for a time. PostgreSQL
// compares a date or a timestamp without zone in the session's time zone, which
// the wrapper does not know (datumToQualValue, DATEOID and TIMESTAMPOID).
func Time(column string, t time.Time) []Case {
	at := func(t time.Time) *proto.QualValue {
		return &proto.QualValue{Value: &proto.QualValue_TimestampValue{TimestampValue: timestamppb.New(t)}}
	}
	var cases []Case
	for _, operator := range []string{"=", "<", "<=", ">", ">="} {
		for _, zone := range []struct {
			name   string
			offset time.Duration
		}{{"UTC", 0}, {"Asia/Tokyo", -9 * time.Hour}, {"Pacific/Honolulu", 10 * time.Hour}} {
			cases = append(cases, Case{
				fmt.Sprintf("%s %s timestamp '%s' in %s", column, operator, t.Format(time.DateTime), zone.name),
				qual(column, operator, at(t)), "datumToQualValue", compares(operator, t.Add(zone.offset)),
			})
		}
	}
	postgresZero := time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC)
	later := t.Add(40 * 24 * time.Hour)
	return append(cases,
		Case{column + " < (select now())", qual(column, "<", at(postgresZero)),
			"getQualValue", func(v any) bool { return v != nil }},
		Case{column + " < 'infinity'", qual(column, "<", at(postgresZero.Add(-time.Microsecond))),
			"PgTimeToTimestamp", func(v any) bool { return v != nil }},
		Case{column + " > '-infinity'", qual(column, ">", at(postgresZero)),
			"PgTimeToTimestamp", func(v any) bool { return v != nil }},
		Case{column + " < (select now()) + interval '1 day'", qual(column, "<", at(postgresZero.Add(24*time.Hour))),
			"getQualValue", func(v any) bool { return v != nil }},
		Case{column + " > '1600-01-01'", qual(column, ">", at(time.Date(2184, time.July, 22, 0, 0, 0, 0, time.UTC))),
			"PgTimeToTimestamp", func(v any) bool { return v != nil }},
		Case{column + " < '3000-01-01'", qual(column, "<", at(time.Date(1830, time.June, 15, 0, 0, 0, 0, time.UTC))),
			"PgTimeToTimestamp", func(v any) bool { return v != nil }},
		Case{column + " is null", qual(column, "is null", nil), "qualFromNullTest", func(v any) bool { return v == nil }},
		Case{column + " in (...)", qual(column, "=", list(at(t), at(later))),
			"qualFromScalarOpExpr", either(compares("=", t), compares("=", later))},
		Case{column + " > any(...)", qual(column, ">", list(at(later), at(t))), "qualFromScalarOpExpr", compares(">", t)},
		Case{column + " < all(...)", qual(column, "<", list(at(later), at(t))), "qualFromScalarOpExpr", compares("<", t)},
		Case{column + " < any(array(select ...))", qual(column, "<", list()), "datumArrayToQualValue", compares("<", later)},
	)
}

func either(a, b func(any) bool) func(any) bool { return func(v any) bool { return a(v) || b(v) } }

func compares(operator string, with time.Time) func(any) bool {
	return func(v any) bool {
		s, ok := v.(string)
		if !ok {
			return false
		}
		t, err := time.Parse(time.RFC3339Nano, s)
		if err != nil {
			return false
		}
		switch order := t.Compare(with); operator {
		case "<":
			return order < 0
		case "<=":
			return order <= 0
		case ">":
			return order > 0
		case ">=":
			return order >= 0
		default:
			return order == 0
		}
	}
}
