package steampipe

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"google.golang.org/protobuf/types/known/timestamppb"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

func TestPluginProcess(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{})
	p := rig.StartProcess(t)
	p.Connect(map[string]string{"prod": rig.Arguments(w.URL, awssim.DefaultAccessKeyID, w.Fleet.Regions())})
	columns := rig.KeysOf(w.Expected(w.WithRows(50))[0])

	t.Run("schema", func(t *testing.T) {
		res, err := p.Plugin.GetSchema(&proto.GetSchemaRequest{Connection: "prod"})
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range rig.TableCases {
			table, want := c.Name, c.Keys
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
		w.Sim.Reset()
		got, err := p.Execute(rig.Execution{Connections: []string{"prod"}, Columns: columns})
		if err != nil {
			t.Fatal(err)
		}
		rig.SameRows(t, got, w.Expected(w.EveryNode()...))
		w.ExpectCalls(rig.ScanCalls(w.EveryNode()))
	})

	t.Run("the other tables", func(t *testing.T) {
		for table, want := range map[string][]rig.Row{
			rig.NodeTable:        {rig.ExpectedNode(w.Fleet, w.Listed("us-east-1")[0])},
			rig.AssociationTable: {rig.ExpectedDescription(w.Fleet, "us-east-1", w.Fleet.Associations("us-east-1")[0])},
			rig.EffectiveTable:   rig.ExpectedEffective(w.Fleet, w.Listed("us-east-1")[0]),
		} {
			key := "instance_id"
			if table == rig.AssociationTable {
				key = "association_id"
			}
			got, err := p.Execute(rig.Execution{Table: table, Connections: []string{"prod"}, Columns: rig.KeysOf(want[0]), Quals: rig.Equals(key, want[0][key].(string))})
			if err != nil {
				t.Fatal(err)
			}
			for _, r := range got { // booleans are numbers in SQLite
				for name, v := range r {
					if b, ok := v.(bool); ok {
						r[name] = rig.Boolean(&b)
					}
				}
			}
			rig.SameTable(t, got, want)
		}
	})

	t.Run("a time that an execution started at or after", func(t *testing.T) {
		history := w.Fleet.Associations("us-east-1")[0].Executions()
		from := history[len(history)/2].CreatedTime
		var want []rig.Row
		for _, e := range history {
			if e.CreatedTime != nil && *e.CreatedTime >= *from {
				want = append(want, rig.ExpectedExecution(w.Fleet, "us-east-1", e))
			}
		}
		quals := rig.Equals("association_id", history[0].AssociationID)
		quals["created_time"] = &proto.Quals{Quals: []*proto.Qual{{
			FieldName: "created_time",
			Operator:  &proto.Qual_StringValue{StringValue: ">="},
			Value:     &proto.QualValue{Value: &proto.QualValue_TimestampValue{TimestampValue: timestamppb.New(from.Time())}},
		}}}
		got, err := p.Execute(rig.Execution{Table: rig.ExecutionTable, Connections: []string{"prod"}, Columns: rig.KeysOf(want[0]), Quals: quals})
		if err != nil {
			t.Fatal(err)
		}
		rig.SameTable(t, got, want)

		// PostgreSQL's zero stands for a value not known yet or not convertible:
		// it is not a condition.
		want = nil
		for _, e := range history {
			want = append(want, rig.ExpectedExecution(w.Fleet, "us-east-1", e))
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
				got, err := p.Execute(rig.Execution{Table: rig.ExecutionTable, Connections: []string{"prod"}, Columns: rig.KeysOf(want[0]), Quals: quals})
				if err != nil {
					t.Fatal(err)
				}
				rig.SameTable(t, got, want)
			}
		}
	})

	t.Run("a list of nodes with one twice", func(t *testing.T) {
		nodes := w.Listed("us-east-1")
		w.Sim.Reset()
		got, err := p.Execute(rig.Execution{Connections: []string{"prod"}, Columns: columns,
			Quals: rig.Equals("instance_id", nodes[0].InstanceID, nodes[1].InstanceID, nodes[0].InstanceID)})
		if err != nil {
			t.Fatal(err)
		}
		rig.SameRows(t, got, w.Expected(nodes[0], nodes[1]))
	})

	t.Run("a value that only PostgreSQL knows is not a condition", func(t *testing.T) {
		got, err := p.Execute(rig.Execution{Connections: []string{"prod"}, Columns: columns, Quals: rig.Equals("instance_id", "?")})
		if err != nil {
			t.Fatal(err)
		}
		rig.SameRows(t, got, w.Expected(w.EveryNode()...))
	})

	t.Run("a limit is for PostgreSQL to apply", func(t *testing.T) {
		// It may be that of an order by an expression, or of a window.
		got, err := p.Execute(rig.Execution{Connections: []string{"prod"}, Columns: columns, Limit: 7})
		if err != nil {
			t.Fatal(err)
		}
		rig.SameRows(t, got, w.Expected(w.EveryNode()...))
	})

	t.Run("PostgreSQL's own columns are left to it", func(t *testing.T) {
		for _, own := range [][]string{{"tableoid"}, {"ctid", "xmin", "cmin", "xmax", "cmax", "tableoid"}} {
			got, err := p.Execute(rig.Execution{Connections: []string{"prod"}, Columns: slices.Concat(own, columns)})
			if err != nil {
				t.Fatal(err)
			}
			rig.SameRows(t, got, w.Expected(w.EveryNode()...))
			if got, err = p.Execute(rig.Execution{Connections: []string{"prod"}, Columns: own}); err != nil || len(got) == 0 {
				t.Errorf("%v alone: %d rows, error %v", own, len(got), err)
			}
		}
	})

	t.Run("the account of another connection", func(t *testing.T) {
		w.Sim.Reset()
		got, err := p.Execute(rig.Execution{Connections: []string{"prod"}, Columns: columns, Quals: rig.Equals("account_id", "000000000000")})
		if err != nil {
			t.Fatal(err)
		}
		rig.SameRows(t, got, nil)
		w.ExpectCalls(rig.Calls{})
	})

	t.Run("a connection or a table that is not there is an error", func(t *testing.T) {
		for _, e := range []rig.Execution{
			{Connections: []string{"prod", "gone"}, Columns: columns},
			{Connections: []string{"gone"}, Columns: columns, Quals: rig.Equals("account_id", "123456789012")},
		} {
			if _, err := p.Execute(e); err == nil || !strings.Contains(err.Error(), "gone") {
				t.Errorf("error %v", err)
			}
		}
	})

	t.Run("a failing connection is named", func(t *testing.T) {
		p := rig.StartProcess(t)
		p.Connect(map[string]string{
			"good": rig.Arguments(w.URL, awssim.DefaultAccessKeyID, w.Fleet.Regions()),
			"bad":  rig.Arguments(w.URL, "no-such-key", w.Fleet.Regions()),
		})
		_, err := p.Execute(rig.Execution{Connections: []string{"good", "bad"}, Columns: columns})
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
