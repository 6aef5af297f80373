package embedded

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/shared"
)

// nodes is a plugin with one table, node, whose rows come from send.
type nodes struct {
	shared.WrapperPluginServer
	send func(stream proto.WrapperPlugin_ExecuteServer) error
}

func (nodes) SetAllConnectionConfigs(*proto.SetAllConnectionConfigsRequest) (*proto.SetConnectionConfigResponse, error) {
	return nil, nil
}

func (nodes) SetCacheOptions(*proto.SetCacheOptionsRequest) (*proto.SetCacheOptionsResponse, error) {
	return nil, nil
}

func (nodes) GetSchema(*proto.GetSchemaRequest) (*proto.GetSchemaResponse, error) {
	return &proto.GetSchemaResponse{Schema: &proto.Schema{Schema: map[string]*proto.TableSchema{"node": {
		Columns: []*proto.ColumnDefinition{
			{Name: "id", Type: proto.ColumnType_STRING},
			{Name: "tags", Type: proto.ColumnType_JSON},
			{Name: "seen", Type: proto.ColumnType_TIMESTAMP},
		},
		ListCallKeyColumnList: []*proto.KeyColumn{{Name: "id", Operators: []string{"="}, Require: "optional"}},
	}}}}, nil
}

func (n nodes) Execute(_ *proto.ExecuteRequest, stream proto.WrapperPlugin_ExecuteServer) error {
	return n.send(stream)
}

// sendNode sends a node with the given id.
func sendNode(stream proto.WrapperPlugin_ExecuteServer, id string) error {
	return stream.Send(&proto.ExecuteResponse{Row: &proto.Row{Columns: map[string]*proto.Column{
		"id":   {Value: &proto.Column_StringValue{StringValue: id}},
		"tags": {Value: &proto.Column_JsonValue{JsonValue: []byte(`{"a": 1}`)}},
	}}})
}

// sendFew sends three nodes.
func sendFew(stream proto.WrapperPlugin_ExecuteServer) error {
	for i := range 3 {
		if err := sendNode(stream, fmt.Sprint("i-", i)); err != nil {
			return err
		}
	}
	return nil
}

func openNodes(t testing.TB, send func(proto.WrapperPlugin_ExecuteServer) error) *DB {
	t.Helper()
	return openPlugin(t, nodes{send: send}, Options{MemoryMB: LeastMemoryMB}, "c")
}

// read goes through a result and reads every value.
func read(rows *Rows) error {
	for rows.Next() {
		for i := range rows.Columns {
			rows.Type(i)
			rows.Text(i)
		}
	}
	return rows.Err()
}

// TestPanics checks that any panic fails only the statement.
func TestPanics(t *testing.T) {
	for name, test := range map[string]struct {
		send   func(proto.WrapperPlugin_ExecuteServer) error
		result func(*Rows) error
		sql    string
		want   string
	}{
		"in the plugin": {
			send: func(proto.WrapperPlugin_ExecuteServer) error { panic("no such case") },
			sql:  "select * from node",
			want: "internal error: no such case",
		},
		"in what takes the rows": {
			result: func(rows *Rows) error { panic(fmt.Sprint("no such case: ", rows.Next())) },
			sql:    "select * from node",
			want:   "internal error: no such case: true",
		},
		"in a value of the plugin that SQLite has no memory for": {
			send: func(stream proto.WrapperPlugin_ExecuteServer) error {
				return sendNode(stream, strings.Repeat("x", LeastMemoryMB<<20))
			},
			sql:  "select * from node",
			want: "out of memory: ",
		},
		"in a sort that SQLite has no memory for": {
			sql:  "select hex(randomblob(500000)) as x from generate_series(1, 100) order by x",
			want: "out of memory: SQLite may take 16 MB",
		},
		"in a statement that is too deep": {
			sql:  "select 1" + strings.Repeat(" union all select 1", 490),
			want: "the statement is too deep or has too many parts for SQLite; nest less, or split it",
		},
		"in views of views": {
			sql:  "create view v0 as select 1;" + viewsOfViews(1000) + "select * from v999",
			want: "the statement is too deep or has too many parts for SQLite; nest less, or split it",
		},
		"in a name": {
			sql:  "select 1 as " + strings.Repeat("n", 1_500_000),
			want: "a name in the SQL is longer than 1,000,000 bytes; shorten it, or name the expression with AS",
		},
	} {
		t.Run(name, func(t *testing.T) {
			if test.send == nil {
				test.send = sendFew
			}
			if test.result == nil {
				test.result = read
			}
			err := openNodes(t, test.send).Run(t.Context(), test.sql, test.result)
			if err == nil || !strings.HasPrefix(err.Error(), test.want) {
				t.Errorf("got the error %v, want %q", err, test.want)
			}
		})
	}
}

func viewsOfViews(n int) string {
	var b strings.Builder
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "create view v%d as select * from v%d;", i, i-1)
	}
	return b.String()
}

// TestPanicEndsScans checks that no scan continues after a panic, and that the
// database reports being unusable.
func TestPanicEndsScans(t *testing.T) {
	ended := make(chan error, 1)
	db := openNodes(t, func(stream proto.WrapperPlugin_ExecuteServer) error {
		for {
			if err := sendNode(stream, "i-0"); err != nil {
				ended <- err
				return err
			}
		}
	})
	err := db.Run(t.Context(), "select * from node", func(rows *Rows) error { panic(fmt.Sprint(rows.Next())) })
	var defect *PanicError
	if !errors.As(err, &defect) || !strings.Contains(string(defect.Stack), "hostile_test.go") {
		t.Errorf("got the error %v, want one with the stack of the panic", err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the scan ended with %v, want %v", err, context.Canceled)
	}
	if err := db.Run(t.Context(), "select 1", read); err == nil || !strings.Contains(err.Error(), "open another") {
		t.Errorf("got the error %v, want that the database is of no use", err)
	}
}

// FuzzSQL checks that any SQL has a result or an error: no panic escapes, and
// no file is created.
func FuzzSQL(f *testing.F) {
	for _, sql := range []string{
		"select * from node where id = 'i-1' limit 1 offset 1",
		"select n.id, count(*) from node n join node m on n.id = m.id where n.seen > '2024-01-01' or m.id in ('i-0', null) group by 1 order by 2 desc",
		"with recursive t(n) as (select 1 union all select n + 1 from t) select n from t",
		"create table t(a primary key references t on delete cascade, b json_text); insert into t select value, tags from generate_series(1, 9), node; update t set a = -a; delete from t where a < -3; select b ->> 'a' from t",
		"create temp view v as select id from node; create index i on t(a); drop view v",
		"create trigger r after insert on t begin select raise(abort, 'x'); end",
		"attach 'x.db' as x", "vacuum into 'x.db'", "detach main", "pragma temp_store = file", "pragma writable_schema = on",
		"create virtual table x using node", "insert into node values (1)", "alter table node rename to x", "analyze", "reindex",
		"select hex(randomblob(1000000000))", "select printf('%.*c', 2000000000, 'x')", "select zeroblob(-1), char(0, 27, 1114111)",
		"select group_concat(hex(zeroblob(100000))) over (order by value) from generate_series(1, 1000)",
		"select json_extract('[[[[1]]]]', '$[0][0]'), json_each.value from json_each('{\"a\":1}')",
		"select rowid from node", "select sp_ctx, * from node natural join node", "explain query plan select * from node",
		"select 1; ; -- x\n/* y", "select '", "select \"a\x00b\"", "select ?1, :a", "\xff\xfe", "begin; savepoint s; rollback to s; commit",
		"select x'61ff' regexp '(a+)+$', 'a' like '%a%a%a%b', strftime('%s', 'now')", "select 9223372036854775807 + 1, 1e999, -1e999, 0/0",
	} {
		f.Add(sql)
	}
	f.Chdir(f.TempDir())
	f.Fuzz(func(t *testing.T, sql string) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second/2)
		defer cancel()
		err := openNodes(t, sendFew).Run(ctx, sql, read)
		var defect *PanicError
		if errors.As(err, &defect) {
			t.Errorf("%q: %v\n%s", sql, err, defect.Stack)
		}
		if files, err := os.ReadDir("."); err != nil || len(files) > 0 {
			t.Errorf("%q made the files %v (%v)", sql, files, err)
		}
	})
}
