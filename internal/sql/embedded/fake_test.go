package embedded

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/shared"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// fakeFleet is a plugin with one table, node, and a key column, id. It lists
// some nodes and knows others only by id.
type fakeFleet struct {
	nodes
	listed, unlisted []fakeNode
	// fail returns the error of a scan after some rows, for the requested id, or
	// "" for all.
	fail func(id string) (after int, err error)

	mu    sync.Mutex
	scans []string // the requested id of each scan, or ""
}

// fakeNode is a node. Missing values are NULL.
type fakeNode struct {
	id     string
	zone   any
	cores  int64
	weight float64
	seen   time.Time
}

func (*fakeFleet) GetSchema(*proto.GetSchemaRequest) (*proto.GetSchemaResponse, error) {
	return &proto.GetSchemaResponse{Schema: &proto.Schema{Schema: map[string]*proto.TableSchema{"node": {
		Columns: []*proto.ColumnDefinition{
			{Name: "id", Type: proto.ColumnType_STRING},
			{Name: "zone", Type: proto.ColumnType_STRING},
			{Name: "cores", Type: proto.ColumnType_INT},
			{Name: "weight", Type: proto.ColumnType_DOUBLE},
			{Name: "seen", Type: proto.ColumnType_TIMESTAMP},
		},
		ListCallKeyColumnList: []*proto.KeyColumn{{Name: "id", Operators: []string{"="}, Require: "optional"}},
	}}}}, nil
}

func (f *fakeFleet) Execute(req *proto.ExecuteRequest, stream proto.WrapperPlugin_ExecuteServer) error {
	id := ""
	sent := f.listed
	if quals := req.QueryContext.Quals["id"]; quals != nil {
		id = quals.Quals[0].Value.GetStringValue()
		sent = slices.DeleteFunc(slices.Concat(f.listed, f.unlisted), func(n fakeNode) bool { return n.id != id })
	}
	f.mu.Lock()
	f.scans = append(f.scans, id)
	f.mu.Unlock()
	after, err := len(sent), error(nil)
	if f.fail != nil {
		after, err = f.fail(id)
	}
	for i, n := range sent {
		if i >= after && err != nil {
			break
		}
		if err := stream.Send(&proto.ExecuteResponse{Row: n.row()}); err != nil {
			return err
		}
	}
	return err
}

func (n fakeNode) row() *proto.Row {
	columns := map[string]*proto.Column{
		"id":     {Value: &proto.Column_StringValue{StringValue: n.id}},
		"zone":   {Value: &proto.Column_NullValue{}},
		"cores":  {Value: &proto.Column_IntValue{IntValue: n.cores}},
		"weight": {Value: &proto.Column_DoubleValue{DoubleValue: n.weight}},
		"seen":   {Value: &proto.Column_TimestampValue{TimestampValue: timestamppb.New(n.seen)}},
	}
	if zone, ok := n.zone.(string); ok {
		columns["zone"].Value = &proto.Column_StringValue{StringValue: zone}
	}
	return &proto.Row{Columns: columns}
}

// takeScans returns the number of scans since the last call: of the whole
// table, and by id.
func (f *fakeFleet) takeScans() (whole, byID int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, id := range f.scans {
		if id == "" {
			whole++
		} else {
			byID++
		}
	}
	f.scans = nil
	return whole, byID
}

// newFakeFleet returns a fleet with the given number of listed nodes, every
// fifth of them twice. Zones are NULL, of either case, and numbers.
func newFakeFleet(n int) *fakeFleet {
	f := &fakeFleet{unlisted: []fakeNode{{id: "i-stopped", zone: "a", cores: 1}}}
	zones := []any{"a", "A", nil, "7", "7.0", "b", "2026-01-02 03:04:05", "2026-01-02T03:04:05Z"}
	for i := range n {
		node := fakeNode{
			id: fmt.Sprintf("i-%04d", i), zone: zones[i%len(zones)], cores: int64(i % 9), weight: float64(i % 9),
			seen: time.Date(2026, 1, 2, 3, 4, i%10, 0, time.UTC),
		}
		f.listed = append(f.listed, node)
		if i%5 == 0 {
			f.listed = append(f.listed, node)
		}
	}
	return f
}

// openPlugin hosts a plugin with connections of the given names.
func openPlugin(t testing.TB, server shared.WrapperPluginServer, options Options, connections ...string) *DB {
	t.Helper()
	named := make([]Connection, len(connections))
	for i, name := range connections {
		named[i].Name = name
	}
	host, err := NewHost(server, named, options)
	if err != nil {
		t.Fatal(err)
	}
	db, err := Open(host, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := db.Close(); err != nil {
			t.Error(err)
		}
	})
	return db
}

// open hosts the fleet, with a plain table, plain_node, of the listed nodes.
func (f *fakeFleet) open(t *testing.T) *DB {
	t.Helper()
	db := openPlugin(t, f, Options{MemoryMB: LeastMemoryMB}, "c")
	fail := f.fail
	f.fail = nil
	answer(t, db, "create table plain_node(id TEXT, zone TEXT, cores BIGINT, weight REAL, seen TIMESTAMP_TEXT collate timestamp)")
	answer(t, db, "insert into plain_node select * from node")
	f.fail = fail
	f.takeScans()
	return db
}

// answer returns the sorted rows of a statement that must succeed.
func answer(t *testing.T, db *DB, sql string) []string {
	t.Helper()
	rows, err := tryAnswer(t.Context(), db, sql)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return rows
}

func tryAnswer(ctx context.Context, db *DB, sql string) ([]string, error) {
	var lines []string
	err := db.Run(ctx, sql, func(rows *Rows) error {
		for rows.Next() {
			var line strings.Builder
			for i := range rows.Columns {
				if rows.Type(i) == sqlite3.NULL {
					line.WriteString("NULL|")
				} else {
					fmt.Fprintf(&line, "%q|", rows.Text(i))
				}
			}
			lines = append(lines, line.String())
		}
		return rows.Err()
	})
	slices.Sort(lines)
	return lines, err
}

var errDenied = errors.New("list nodes: AccessDenied")
