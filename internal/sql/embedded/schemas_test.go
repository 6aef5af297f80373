package embedded

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

// accounts is a plugin with one table, node. Each connection has as many nodes as its
// name has letters.
type accounts struct {
	nodes
	requests []*proto.ExecuteRequest
}

func (*accounts) GetSchema(*proto.GetSchemaRequest) (*proto.GetSchemaResponse, error) {
	return &proto.GetSchemaResponse{Schema: &proto.Schema{Schema: map[string]*proto.TableSchema{"node": {
		Columns: []*proto.ColumnDefinition{
			{Name: "id", Type: proto.ColumnType_STRING},
			{Name: "sp_connection_name", Type: proto.ColumnType_STRING},
		},
		GetCallKeyColumnList: []*proto.KeyColumn{{Name: "id", Operators: []string{"="}, Require: "optional"}},
	}}}}, nil
}

func (p *accounts) Execute(req *proto.ExecuteRequest, stream proto.WrapperPlugin_ExecuteServer) error {
	p.requests = append(p.requests, req)
	for _, name := range slices.Sorted(maps.Keys(req.ExecuteConnectionData)) {
		for i := range len(name) {
			row := map[string]*proto.Column{
				"id":                 {Value: &proto.Column_StringValue{StringValue: fmt.Sprintf("i-%d", i)}},
				"sp_connection_name": {Value: &proto.Column_StringValue{StringValue: name}},
			}
			if err := stream.Send(&proto.ExecuteResponse{Row: &proto.Row{Columns: row}}); err != nil {
				return err
			}
		}
	}
	return nil
}

// organisation has the connections a, with 1 node, bb, with 2, and dash-ed.x with 9, and
// the aggregators both, of the first two, and elsewhere, of one that is not selected.
func organisation(t testing.TB) *DB {
	t.Helper()
	options := Options{MemoryMB: LeastMemoryMB, Schemas: []Schema{
		{Name: "a", Members: []string{"a"}},
		{Name: "both", Members: []string{"a", "bb"}},
		{Name: "elsewhere", Members: []string{"a", "ddd"}},
		{Name: "ddd", Members: []string{"ddd"}},
		{Name: "nobody"},
	}}
	return openPlugin(t, &accounts{}, options, "a", "bb", "dash-ed.x")
}

func TestASchemaReadsItsConnectionsAlone(t *testing.T) {
	for name, test := range map[string]struct{ sql, want string }{
		"none":                {"select count(*) from node", "12"},
		"main":                {"select count(*) from main.node", "12"},
		"a connection":        {"select count(*) from a.node", "1"},
		"another":             {"select count(*) from bb.node", "2"},
		"an aggregator":       {"select count(*) from both.node", "3"},
		"in any case":         {"select count(*) from BB.Node", "2"},
		"in quotes":           {`select count(*) from "bb"."node"`, "2"},
		"in brackets":         {"select count(*) from [bb].[node]", "2"},
		"as a literal":        {"select count(*) from 'bb'.'node'", "2"},
		"with spaces":         {"select count(*) from bb /* x */ . -- y\n node", "2"},
		"with a dot":          {`select count(*) from "dash-ed.x".node`, "9"},
		"in a join":           {"select count(*) from a.node x join bb.node y on true", "2"},
		"joined by name":      {"select count(*) from a.node join bb.node on a.node.id = bb.node.id", "1"},
		"in a natural join":   {"select count(*) from a.node natural join bb.node", "1"},
		"in a union":          {"select count(*) from (select * from a.node union all select * from bb.node)", "3"},
		"in a CTE":            {"with bb as (select * from a.node) select count(*) from bb", "1"},
		"beside a CTE":        {"with node as (select 1) select count(*) from bb.node", "2"},
		"a recursive CTE":     {"with recursive r(n) as (select count(*) from bb.node union all select n + 1 from r where n < 5) select max(n) from r", "5"},
		"an alias like one":   {"select count(*) from a.node bb where bb.id = 'i-0'", "1"},
		"in a subquery":       {"select count(*) from node where id in (select id from bb.node)", "5"},
		"correlated":          {"select sum((select count(*) from bb.node y where y.id = x.id)) from node x", "5"},
		"in exists":           {"select count(*) from bb.node x where exists (select 1 from a.node y where y.id = x.id)", "1"},
		"a scalar":            {"select (select count(*) from a.node) || (select count(*) from node)", "112"},
		"the same twice":      {"select count(*) from bb.node x, bb.node y", "4"},
		"with all":            {"select count(*) from bb.node x, node y", "24"},
		"scanned repeatedly":  {"select count(*) from node x cross join a.node y cross join bb.node z cross join both.node", "72"},
		"with a condition":    {"select count(*) from bb.node where id = 'i-1'", "1"},
		"with a parameter":    {"select count(*) from bb.node where id = :id", "1"},
		"with a limit":        {"select count(*) from (select * from both.node limit 2)", "2"},
		"the column's origin": {"select group_concat(distinct sp_connection_name) from bb.node", "bb"},
		"of a column":         {"select count(bb.node.id) from bb.node", "2"},
		"a table of one's own": {"create table mine as select * from bb.node; insert into mine select * from a.node; " +
			"select count(*) from mine", "3"},
		"a view":            {"create view v as select * from bb.node; select count(*) from v", "2"},
		"a temporary view":  {"create temp view v as select * from bb.node; select 0; select count(*) from v", "2"},
		"a view of views":   {"create view v as select * from bb.node; create view w as select * from v, a.node; select count(*) from w", "2"},
		"a trigger":         {"create table x(n); create table y(n); create trigger z after insert on x begin insert into y select id from bb.node; end; insert into x values (1); select count(*) from y", "2"},
		"in a transaction":  {"begin; select count(*) from a.node; select count(*) from bb.node; commit; select count(*) from bb.node", "2"},
		"after a rollback":  {"begin; select count(*) from a.node; create table x(n); rollback; select count(*) from a.node, node", "12"},
		"after a savepoint": {"savepoint s; select count(*) from bb.node; rollback to s; select count(*) from bb.node; release s; select count(*) from bb.node", "2"},
		"a copy of a table": {"create table node as select * from bb.node; select count(*) from node", "2"},
		"that is dropped":   {"create table node as select * from bb.node; drop table node; select count(*) from node", "12"},
		"main after a copy": {"create table node as select * from bb.node; select count(*) from main.node", "12"},
		"a function":        {"select count(*) from main.json_each('[1, 2]') json_each where json_each.key >= 0", "2"},
		"its columns":       {"select group_concat(name) from pragma_table_info('node')", "id"},
		"a pragma":          {"pragma bb.table_info(node)", "0 id TEXT 0  0"},
	} {
		t.Run(name, func(t *testing.T) {
			db := organisation(t)
			if got := lastResult(t, db, test.sql); got != test.want {
				t.Errorf("got %q, want %q", got, test.want)
			}
			if got := lastResult(t, db, "select group_concat(name) from pragma_database_list where name <> 'temp'"); got != "main" {
				t.Errorf("schemas left: %s", got)
			}
		})
	}
}

// lastResult returns the last row of the last result.
func lastResult(t *testing.T, db *DB, sql string) string {
	t.Helper()
	last := ""
	err := db.RunWith(t.Context(), sql, Handler{
		Parameters: Parameters{"id": "i-0"},
		Result: func(rows *Rows) error {
			for rows.Next() {
				var values []string
				for i := range rows.Columns {
					values = append(values, string(rows.Text(i)))
				}
				last = strings.Join(values, " ")
			}
			return rows.Err()
		},
	})
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return last
}

func TestASchemaThatCannotBeReadIsAnError(t *testing.T) {
	const known = "a, bb, both, dash-ed.x, main (all connections)"
	for name, test := range map[string]struct {
		sql, want string
		at        string // the text from the error's place on; "" for none
	}{
		"unknown":               {"select 1 from nosuch.node", "no such schema: nosuch; schemas: " + known, "nosuch.node"},
		"in quotes":             {`select 1 from "no.such" . "node"`, "no such schema: no.such; schemas: " + known, `"no.such" . "node"`},
		"with an unknown name":  {"select 1 from nosuch.thing", "no such schema: nosuch; schemas: " + known, "nosuch.thing"},
		"in a join":             {"select 1 from a.node, nosuch.node", "no such schema: nosuch; schemas: " + known, "nosuch.node"},
		"in a subquery":         {"select 1 where exists (select 1 from nosuch.node)", "no such schema: nosuch; schemas: " + known, "nosuch.node)"},
		"in a view":             {"create view v as select 1 from nosuch.node", "no such schema: nosuch; schemas: " + known, "nosuch.node"},
		"behind a view":         {"create temp view v as select 1 from nosuch.node; select * from v", "no such schema: nosuch; schemas: " + known, ""},
		"of a table to make":    {`create table "no such".t(n)`, "no such schema: no such; schemas: " + known, `"no such".t(n)`},
		"of rows":               {"insert into nosuch.t values (1)", "no such schema: nosuch; schemas: " + known, "nosuch.t values (1)"},
		"of a view to drop":     {"drop view nosuch.v", "no such schema: nosuch; schemas: " + known, "nosuch.v"},
		"of a pragma":           {"pragma nosuch.table_info(node)", "no such schema: nosuch; schemas: " + known, "nosuch.table_info(node)"},
		"not selected":          {"select 1 from ddd.node", "schema ddd cannot be read: the connection ddd is not selected", "ddd.node"},
		"selected in part":      {"select 1 from elsewhere.node", "schema elsewhere cannot be read: the connection ddd is not selected", "elsewhere.node"},
		"without members":       {"select 1 from nobody.node", "schema nobody has no members: no connection is of its patterns", "nobody.node"},
		"without the table":     {"select 1 from bb.thing", "no such table: bb.thing", ""},
		"of a function":         {"select 1 from nosuch . json_each('[1]')", "no such schema: nosuch; schemas: " + known, "nosuch . json_each('[1]')"},
		"of a table of pragmas": {"select 1 from nosuch.pragma_table_info('node')", "no such schema: nosuch; schemas: " + known, "nosuch.pragma_table_info('node')"},
		"a table made over one": {"create table main.node(id)", "table node already exists; leave out the schema of its own name", "node(id)"},
		"a view in main":        {"create view main.v as select 1 from bb.node", "view v cannot reference objects in database bb; leave out the schema of its own name", "v as select 1 from bb.node"},
		"of a column":           {"select bb.node.id from a.node", "no such column: bb.node.id", "bb.node.id from a.node"},
		"a table with a dot":    {`select 1 from "no.such"`, "no such table: no.such", ""},
		"main without it":       {"select 1 from main.thing", "no such table: main.thing", ""},
		"temp":                  {"select 1 from temp.node", "no such table: temp.node", ""},
	} {
		t.Run(name, func(t *testing.T) {
			db := organisation(t)
			_, err := tryAnswer(t.Context(), db, test.sql)
			var at *SQLError
			if !errors.As(err, &at) || err.Error() != test.want {
				t.Fatalf("error %v, want %s", err, test.want)
			}
			place := ""
			if at.Offset >= 0 {
				place = at.Statement[at.Offset:]
			}
			if place != test.at {
				t.Errorf("at %q, want %q", place, test.at)
			}
			if got := answer(t, db, "select count(*) from bb.node"); got[0] != `"2"|` {
				t.Errorf("afterwards %s", got)
			}
		})
	}
}

// TestSchemasOfAnyName checks names that SQL must quote.
func TestSchemasOfAnyName(t *testing.T) {
	names := []string{"", " ", "a b", "a.b", "a", "b.node", "main.node", "temp.x", "-", "1", `q"uote`, "it's", "[x]", "select", "é",
		"東京", "a;b", "--", "sqlite_x", "new\nline", "node"}
	db := openPlugin(t, &accounts{}, Options{MemoryMB: LeastMemoryMB}, names...)
	for _, name := range names {
		for _, sql := range []string{
			"select count(*) as n from " + sqltext.Quote(name) + ".node",
			"create view v as select count(*) as n from " + sqltext.Quote(name) + ".node; select n from v",
		} {
			if got := lastResult(t, db, sql+"; drop view if exists v"); got != fmt.Sprint(len(name)) {
				t.Errorf("%s: %s rows, want %d", sql, got, len(name))
			}
		}
	}
}

// TestAmbiguousSchemas checks names that SQLite takes for something else.
func TestAmbiguousSchemas(t *testing.T) {
	for name, test := range map[string]struct {
		connections []string
		sql, want   string
	}{
		"main":          {[]string{"a", "main"}, "select 1 from Main.node", "schema Main is ambiguous: SQLite has a schema of that name, and so has a connection or an aggregator; leave it out, and add a condition on sp_connection_name"},
		"main, a CTE":   {[]string{"a", "main"}, "with main as (select 1 as id) select count(main.id) from main", ""},
		"main, a view":  {[]string{"a", "main"}, "create view v as select * from \"main\".node", "schema main is ambiguous: SQLite has a schema of that name, and so has a connection or an aggregator; leave it out, and add a condition on sp_connection_name"},
		"main alone":    {[]string{"main"}, "select 1 from main.node", ""},
		"none":          {[]string{"a", "main"}, "select 1 from node", ""},
		"beside main":   {[]string{"a", "main"}, "select 1 from a.node", ""},
		"temp":          {[]string{"temp"}, "select 1 from temp.node", "schema temp is ambiguous: SQLite has a schema of that name, and so has a connection or an aggregator; leave it out, and add a condition on sp_connection_name"},
		"case":          {[]string{"prod", "Prod"}, "select 1 from PROD.node", "schema PROD is ambiguous: SQLite ignores case, and there are prod and Prod; add a condition on sp_connection_name instead"},
		"other letters": {[]string{"é", "É"}, "select 1 from É.node", ""},
	} {
		t.Run(name, func(t *testing.T) {
			db := openPlugin(t, &accounts{}, Options{MemoryMB: LeastMemoryMB}, test.connections...)
			if _, err := tryAnswer(t.Context(), db, test.sql); errorText(err) != test.want {
				t.Errorf("error %v, want %s", err, test.want)
			}
		})
	}
}

// TestSchemasAreReadOnly checks what SQL must not do to the plugin's tables.
func TestSchemasAreReadOnly(t *testing.T) {
	const readOnly = "the plugin's tables are read only, and so are the schemas of connections; make a table of your own, without a schema"
	for sql, want := range map[string]string{
		"drop table node":                                          readOnly,
		"drop table bb.node":                                       readOnly,
		"alter table node rename to n":                             readOnly,
		"alter table bb.node rename to n":                          readOnly,
		"create table bb.t(n)":                                     readOnly,
		"create view bb.v as select 1":                             readOnly,
		"create table bb.t as select 1":                            readOnly,
		"create virtual table n using \"plugin tables\"":           readOnly,
		"create virtual table bb.n using \"plugin tables\"":        readOnly,
		"insert into bb.node(id) values ('x')":                     readOnly,
		"delete from node":                                         "table node may not be modified",
		"create index bb.i on node(id)":                            "virtual tables may not be indexed",
		"attach ':memory:' as x":                                   "ATTACH and VACUUM are refused: SQL reads and writes no files here",
		"select 1 from bb.node; detach bb":                         "ATTACH and VACUUM are refused: SQL reads and writes no files here",
		"create virtual table main.nosuch using \"plugin tables\"": readOnly,
	} {
		db := organisation(t)
		if _, err := tryAnswer(t.Context(), db, sql); errorText(err) != want {
			t.Errorf("%s: error %v, want %s", sql, err, want)
		}
		if got := answer(t, db, "select count(*) from node, bb.node"); got[0] != `"24"|` {
			t.Errorf("after %s: %s", sql, got)
		}
	}
}

// TestSchemasOfAnInterruptedStatement checks that they are not in the way of the next.
func TestSchemasOfAnInterruptedStatement(t *testing.T) {
	db := organisation(t)
	for range 12 {
		ctx, cancel := context.WithCancel(t.Context())
		err := db.Run(ctx, "select x.id from bb.node x, a.node", func(rows *Rows) error {
			rows.Next()
			cancel()
			for rows.Next() {
			}
			return rows.Err()
		})
		if err != nil && !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
		if _, err := tryAnswer(ctx, db, "select id from both.node"); !errors.Is(err, context.Canceled) {
			t.Fatal(err)
		}
	}
	if got := lastResult(t, db, "select count(*) from bb.node; select group_concat(name) from pragma_database_list"); got != "main" {
		t.Errorf("schemas left: %s", got)
	}
}

// TestManySchemas checks that a session can name any number of connections, and a
// statement as many as SQLite attaches.
func TestManySchemas(t *testing.T) {
	const connections, most = 500, 10
	names := make([]string, connections)
	for i := range names {
		names[i] = fmt.Sprintf("account_%03d", i)
	}
	db := openPlugin(t, &accounts{}, Options{MemoryMB: LeastMemoryMB}, names...)
	for _, name := range names {
		if got := answer(t, db, "select distinct sp_connection_name from "+name+".node"); len(got) != 1 || !strings.Contains(got[0], name) {
			t.Fatalf("%s: %s", name, got)
		}
	}
	union := func(n int) string {
		return "select count(*) from (select * from " + strings.Join(names[:n], ".node union all select * from ") + ".node)"
	}
	if got := answer(t, db, union(most)); got[0] != fmt.Sprintf("%q|", fmt.Sprint(most*len(names[0]))) {
		t.Errorf("%d schemas: %s", most, got)
	}
	_, err := tryAnswer(t.Context(), db, union(most+1))
	want := "the statement names more than 10 connections or aggregators as schemas, which is as many as SQLite attaches; " +
		"leave the schemas out, and group or filter by sp_connection_name"
	if errorText(err) != want {
		t.Errorf("error %v", err)
	}
	_, err = tryAnswer(t.Context(), db, "select 1 from account_500.node")
	want = "no such schema: account_500; schemas: account_000, account_001, account_002, account_003, account_004, " +
		"account_005, account_006, account_007, 492 more, main (all connections)"
	if errorText(err) != want {
		t.Errorf("error %v", err)
	}
	if got := answer(t, db, "select count(*) from node"); got[0] != `"5500"|` {
		t.Errorf("all: %s", got)
	}
}
