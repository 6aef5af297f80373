package e2e

import (
	"cmp"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/go-hclog"
	goplugin "github.com/hashicorp/go-plugin"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/shared"
	"google.golang.org/protobuf/types/known/timestamppb"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
)

// buildPlugin builds the plugin's binary once for all tests.
var buildPlugin = sync.OnceValues(func() (string, error) {
	directory, err := os.MkdirTemp("", "ssmassoc-e2e-")
	if err != nil {
		return "", err
	}
	builtDirectory = directory
	binary := filepath.Join(directory, "ssmassoc.plugin")
	cmd := exec.Command("go", "build", "-o", binary, ".")
	cmd.Dir = filepath.Join("..", "..", "..")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", errors.New(string(out))
	}
	return binary, nil
})

// removeBuiltPlugin removes the binary that buildPlugin built.
func removeBuiltPlugin() {
	if builtDirectory != "" {
		_ = os.RemoveAll(builtDirectory)
	}
}

// builtDirectory is where buildPlugin put the binary.
var builtDirectory string

// process is the plugin's binary, started like Steampipe starts it.
type process struct {
	t      testing.TB
	client *goplugin.Client
	plugin shared.WrapperPluginClient
}

func startProcess(t testing.TB, environment ...string) *process {
	t.Helper()
	return startProcessLogging(t, io.Discard, environment...)
}

// startProcessLogging starts the plugin with its log going to log.
func startProcessLogging(t testing.TB, log io.Writer, environment ...string) *process {
	t.Helper()
	binary, err := buildPlugin()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(binary)
	cmd.Env = append(os.Environ(), environment...)
	const name = "steampipe-plugin-ssmassoc"
	client := goplugin.NewClient(&goplugin.ClientConfig{
		HandshakeConfig:  shared.Handshake,
		Plugins:          map[string]goplugin.Plugin{name: &shared.WrapperPlugin{}},
		Cmd:              cmd,
		AllowedProtocols: []goplugin.Protocol{goplugin.ProtocolGRPC},
		SkipHostEnv:      true, // cmd.Env has it, with the changes
		Logger:           hclog.NewNullLogger(),
		Stderr:           log,
	})
	t.Cleanup(client.Kill)
	rpc, err := client.Client()
	if err != nil {
		t.Fatal(err)
	}
	raw, err := rpc.Dispense(name)
	if err != nil {
		t.Fatal(err)
	}
	return &process{t: t, client: client, plugin: raw.(shared.WrapperPluginClient)}
}

// connect sets the connections by name, like Steampipe.
func (p *process) connect(configs map[string]string) {
	p.t.Helper()
	req := &proto.SetAllConnectionConfigsRequest{MaxCacheSizeMb: -1}
	for name, config := range configs {
		req.Configs = append(req.Configs, &proto.ConnectionConfig{Connection: name, Plugin: "ssmassoc", Config: config})
	}
	if _, err := p.plugin.SetAllConnectionConfigs(req); err != nil {
		p.t.Fatal(err)
	}
	if _, err := p.plugin.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: true, Ttl: 300, MaxSizeMb: 16}); err != nil {
		p.t.Fatal(err)
	}
}

// execution is a request to the plugin.
type execution struct {
	table       string // "" for the main table
	connections []string
	columns     []string
	quals       map[string]*proto.Quals
	limit       int64 // 0 for none
	cache       bool
	// justCleared is set if the cache was cleared less than a second ago, as
	// Steampipe's .cache clear does: through the allowed age.
	justCleared bool
	// drop is set if the rows do not matter.
	drop bool
	// each, if not nil, is called for every row.
	each func()
}

func (p *process) request(e execution) *proto.ExecuteRequest {
	req := &proto.ExecuteRequest{
		Table:                 cmp.Or(e.table, table),
		Connection:            e.connections[0],
		CallId:                p.t.Name(),
		QueryContext:          &proto.QueryContext{Columns: e.columns, Quals: e.quals},
		ExecuteConnectionData: map[string]*proto.ExecuteConnectionData{},
	}
	for _, name := range e.connections {
		data := &proto.ExecuteConnectionData{CacheEnabled: e.cache, CacheTtl: 300}
		if e.justCleared {
			data.CacheTtl = 0
		}
		if e.limit > 0 {
			data.Limit = &proto.NullableInt{Value: e.limit}
		}
		req.ExecuteConnectionData[name] = data
	}
	return req
}

// execute reads a scan to its end.
func (p *process) execute(e execution) ([]row, error) {
	stream, _, cancel, err := p.plugin.Execute(p.request(e))
	if err != nil {
		return nil, err
	}
	defer cancel()
	var rows []row
	for {
		response, err := stream.Recv()
		if errors.Is(err, io.EOF) {
			return rows, nil
		}
		if err != nil {
			return rows, err
		}
		if e.each != nil {
			e.each()
		}
		if e.drop {
			continue
		}
		r := row{}
		for _, column := range e.columns {
			r[column] = columnValue(response.Row.Columns[column])
		}
		rows = append(rows, r)
	}
}

// columnValue converts a value to that of the embedded engine.
func columnValue(c *proto.Column) any {
	switch v := c.GetValue().(type) {
	case *proto.Column_StringValue:
		return v.StringValue
	case *proto.Column_TimestampValue:
		return v.TimestampValue.AsTime().Format(time.RFC3339Nano)
	case *proto.Column_JsonValue:
		return string(v.JsonValue)
	case *proto.Column_IpAddrValue:
		return v.IpAddrValue
	case *proto.Column_IntValue:
		return v.IntValue
	case *proto.Column_BoolValue:
		return v.BoolValue
	case *proto.Column_DoubleValue:
		return v.DoubleValue
	default:
		return nil
	}
}

// equals returns the condition that a column equals one of the values.
func equals(column string, values ...string) map[string]*proto.Quals {
	var list []*proto.QualValue
	for _, v := range values {
		list = append(list, &proto.QualValue{Value: &proto.QualValue_StringValue{StringValue: v}})
	}
	value := list[0]
	if len(list) > 1 {
		value = &proto.QualValue{Value: &proto.QualValue_ListValue{ListValue: &proto.QualValueList{Values: list}}}
	}
	return map[string]*proto.Quals{column: {Quals: []*proto.Qual{{
		FieldName: column,
		Operator:  &proto.Qual_StringValue{StringValue: "="},
		Value:     value,
	}}}}
}

func TestPluginProcess(t *testing.T) {
	w := newWorld(t, worldOptions{})
	p := startProcess(t)
	p.connect(map[string]string{"prod": arguments(w.url, awssim.DefaultAccessKeyID, w.fleet.Regions())})
	columns := keysOf(w.expected(w.withRows(50))[0])

	t.Run("schema", func(t *testing.T) {
		res, err := p.plugin.GetSchema(&proto.GetSchemaRequest{Connection: "prod"})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range tableCases {
			table, want := c.name, c.keys
			schema := res.Schema.Schema[table]
			if schema == nil {
				t.Fatalf("no table %s", table)
			}
			for _, c := range schema.Columns {
				if !strings.HasSuffix(c.Description, ".") && !strings.HasSuffix(c.Description, ").") {
					t.Errorf("%s: the description of column %s is no full sentence: %q", table, c.Name, c.Description)
				}
			}
			if len(schema.ListCallKeyColumnList) > 0 {
				t.Errorf("%s: the host would plan joins by %v", table, schema.ListCallKeyColumnList)
			}
			var own []string
			keys := map[string][]string{}
			for _, key := range schema.GetCallKeyColumnList {
				keys[key.Name] = key.Operators
				if key.Require != "optional" {
					t.Errorf("%s: key column %s is %s", table, key.Name, key.Require)
				}
				operators := []string{"="}
				switch key.Name {
				case "region", "account_id", "sp_connection_name":
					operators = []string{"=", "<>", "~~", "~~*", "!~~", "!~~*"}
				case "created_time", "requested_date_time", "start_time":
					operators = []string{"=", "<", "<=", ">", ">="}
					own = append(own, key.Name)
				case "document_name":
					operators = []string{"=", "~~"}
					own = append(own, key.Name)
				default:
					own = append(own, key.Name)
				}
				if !slices.Equal(key.Operators, operators) {
					t.Errorf("%s: key column %s has the operators %v", table, key.Name, key.Operators)
				}
			}
			slices.Sort(own)
			if got := strings.Join(own, " "); got != want {
				t.Errorf("%s has the key columns %s, want %s", table, got, want)
			}
			for _, origin := range []string{"region", "account_id", "sp_connection_name"} {
				if len(keys[origin]) == 0 {
					t.Errorf("%s: %s is not a key column", table, origin)
				}
			}
		}
	})

	t.Run("a whole fleet", func(t *testing.T) {
		w.sim.Reset()
		got, err := p.execute(execution{connections: []string{"prod"}, columns: columns})
		if err != nil {
			t.Fatal(err)
		}
		sameRows(t, got, w.expected(w.everyNode()...))
		w.expectCalls(scanCalls(w.everyNode()))
	})

	t.Run("the other tables", func(t *testing.T) {
		for table, want := range map[string][]row{
			nodeTable:        {expectedNode(w.fleet, w.listed("us-east-1")[0])},
			associationTable: {expectedDescription(w.fleet, "us-east-1", w.fleet.Associations("us-east-1")[0])},
			effectiveTable:   expectedEffective(w.fleet, w.listed("us-east-1")[0]),
		} {
			key := "instance_id"
			if table == associationTable {
				key = "association_id"
			}
			got, err := p.execute(execution{table: table, connections: []string{"prod"}, columns: keysOf(want[0]), quals: equals(key, want[0][key].(string))})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range got { // booleans are numbers in SQLite
				for name, v := range r {
					if b, ok := v.(bool); ok {
						r[name] = boolean(&b)
					}
				}
			}
			sameTable(t, got, want)
		}
	})

	t.Run("a time that an execution started at or after", func(t *testing.T) {
		history := w.fleet.Associations("us-east-1")[0].Executions()
		from := history[len(history)/2].CreatedTime
		var want []row
		for _, e := range history {
			if e.CreatedTime != nil && *e.CreatedTime >= *from {
				want = append(want, expectedExecution(w.fleet, "us-east-1", e))
			}
		}
		quals := equals("association_id", history[0].AssociationID)
		quals["created_time"] = &proto.Quals{Quals: []*proto.Qual{{
			FieldName: "created_time",
			Operator:  &proto.Qual_StringValue{StringValue: ">="},
			Value:     &proto.QualValue{Value: &proto.QualValue_TimestampValue{TimestampValue: timestamppb.New(from.Time())}},
		}}}
		got, err := p.execute(execution{table: executionTable, connections: []string{"prod"}, columns: keysOf(want[0]), quals: quals})
		if err != nil {
			t.Fatal(err)
		}
		sameTable(t, got, want)

		// PostgreSQL's zero stands for a value not known yet or not convertible:
		// it is not a condition.
		want = nil
		for _, e := range history {
			want = append(want, expectedExecution(w.fleet, "us-east-1", e))
		}
		for _, value := range []*proto.QualValue{
			{Value: &proto.QualValue_TimestampValue{TimestampValue: timestamppb.New(time.Date(2000, time.January, 1, 0, 0, 0, 0, time.UTC))}},
			{Value: &proto.QualValue_StringValue{StringValue: "?"}},
			{},
		} {
			for _, operator := range []string{"<", "<=", "="} {
				if value.Value == nil && operator == "=" {
					continue // NULL equals nothing
				}
				quals["created_time"].Quals[0].Operator = &proto.Qual_StringValue{StringValue: operator}
				quals["created_time"].Quals[0].Value = value
				got, err := p.execute(execution{table: executionTable, connections: []string{"prod"}, columns: keysOf(want[0]), quals: quals})
				if err != nil {
					t.Fatal(err)
				}
				sameTable(t, got, want)
			}
		}
	})

	t.Run("a list of nodes with one twice", func(t *testing.T) {
		nodes := w.listed("us-east-1")
		w.sim.Reset()
		got, err := p.execute(execution{connections: []string{"prod"}, columns: columns,
			quals: equals("instance_id", nodes[0].InstanceID, nodes[1].InstanceID, nodes[0].InstanceID)})
		if err != nil {
			t.Fatal(err)
		}
		sameRows(t, got, w.expected(nodes[0], nodes[1]))
	})

	t.Run("a value that only PostgreSQL knows is not a condition", func(t *testing.T) {
		got, err := p.execute(execution{connections: []string{"prod"}, columns: columns, quals: equals("instance_id", "?")})
		if err != nil {
			t.Fatal(err)
		}
		sameRows(t, got, w.expected(w.everyNode()...))
	})

	t.Run("a limit is for PostgreSQL to apply", func(t *testing.T) {
		// It may be that of an order by an expression, or of a window.
		got, err := p.execute(execution{connections: []string{"prod"}, columns: columns, limit: 7})
		if err != nil {
			t.Fatal(err)
		}
		sameRows(t, got, w.expected(w.everyNode()...))
	})

	t.Run("PostgreSQL's own columns are left to it", func(t *testing.T) {
		for _, own := range [][]string{{"tableoid"}, {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"}} {
			got, err := p.execute(execution{connections: []string{"prod"}, columns: slices.Concat(own, columns)})
			if err != nil {
				t.Fatal(err)
			}
			sameRows(t, got, w.expected(w.everyNode()...))
			if got, err = p.execute(execution{connections: []string{"prod"}, columns: own}); err != nil || len(got) == 0 {
				t.Errorf("%v alone: %d rows, error %v", own, len(got), err)
			}
		}
	})

	t.Run("the account of another connection", func(t *testing.T) {
		w.sim.Reset()
		got, err := p.execute(execution{connections: []string{"prod"}, columns: columns, quals: equals("account_id", "000000000000")})
		if err != nil {
			t.Fatal(err)
		}
		sameRows(t, got, nil)
		w.expectCalls(calls{})
	})

	t.Run("a connection or a table that is not there is an error", func(t *testing.T) {
		for _, e := range []execution{
			{connections: []string{"prod", "gone"}, columns: columns},
			{connections: []string{"gone"}, columns: columns, quals: equals("account_id", "123456789012")},
		} {
			if _, err := p.execute(e); err == nil || !strings.Contains(err.Error(), "gone") {
				t.Errorf("error %v", err)
			}
		}
	})

	t.Run("a failing connection is named", func(t *testing.T) {
		p := startProcess(t)
		p.connect(map[string]string{
			"good": arguments(w.url, awssim.DefaultAccessKeyID, w.fleet.Regions()),
			"bad":  arguments(w.url, "no-such-key", w.fleet.Regions()),
		})
		_, err := p.execute(execution{connections: []string{"good", "bad"}, columns: columns})
		if err == nil || !strings.Contains(err.Error(), "bad: ") {
			t.Errorf("error %v does not name the connection", err)
		}
	})
}

// waitUntilQuiet returns after a while without calls, and fails the test if
// they go on.
func waitUntilQuiet(t *testing.T, sim *awssim.Server) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	for before := -1; ; {
		now := sim.Calls().Total()
		if now == before {
			return
		}
		before = now
		select {
		case <-time.After(100 * time.Millisecond):
		case <-ctx.Done():
			t.Fatal("calls went on")
		}
	}
}
