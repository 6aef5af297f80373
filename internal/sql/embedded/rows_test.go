package embedded

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// thing returns a row of typedTable with values for some columns.
func thing(columns map[string]*proto.Column) *proto.Row { return &proto.Row{Columns: columns} }

func textColumn(s string) *proto.Column {
	return &proto.Column{Value: &proto.Column_StringValue{StringValue: s}}
}

// TestValues checks how values of the plugin arrive in SQL.
func TestValues(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.FixedZone("", 3600))
	for name, test := range map[string]struct {
		column string
		value  *proto.Column
		want   string // its type and text
	}{
		"text":                   {"name", textColumn("a\"'"), `text a"'`},
		"empty text":             {"name", textColumn(""), "text "},
		"an integer":             {"size", &proto.Column{Value: &proto.Column_IntValue{IntValue: -9_007_199_254_740_993}}, "integer -9007199254740993"},
		"true":                   {"hot", &proto.Column{Value: &proto.Column_BoolValue{BoolValue: true}}, "integer 1"},
		"a number":               {"weight", &proto.Column{Value: &proto.Column_DoubleValue{DoubleValue: 0.5}}, "real 0.5"},
		"a time":                 {"seen", &proto.Column{Value: &proto.Column_TimestampValue{TimestampValue: timestamppb.New(at)}}, "text 2026-01-02T02:04:05.6Z"},
		"JSON":                   {"tags", &proto.Column{Value: &proto.Column_JsonValue{JsonValue: []byte(`{"a": [1]}`)}}, `text {"a": [1]}`},
		"null":                   {"name", &proto.Column{Value: &proto.Column_NullValue{}}, "null"},
		"a column without value": {"name", &proto.Column{}, "null"},
		"a column left out":      {"name", nil, "null"},
	} {
		t.Run(name, func(t *testing.T) {
			p := &typedTable{rows: []*proto.Row{thing(map[string]*proto.Column{test.column: test.value})}}
			if test.value == nil {
				p.rows[0].Columns = nil
			}
			sql := fmt.Sprintf("select typeof(%[1]s) || coalesce(' ' || %[1]s, '') from thing", test.column)
			if got := answer(t, p.open(t), sql); !slices.Equal(got, []string{fmt.Sprintf("%q|", test.want)}) {
				t.Errorf("got %s, want %q", got, test.want)
			}
		})
	}
}

// TestRepeatedRows checks that equal rows stay separate, even if SQLite scans
// the table for each part of a condition.
func TestRepeatedRows(t *testing.T) {
	f := newFakeFleet(60)
	f.listed = append(f.listed, f.listed[3], f.listed[3])
	db := f.open(t)
	for _, sql := range []string{
		"select * from {node}",
		"select * from {node} where id = 'i-0003' or zone = '7' or cores = 3",
		"select id, count(*) from {node} group by id having count(*) > 1",
		"select * from {node} where id in ('i-0003', 'i-0005') or id > 'i-005'",
		"select a.id, b.id from {node} a join {node} b on b.id = a.id or b.cores = a.cores where a.zone = '7'",
	} {
		got := answer(t, db, strings.NewReplacer("{", "", "}", "").Replace(sql))
		want := answer(t, db, strings.NewReplacer("{", "plain_", "}", "").Replace(sql))
		if !slices.Equal(got, want) || len(want) == 0 {
			t.Errorf("%s: %d rows, want %d", sql, len(got), len(want))
		}
	}
}

func TestRowIDsAreRefused(t *testing.T) {
	db := newFakeFleet(3).open(t)
	for _, name := range []string{"rowid", "oid", "_rowid_"} {
		_, err := tryAnswer(t.Context(), db, "select "+name+" from node")
		if want := "table node has no row id; use its columns"; errorText(err) != want {
			t.Errorf("%s: error %v, want %q", name, err, want)
		}
	}
}

// TestAStatementReadsATableTwiceAtMost checks which scans of a statement are
// repeated: rows are kept from the second on.
func TestAStatementReadsATableTwiceAtMost(t *testing.T) {
	for name, test := range map[string]struct {
		sql         string
		whole, byID int
	}{
		"a correlated subquery":          {"select (select count(*) from node b where b.weight > a.weight) from plain_node a", 2, 0},
		"a join on a column of no index": {"select count(*) from plain_node a cross join node b on b.weight = a.weight", 2, 0},
		"four scans of the same columns": {"select count(id) from node union all select max(id) from node" +
			" union all select min(id) from node union all select total(id) from node", 2, 0},
		"scans of different columns": {"select count(id) from node union all select count(zone) from node", 2, 0},
		"a value that is repeated": {"with w(id) as (values ('i-0001'), ('i-0001'), ('i-0001'), ('i-0001'), ('i-0002'))" +
			" select b.zone from w join node b on b.id = w.id", 0, 3},
		"a limit is not a whole table": {"select * from (select id from node limit 2) union all select * from (select id from node limit 2)" +
			" union all select id from node", 3, 0},
		"another statement reads it again": {"select count(id) from node; select count(id) from node; select count(id) from node", 3, 0},
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeFleet(100)
			db := f.open(t)
			answer(t, db, test.sql)
			if whole, byID := f.takeScans(); whole != test.whole || byID != test.byID {
				t.Errorf("%d scans of the table and %d by id, want %d and %d", whole, byID, test.whole, test.byID)
			}
		})
	}
}

// TestErrorsOfThePlugin checks that a statement ends with the plugin's own
// error, and that the next one is not affected.
func TestErrorsOfThePlugin(t *testing.T) {
	for name, sql := range map[string]string{
		"a scan":                       "select * from node",
		"a count":                      "select count(*) from node",
		"a subquery":                   "select (select max(id) from node)",
		"the second part of a union":   "select id from plain_node union all select id from node",
		"a join":                       "select * from plain_node a join node b on b.zone = a.zone",
		"whether there is a row":       "select exists (select 1 from node where zone = 'none such')",
		"a table made of it":           "create table t as select * from node",
		"rows that come before it":     "select id from node order by id",
		"the whole of a limited order": "select id from node order by id limit 1",
	} {
		t.Run(name, func(t *testing.T) {
			f := newFakeFleet(20)
			db := f.open(t)
			f.fail = func(string) (int, error) { return 7, fmt.Errorf("read the nodes: %w", errDenied) }
			if got, err := tryAnswer(t.Context(), db, sql); !errors.Is(err, errDenied) || err.Error() != "read the nodes: list nodes: AccessDenied" {
				t.Errorf("%d rows, error %v", len(got), err)
			}
			f.fail = nil
			if got := answer(t, db, "select count(*) from node"); !slices.Equal(got, []string{`"24"|`}) {
				t.Errorf("afterwards: %v", got)
			}
		})
	}
	t.Run("an error after the rows that a limit needs is none", func(t *testing.T) {
		f := newFakeFleet(20)
		db := f.open(t)
		f.fail = func(string) (int, error) { return 7, errDenied }
		if got := answer(t, db, "select id from node limit 5"); len(got) != 5 {
			t.Errorf("%d rows", len(got))
		}
	})
}

// TestRefusedStatements checks which SQL is refused, and the messages.
func TestRefusedStatements(t *testing.T) {
	db := newFakeFleet(3).open(t)
	for sql, want := range map[string]string{
		"attach 'x.db' as x":           "ATTACH and VACUUM are refused: SQL reads and writes no files here",
		"vacuum into 'x.db'":           "ATTACH and VACUUM are refused: SQL reads and writes no files here",
		"pragma journal_mode = wal":    "PRAGMA journal_mode is refused: only pragmas that list what there is are allowed, such as PRAGMA table_info",
		"select no_such(1)":            "no such function: no_such",
		"insert into node values (1)":  "table node may not be modified",
		"select load_extension('x')":   "no such function: load_extension",
		"create table t as select 1":   "",
		"pragma table_info(node)":      "",
		"select \"no such text\"":      "no such column: \"no such text\"",
		"select readfile('/etc/host')": "no such function: readfile",
	} {
		if _, err := tryAnswer(t.Context(), db, sql); (want == "") != (err == nil) || !strings.HasPrefix(errorText(err), want) {
			t.Errorf("%s: error %v, want %q", sql, err, want)
		}
	}
}
