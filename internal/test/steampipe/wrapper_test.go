package steampipe

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/test/fdwquals"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// TestConditionsOfTheWrapper sends every condition of the foreign data wrapper
// to the built plugin, on every key column, twice, with and without a LIMIT; every
// fourth where the test is not to be long.
func TestConditionsOfTheWrapper(t *testing.T) {
	every := 4
	if rig.Long() {
		every = 1
	}
	h := habitatWorld(t)
	p := rig.StartProcess(t)
	p.Connect(h.config)
	for table, schema := range h.schema {
		t.Run(table, func(t *testing.T) {
			for _, key := range schema.GetCallKeyColumnList {
				for i, c := range h.casesOf(table, key.Name) {
					if i%every > 0 {
						continue
					}
					for _, limit := range []int64{0, 2} {
						q := question{table: table, connections: []string{"a", "b"}, columns: columnsOf(schema), conditions: []fdwquals.Case{c}, limit: limit}
						e := rig.Execution{Table: table, Connections: q.connections, Columns: q.columns, Cache: true,
							Quals: map[string]*proto.Quals{key.Name: {Quals: []*proto.Qual{c.Qual}}}}
						if q.pushesLimit(schema) {
							e.Limit = limit
						}
						for _, when := range []string{"cold", "warm"} {
							got, err := p.Execute(e)
							if err == nil {
								err = h.judge(q, got)
							}
							if err != nil {
								t.Errorf("%s, %s: %v", when, q, err)
							}
						}
					}
				}
			}
		})
	}
}

// casesOf returns conditions on a key column with values of the table.
func (h *habitat) casesOf(table, key string) []fdwquals.Case {
	var values []string
	for _, name := range []string{"a", "b"} {
		for _, r := range h.truth[table][name] {
			if s, ok := r[key].(string); ok && len(s) > 2 && !slices.Contains(values, s) {
				values = append(values, s)
			}
		}
	}
	slices.Sort(values)
	if isTime(h.schema, table, key) {
		t, err := time.Parse(time.RFC3339Nano, values[len(values)/2])
		if err != nil {
			panic(err)
		}
		return fdwquals.Time(key, t)
	}
	values = append(values, "nothing of the kind", "nor of this", "nor that")
	return fdwquals.Text(key, values[0], values[1], values[2])
}

// TestUnusualRequests sends requests that the protocol allows and no current
// host sends.
func TestUnusualRequests(t *testing.T) {
	h := habitatWorld(t)
	all := question{table: rig.NodeTable, connections: []string{"a"}, columns: columnsOf(h.schema[rig.NodeTable])}
	execute := func(req *proto.ExecuteRequest) ([]rig.Row, error) {
		stream := &rig.Collector{Ctx: t.Context()}
		err := h.start(t).server.Execute(req, stream)
		return stream.Rows, err
	}
	for name, test := range map[string]struct {
		req *proto.ExecuteRequest
		err string // "" if all rows of the connection are expected
	}{
		"an earlier protocol": {&proto.ExecuteRequest{Table: rig.NodeTable, Connection: "a", CacheEnabled: true, QueryContext: &proto.QueryContext{Columns: all.columns}}, ""}, //nolint:staticcheck // deprecated
		"no query context":    {&proto.ExecuteRequest{Table: rig.NodeTable, ExecuteConnectionData: map[string]*proto.ExecuteConnectionData{"a": {}}}, ""},
		"no data of the connection": {&proto.ExecuteRequest{Table: rig.NodeTable, QueryContext: &proto.QueryContext{Columns: all.columns},
			ExecuteConnectionData: map[string]*proto.ExecuteConnectionData{"a": nil}}, ""},
		"another table":      {&proto.ExecuteRequest{Table: "aws_s3_bucket", ExecuteConnectionData: map[string]*proto.ExecuteConnectionData{"a": {}}}, `no table "aws_s3_bucket"`},
		"another connection": {&proto.ExecuteRequest{Table: rig.NodeTable, ExecuteConnectionData: map[string]*proto.ExecuteConnectionData{"z": {}}}, `unknown connection "z"`},
		"another column":     {&proto.ExecuteRequest{Table: rig.NodeTable, QueryContext: &proto.QueryContext{Columns: []string{"color"}}, ExecuteConnectionData: map[string]*proto.ExecuteConnectionData{"a": {}}}, `no column "color"`},
		"no connection":      {&proto.ExecuteRequest{Table: rig.NodeTable}, "names no connection"},
	} {
		t.Run(name, func(t *testing.T) {
			got, err := execute(test.req)
			if test.err != "" {
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("%d rows and the error %v, want %q in it", len(got), err, test.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if want := len(h.truth[rig.NodeTable]["a"]); len(got) != want {
				t.Errorf("%d rows, want %d", len(got), want)
			}
		})
	}
}
