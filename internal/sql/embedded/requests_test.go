package embedded

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/sql/timestamp"
)

// typedTable is a plugin with one table, thing, that has a key column of each
// type. It records requests.
type typedTable struct {
	nodes
	required bool // whether name needs a condition
	rows     []*proto.Row
	requests []*proto.ExecuteRequest
}

func (p *typedTable) GetSchema(*proto.GetSchemaRequest) (*proto.GetSchemaResponse, error) {
	key := func(name string, operators ...string) *proto.KeyColumn {
		return &proto.KeyColumn{Name: name, Operators: operators, Require: "optional"}
	}
	name := key("name", "=", "<>")
	if p.required {
		name.Require = "required"
	}
	return &proto.GetSchemaResponse{Schema: &proto.Schema{Schema: map[string]*proto.TableSchema{"thing": {
		Columns: []*proto.ColumnDefinition{
			{Name: "name", Type: proto.ColumnType_STRING},
			{Name: "size", Type: proto.ColumnType_INT},
			{Name: "hot", Type: proto.ColumnType_BOOL},
			{Name: "weight", Type: proto.ColumnType_DOUBLE},
			{Name: "seen", Type: proto.ColumnType_TIMESTAMP},
			{Name: "tags", Type: proto.ColumnType_JSON},
			{Name: "note", Type: proto.ColumnType_STRING},
			{Name: "_ctx", Type: proto.ColumnType_JSON},
		},
		GetCallKeyColumnList: []*proto.KeyColumn{
			name, key("size", "=", "<", "<=", ">", ">="), key("hot", "="), key("weight", ">"),
			key("seen", "=", "<", "<=", ">", ">="), key("tags", "="), key("note", "~~", "~~*"),
		},
	}}}}, nil
}

func (p *typedTable) Execute(req *proto.ExecuteRequest, stream proto.WrapperPlugin_ExecuteServer) error {
	p.requests = append(p.requests, req)
	for _, r := range p.rows {
		if err := stream.Send(&proto.ExecuteResponse{Row: r}); err != nil {
			return err
		}
	}
	return nil
}

func (p *typedTable) open(t *testing.T) *DB {
	t.Helper()
	return openPlugin(t, p, Options{MemoryMB: LeastMemoryMB}, "c")
}

// summary formats a request: columns, conditions by column, limit.
func summary(req *proto.ExecuteRequest) string {
	var b strings.Builder
	b.WriteString(strings.Join(req.QueryContext.Columns, " "))
	for _, name := range slices.Sorted(maps.Keys(req.QueryContext.Quals)) {
		for _, q := range req.QueryContext.Quals[name].Quals {
			fmt.Fprintf(&b, "; %s %s %s", q.FieldName, q.GetStringValue(), valueText(q.Value))
		}
	}
	if limit := req.ExecuteConnectionData["c"].Limit; limit != nil {
		fmt.Fprintf(&b, "; limit %d", limit.Value)
	}
	return b.String()
}

func valueText(v *proto.QualValue) string {
	switch v := v.Value.(type) {
	case *proto.QualValue_StringValue:
		return fmt.Sprintf("%q", v.StringValue)
	case *proto.QualValue_Int64Value:
		return fmt.Sprint(v.Int64Value)
	case *proto.QualValue_DoubleValue:
		return fmt.Sprintf("%.2f", v.DoubleValue)
	case *proto.QualValue_BoolValue:
		return fmt.Sprint(v.BoolValue)
	case *proto.QualValue_TimestampValue:
		return timestamp.Format(v.TimestampValue.AsTime())
	case *proto.QualValue_ListValue:
		var values []string
		for _, value := range v.ListValue.Values {
			values = append(values, valueText(value))
		}
		return "[" + strings.Join(values, " ") + "]"
	default:
		return fmt.Sprintf("%T", v)
	}
}

// TestRequests checks the requests to the plugin: the columns that a statement
// reads, the conditions that the plugin applies like SQLite, and a limit only
// if nothing else decides which rows there are.
func TestRequests(t *testing.T) {
	for name, test := range map[string]struct {
		sql  string
		want []string
	}{
		"every column but the hidden": {"select * from thing", []string{"name size hot weight seen tags note"}},
		"a hidden column, by name":    {"select _ctx from thing", []string{"_ctx"}},
		"no column":                   {"select count(*) from thing", []string{""}},

		"text":                            {"select name from thing where name = 'a'", []string{`name; name = "a"`}},
		"text of a number":                {"select name from thing where name = '7'", []string{`name; name = "7"`}},
		"another than":                    {"select name from thing where name <> 'a'", []string{`name; name <> "a"`}},
		"an operator without support":     {"select name from thing where name > 'a'", []string{"name"}},
		"not a key column":                {"select name from thing where note = 'a'", []string{"name note"}},
		"a list":                          {"select name from thing where name in ('a', 'b')", []string{`name; name = ["a" "b"]`}},
		"a list with duplicates":          {"select name from thing where name in ('a', 'a', null)", []string{`name; name = "a"`}},
		"a list of a query":               {"select name from thing where name in (select value from json_each('[\"a\",\"b\"]'))", []string{`name; name = ["a" "b"]`}},
		"a list with bytes":               {"select name from thing where name in ('a', x'00')", []string{"name"}},
		"an empty list":                   {"select name from thing where name in (select 'a' where false)", nil},
		"nothing equals NULL":             {"select name from thing where name = null", nil},
		"is NULL":                         {"select name from thing where name is null", []string{"name"}},
		"bytes":                           {"select name from thing where name = x'61'", []string{"name"}},
		"without regard to case":          {"select name from thing where name = 'a' collate nocase", []string{"name"}},
		"like":                            {"select note from thing where note like 'a%'", []string{`note; note ~~* "a%"`}},
		"like with a backslash":           {"select note from thing where note like 'a\\%'", []string{`note; note ~~* "a\\\\%"`}},
		"like with an escape":             {"select note from thing where note like 'a!%' escape '!'", []string{"note"}},
		"not like":                        {"select note from thing where note not like 'a%'", []string{"note"}},
		"a pattern":                       {"select note from thing where note glob 'a*b?'", []string{`note; note ~~ "a%b_"`}},
		"a pattern with LIKE's signs":     {"select note from thing where note glob '50%_\\*'", []string{`note; note ~~ "50\\%\\_\\\\%"`}},
		"a pattern of a set":              {"select note from thing where note glob '[ab]*'", []string{"note"}},
		"a pattern that is not text":      {"select note from thing where note glob x'61'", []string{"note"}},
		"no pattern":                      {"select note from thing where note glob null", nil},
		"not a pattern":                   {"select note from thing where note not glob 'a*'", []string{"note"}},
		"a pattern of a constant":         {"select note from thing where 'a' glob note", []string{"note"}},
		"two conditions":                  {"select name from thing where name = 'a' and name <> 'b'", []string{`name; name = "a"; name <> "b"`}},
		"one or the other, of a column":   {"select name from thing where name = 'a' or name = 'b'", []string{`name; name = "a"`, `name; name = "b"`}},
		"a number, which SQLite compares": {"select name from thing where name = 7", []string{"name"}},
		"a list with a number":            {"select name from thing where name in (select value from json_each('[\"a\", 7]'))", []string{"name"}},

		"a range":                    {"select size from thing where size > 3 and size <= 9", []string{"size; size > 3; size <= 9"}},
		"text that is an integer":    {"select size from thing where size = '3'", []string{"size"}},
		"an integer with a fraction": {"select size from thing where size > 3.5", []string{"size"}},
		"a boolean":                  {"select hot from thing where hot = true", []string{"hot; hot = true"}},
		"a boolean that is a number": {"select hot from thing where hot <> 2", []string{"hot"}},
		"a boolean by itself":        {"select name from thing where hot", []string{"name hot"}},
		"a floating-point number":    {"select weight from thing where weight > 1", []string{"weight; weight > 1.00"}},
		"JSON":                       {"select tags from thing where tags = '{}'", []string{"tags"}},

		"a time":             {"select seen from thing where seen >= '2026-01-02T03:04:05Z'", []string{"seen; seen >= 2026-01-02T03:04:05Z"}},
		"a time elsewhere":   {"select seen from thing where seen < '2026-01-02 03:04:05+02:00'", []string{"seen; seen < 2026-01-02T01:04:05Z"}},
		"a day":              {"select seen from thing where seen > '2026-01-02'", []string{"seen; seen > 2026-01-02T00:00:00Z"}},
		"SQLite's functions": {"select seen from thing where seen > datetime('2026-01-02', '-1 day')", []string{"seen; seen > 2026-01-01T00:00:00Z"}},
		"a time as PostgreSQL prints it": {
			"select seen from thing where '2026-01-02 03:04:05+02' < seen", []string{"seen; seen > 2026-01-02T01:04:05Z"}},
		"a time in a list": {
			"select seen from thing where seen in ('2026-01-02', unixepoch('2026-01-03'))",
			[]string{"seen; seen = [2026-01-02T00:00:00Z 2026-01-03T00:00:00Z]"}},
		"a time as text": {
			"select seen from thing where seen > '2026-01-02' collate binary", []string{"seen"}},
		"times between": {"select seen from thing where seen between '2026-01-01' and '2026-02-01'",
			[]string{"seen; seen >= 2026-01-01T00:00:00Z; seen <= 2026-02-01T00:00:00Z"}},

		"a limit":                                  {"select name from thing limit 3", []string{"name; limit 3"}},
		"a limit of a pattern":                     {"select note from thing where note glob 'a*' limit 3", []string{`note; note ~~ "a%"`}},
		"a limit of a set":                         {"select note from thing where note glob '[a]*' limit 3", []string{"note"}},
		"a limit after others":                     {"select name from thing limit 3 offset 4", []string{"name; limit 7"}},
		"a limit with what the plugin applies":     {"select name from thing where name = 'a' limit 3", []string{`name; name = "a"; limit 3`}},
		"a limit with what SQLite applies":         {"select name from thing where note = 'a' limit 3", []string{"name note"}},
		"a limit with a value that cannot be sent": {"select size from thing where size > 3.5 limit 3", []string{"size"}},
		"a limit of what is ordered":               {"select name from thing order by name limit 3", []string{"name"}},
		"a limit of what is counted":               {"select note, count(*) from thing group by note limit 3", []string{"note"}},
		"a limit of distinct values":               {"select distinct name from thing limit 3", []string{"name"}},
		"no limit":                                 {"select name from thing limit -1", []string{"name"}},
	} {
		t.Run(name, func(t *testing.T) {
			p := &typedTable{}
			answer(t, p.open(t), test.sql)
			var got []string
			for _, req := range p.requests {
				got = append(got, summary(req))
			}
			if !slices.Equal(got, test.want) {
				t.Errorf("%s\ngot  %q\nwant %q", test.sql, got, test.want)
			}
		})
	}
}

// TestRequiredColumns checks that a required condition reaches the plugin or is
// reported missing.
func TestRequiredColumns(t *testing.T) {
	p := &typedTable{required: true}
	db := p.open(t)
	for _, sql := range []string{
		"select * from thing",
		"select * from thing where name <> 'a' or note = 'b'",
		"select * from thing where name like 'a%'",
	} {
		p.requests = nil
		_, err := tryAnswer(t.Context(), db, sql)
		if want := `table thing needs a condition on name: add "where name = ..."`; errorText(err) != want || len(p.requests) > 0 {
			t.Errorf("%s: error %v, %d requests", sql, err, len(p.requests))
		}
	}
	// Only one join order gives the condition a value.
	answer(t, db, "select t.note from thing t join (select 'a' as id union all select 'b') w on w.id = t.name")
	var names []string
	for _, req := range p.requests {
		names = append(names, valueText(req.QueryContext.Quals["name"].Quals[0].Value))
	}
	if slices.Sort(names); !slices.Equal(names, []string{`"a"`, `"b"`}) {
		t.Errorf("asked for %v", names)
	}
}
