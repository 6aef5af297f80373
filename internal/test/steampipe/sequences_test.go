package steampipe

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/query_cache"
	"pgregory.net/rapid"

	"steampipe-plugin-ssmassoc/internal/server"
	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/test/fdwquals"
	"steampipe-plugin-ssmassoc/internal/test/rig"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// habitat is the plugin as Steampipe hosts it: one server for any sequence of
// queries over several connections, with the true rows of each connection, read
// by a new server.
type habitat struct {
	sim    *awssim.Server
	server *server.Server
	config map[string]string // by connection
	schema map[string]*proto.TableSchema
	truth  map[string]map[string][]rig.Row // by table and connection
}

// habitatWorld is shared by the habitats of a test.
func habitatWorld(t *testing.T) *habitat {
	t.Helper()
	h := &habitat{config: map[string]string{}, truth: map[string]map[string][]rig.Row{}}
	options := fleet.Options{Seed: 5, Nodes: 14, Regions: []string{"us-east-1", "eu-west-1"}, Associations: 5}
	other := options
	other.AccountID, other.Seed = "222222222222", 6
	h.sim = awssim.New(awssim.Options{},
		awssim.Account{AccessKeyID: "one", Fleet: fleet.New(options)},
		awssim.Account{AccessKeyID: "two", Fleet: fleet.New(other)})
	url := rig.Serve(t, h.sim)
	h.config["a"] = rig.Arguments(url, "one", []string{"us-east-1", "eu-west-1"}) + rig.FastRetries
	h.config["b"] = rig.Arguments(url, "two", nil) + "regions = [\"*\"]\n" + rig.FastRetries
	h.config["c"] = rig.Arguments(url, "two", []string{"eu-west-1"}) + rig.FastRetries + "max_concurrent_requests = 2\n"

	fresh := h.start(t)
	schema, err := fresh.server.GetSchema(&proto.GetSchemaRequest{Connection: "a"})
	if err != nil {
		t.Fatal(err)
	}
	h.schema = schema.Schema.Schema
	for table := range h.schema {
		h.truth[table] = map[string][]rig.Row{}
		for name := range h.config {
			rows, err := fresh.ask(t.Context(), question{table: table, connections: []string{name}, columns: columnsOf(h.schema[table])})
			if err != nil {
				t.Fatal(err)
			}
			h.truth[table][name] = rows
		}
	}
	return h
}

// start starts a new server.
func (h *habitat) start(t interface{ Fatal(...any) }) *habitat {
	started := *h
	started.server = ssmassoc.NewServer()
	started.save(t)
	if _, err := started.server.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: true, Ttl: 300, MaxSizeMb: 16}); err != nil {
		t.Fatal(err)
	}
	return &started
}

// save sets the connections, as Steampipe does when their configuration is
// saved.
func (h *habitat) save(t interface{ Fatal(...any) }) {
	req := &proto.SetAllConnectionConfigsRequest{MaxCacheSizeMb: -1}
	for _, name := range slices.Sorted(maps.Keys(h.config)) {
		req.Configs = append(req.Configs, &proto.ConnectionConfig{Connection: name, Plugin: "ssmassoc", Config: h.config[name]})
	}
	if _, err := h.server.SetAllConnectionConfigs(req); err != nil {
		t.Fatal(err)
	}
}

// isTime reports whether a column is a timestamp.
func isTime(schema map[string]*proto.TableSchema, table, column string) bool {
	return slices.ContainsFunc(schema[table].Columns, func(c *proto.ColumnDefinition) bool {
		return c.Name == column && c.Type == proto.ColumnType_TIMESTAMP
	})
}

func columnsOf(table *proto.TableSchema) []string {
	var names []string
	for _, c := range table.Columns {
		if c.Name != "sp_ctx" && c.Name != "_ctx" {
			names = append(names, c.Name)
		}
	}
	return names
}

// question is a query of the foreign data wrapper.
type question struct {
	table       string
	connections []string
	columns     []string
	conditions  []fdwquals.Case
	limit       int64 // 0 for none
	cache       bool
	ttl         int64
	rows        int // after which the host stops reading; 0 for never
}

func (q question) String() string {
	var conditions []string
	for _, c := range q.conditions {
		conditions = append(conditions, "("+c.SQL+")")
	}
	return fmt.Sprintf("select %d columns from %v.%s where %s limit %d, cache %t for %d s, away after %d rows",
		len(q.columns), q.connections, q.table, strings.Join(conditions, " and "), q.limit, q.cache, q.ttl, q.rows)
}

func (q question) meets(r rig.Row) bool {
	return !slices.ContainsFunc(q.conditions, func(c fdwquals.Case) bool { return !c.Meets(r[c.Qual.FieldName]) })
}

// pushesLimit reports whether the wrapper sends the LIMIT: if it takes every
// condition for one that the plugin applies (shouldPushdownLimit in its
// hub/hub_base.go).
func (q question) pushesLimit(schema *proto.TableSchema) bool {
	return !slices.ContainsFunc(q.conditions, func(c fdwquals.Case) bool {
		return !slices.ContainsFunc(schema.GetCallKeyColumnList, func(k *proto.KeyColumn) bool {
			return k.Name == c.Qual.FieldName && slices.Contains(k.Operators, c.Qual.GetStringValue())
		})
	})
}

// ask sends a question and returns the plugin's rows.
func (h *habitat) ask(ctx context.Context, q question) ([]rig.Row, error) {
	req := &proto.ExecuteRequest{
		Table:                 q.table,
		Connection:            q.connections[0],
		CallId:                "sequence",
		QueryContext:          &proto.QueryContext{Columns: q.columns, Quals: map[string]*proto.Quals{}},
		ExecuteConnectionData: map[string]*proto.ExecuteConnectionData{},
	}
	for _, c := range q.conditions {
		column := c.Qual.FieldName
		if req.QueryContext.Quals[column] == nil {
			req.QueryContext.Quals[column] = &proto.Quals{}
		}
		req.QueryContext.Quals[column].Quals = append(req.QueryContext.Quals[column].Quals, c.Qual)
	}
	for _, name := range q.connections {
		data := &proto.ExecuteConnectionData{CacheEnabled: q.cache, CacheTtl: q.ttl}
		if q.limit > 0 && q.pushesLimit(h.schema[q.table]) {
			data.Limit = &proto.NullableInt{Value: q.limit}
		}
		req.ExecuteConnectionData[name] = data
	}
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	stream := &rig.Collector{Ctx: ctx, Away: cancel, Most: q.rows}
	err := h.server.Execute(req, stream)
	return stream.Rows, err
}

// judge returns what is wrong with an answer after the host has applied every
// condition to its rows.
func (h *habitat) judge(q question, got []rig.Row) error {
	var want []rig.Row
	for _, name := range q.connections {
		for _, r := range h.truth[q.table][name] {
			if q.meets(r) {
				want = append(want, r)
			}
		}
	}
	kept := slices.DeleteFunc(slices.Clone(got), func(r rig.Row) bool { return !q.meets(r) })
	columns := q.columns
	if len(columns) == 0 {
		columns = []string{"sp_connection_name"}
	}
	wanted := map[string]int{}
	for _, line := range rig.Lines(rig.Only(want, columns...)) {
		wanted[line]++
	}
	for _, line := range rig.Lines(rig.Only(kept, columns...)) {
		if wanted[line]--; wanted[line] < 0 {
			return fmt.Errorf("a row too many: %s", line)
		}
	}
	if len(kept) < len(want) { // a LIMIT is for PostgreSQL to apply
		return fmt.Errorf("%d rows, want %d", len(kept), len(want))
	}
	return nil
}

// drawQuestion draws a question that the wrapper may ask.
func (h *habitat) drawQuestion(t *rapid.T) question {
	tables := slices.Sorted(maps.Keys(h.schema))
	q := question{
		table:       rapid.SampledFrom(tables).Draw(t, "table"),
		connections: rapid.SampledFrom([][]string{{"a"}, {"b"}, {"c"}, {"a", "b"}, {"a", "b", "c"}}).Draw(t, "connections"),
		limit:       rapid.SampledFrom([]int64{0, 0, 1, 3, 60}).Draw(t, "limit"),
		cache:       rapid.SampledFrom([]bool{true, true, true, false}).Draw(t, "cache"),
		ttl:         rapid.SampledFrom([]int64{300, 300, 300, 0}).Draw(t, "ttl"),
		rows:        rapid.SampledFrom([]int{0, 0, 0, 0, 1, 5}).Draw(t, "away after"),
	}
	for range rapid.SampledFrom([]int{0, 1, 1, 2, 2}).Draw(t, "conditions") {
		q.conditions = append(q.conditions, h.drawCondition(t, q))
	}
	switch columns := columnsOf(h.schema[q.table]); rapid.SampledFrom([]string{"all", "few", "none"}).Draw(t, "columns") {
	case "all":
		q.columns = columns
	case "few":
		q.columns = []string{rapid.SampledFrom(columns).Draw(t, "column")}
	}
	for _, c := range q.conditions { // the host reads the columns that it compares
		if !slices.Contains(q.columns, c.Qual.FieldName) {
			q.columns = append(q.columns, c.Qual.FieldName)
		}
	}
	return q
}

// drawCondition draws a condition on a key column, usually with values of the
// table.
func (h *habitat) drawCondition(t *rapid.T, q question) fdwquals.Case {
	keys := slices.DeleteFunc(slices.Clone(h.schema[q.table].GetCallKeyColumnList), func(k *proto.KeyColumn) bool {
		return k.CacheMatch == query_cache.CacheMatchExact // its rows depend on the condition
	})
	key := rapid.SampledFrom(keys).Draw(t, "key column").Name
	var known []string
	for _, name := range q.connections {
		for _, r := range h.truth[q.table][name] {
			if s, ok := r[key].(string); ok && len(s) > 2 && !slices.Contains(known, s) {
				known = append(known, s)
			}
		}
	}
	slices.Sort(known)
	known = append(known, "i-0000000000000dead", "nothing of the kind")
	value := func(label string) string { return rapid.SampledFrom(known).Draw(t, label) }
	if isTime(h.schema, q.table, key) {
		at, err := time.Parse(time.RFC3339Nano, value("time"))
		if err != nil {
			at = time.Date(2026, time.May, 1, 0, 0, 0, 0, time.UTC)
		}
		return rapid.SampledFrom(fdwquals.Time(key, at)).Draw(t, "condition")
	}
	return rapid.SampledFrom(fdwquals.Text(key, value("a"), value("b"), value("c"))).Draw(t, "condition")
}

// troubles are what AWS may do at any time.
var troubles = []awssim.Fault{
	{Kind: awssim.Throttle, Call: 3},
	{Kind: awssim.InternalError, Call: 2},
	{Kind: awssim.AccessDenied, Region: "eu-west-1"},
	{Kind: awssim.AccessDenied, Action: rig.StatusOp, Call: 4},
	{Kind: awssim.AccessDenied, Action: rig.ListingOp},
	{Kind: awssim.AccessDenied, Action: rig.DescriptionOp},
}

// TestSequences runs random sequences of a host's calls against one server and
// compares each answer with that of a new server.
func TestSequences(t *testing.T) {
	world := habitatWorld(t)
	if checks := flag.Lookup("rapid.checks"); checks.Value.String() == checks.DefValue {
		_ = checks.Value.Set(strconv.Itoa(rig.Times(200)))
		defer func() { _ = checks.Value.Set(checks.DefValue) }()
	}
	rapid.Check(t, func(t *rapid.T) {
		h := world.start(t)
		troubled := false
		defer func() { h.sim.SetFaults() }()
		check := func(t *rapid.T, q question) {
			got, err := h.ask(context.Background(), q)
			switch {
			case err == nil:
				if wrong := h.judge(q, got); wrong != nil {
					t.Fatalf("%s: %v", q, wrong)
				}
			case q.rows > 0 && errors.Is(err, context.Canceled):
			case !troubled:
				t.Fatalf("%s: %v", q, err)
			}
		}
		t.Repeat(map[string]func(*rapid.T){
			"ask":       func(t *rapid.T) { check(t, h.drawQuestion(t)) },
			"ask again": func(t *rapid.T) { check(t, h.drawQuestion(t)) },
			"ask at once": func(t *rapid.T) {
				questions := []question{h.drawQuestion(t), h.drawQuestion(t), h.drawQuestion(t)}
				wrong := make([]error, len(questions))
				var all sync.WaitGroup
				for i, q := range questions {
					q.rows = 0
					all.Go(func() {
						got, err := h.ask(context.Background(), q)
						if err == nil {
							err = h.judge(q, got)
						} else if troubled {
							return
						}
						if err != nil {
							wrong[i] = fmt.Errorf("%s: %w", q, err)
						}
					})
				}
				all.Wait()
				if err := errors.Join(wrong...); err != nil {
					t.Fatal(err)
				}
			},
			"clear": func(t *rapid.T) {
				name := rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "connection")
				if _, err := h.server.SetConnectionCacheOptions(&proto.SetConnectionCacheOptionsRequest{ClearCacheForConnection: name}); err != nil {
					t.Fatal(err)
				}
			},
			"save": func(t *rapid.T) { h.save(t) },
			"cache options": func(t *rapid.T) {
				enabled := rapid.Bool().Draw(t, "enabled")
				if _, err := h.server.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: enabled, Ttl: 300, MaxSizeMb: 1}); err != nil {
					t.Fatal(err)
				}
			},
			"trouble": func(t *rapid.T) {
				if troubled = rapid.Bool().Draw(t, "troubled"); troubled {
					h.sim.SetFaults(rapid.SampledFrom(troubles).Draw(t, "trouble"))
				} else {
					h.sim.SetFaults()
				}
			},
		})
	})
}
