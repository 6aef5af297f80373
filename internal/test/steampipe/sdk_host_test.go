package steampipe

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
	"golang.org/x/sync/errgroup"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/test/rig"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// sdkHost hosts the plugin behind the SDK's own server, like Turbot's builds of
// plugins for SQLite, PostgreSQL and export.
func sdkHost(t *testing.T, config string) *grpc.PluginServer {
	t.Helper()
	if rig.RaceDetector {
		t.Skip("the SDK counts the rows that it streams without a lock")
	}
	server := plugin.Server(&plugin.ServeOpts{PluginName: ssmassoc.Name, PluginFunc: ssmassoc.Plugin})
	if _, err := server.SetAllConnectionConfigs(&proto.SetAllConnectionConfigsRequest{
		Configs:        []*proto.ConnectionConfig{{Connection: "c", Plugin: "ssmassoc", Config: config}},
		MaxCacheSizeMb: -1,
	}); err != nil {
		t.Fatal(err)
	}
	if _, err := server.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: false, MaxSizeMb: -1}); err != nil {
		t.Fatal(err)
	}
	return server
}

func sdkRequest(columns []string, quals map[string]*proto.Quals) *proto.ExecuteRequest {
	return &proto.ExecuteRequest{
		Table: rig.StatusTable, Connection: "c", CallId: "sdk",
		QueryContext:          &proto.QueryContext{Columns: columns, Quals: quals},
		ExecuteConnectionData: map[string]*proto.ExecuteConnectionData{"c": {}},
	}
}

func TestHostOfTheSDK(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{})
	server := sdkHost(t, w.Connection.Config)
	columns := rig.KeysOf(w.Expected(w.WithRows(50))[0])
	one, other := w.Listed("us-east-1")[0], w.Listed("eu-west-1")[1]

	for name, test := range map[string]struct {
		quals map[string]*proto.Quals
		nodes []*fleet.Node
	}{
		"a whole fleet": {nil, w.EveryNode()},
		"a node":        {rig.Equals("instance_id", one.InstanceID), []*fleet.Node{one}},
		"a list":        {rig.Equals("instance_id", one.InstanceID, other.InstanceID), []*fleet.Node{one, other}},
	} {
		t.Run(name, func(t *testing.T) {
			stream := &sdkStream{Collector: rig.Collector{Ctx: t.Context()}}
			if err := server.Execute(sdkRequest(columns, test.quals), stream); err != nil {
				t.Fatal(err)
			}
			rig.SameRows(t, stream.Rows, w.Expected(test.nodes...))
		})
	}
}

// TestLateErrorsThroughTheSDK fails scans after rows were sent, through the
// SDK's own server. docs/index.md says how much slower hosts can lose errors.
func TestLateErrorsThroughTheSDK(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: 12, Regions: []string{"us-east-1"}, Associations: 4}})
	nodes := w.Listed("us-east-1")
	w.Sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, InstanceID: nodes[len(nodes)-1].InstanceID, Action: rig.StatusOp})
	server := sdkHost(t, w.Connection.Config+"max_concurrent_requests = 2\n")
	lost := func(t *testing.T, trials int, reader func() (each func())) int {
		var lost atomic.Int64
		var all errgroup.Group
		all.SetLimit(32)
		for trial := range trials {
			all.Go(func() error {
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel() // also ends what the SDK left behind
				stream := &sdkStream{Collector: rig.Collector{Ctx: ctx}, each: reader()}
				err := server.Execute(sdkRequest([]string{"instance_id"}, nil), stream)
				if err == nil {
					lost.Add(1)
				} else if !strings.Contains(err.Error(), "AccessDenied") {
					return fmt.Errorf("trial %d: %w", trial, err)
				}
				return nil
			})
		}
		if err := all.Wait(); err != nil {
			t.Fatal(err)
		}
		t.Logf("%d of %d late errors were lost", lost.Load(), trials)
		return int(lost.Load())
	}
	t.Run("a host that takes rows as they come", func(t *testing.T) {
		if lost := lost(t, rig.Times(1000), func() func() { return nil }); lost > 0 {
			t.Errorf("%d errors were lost", lost)
		}
	})
	t.Run("a host that takes a row in a millisecond", func(t *testing.T) {
		if lost := lost(t, rig.Times(200), rig.Slowly); lost > 0 {
			t.Errorf("%d errors were lost", lost)
		}
	})
}

// sdkStream receives rows from the SDK, which sends an empty response at the
// end.
type sdkStream struct {
	rig.Collector
	mu   sync.Mutex
	each func() // called for each row, unless nil
}

func (s *sdkStream) Send(r *proto.ExecuteResponse) error {
	if r.GetRow() == nil {
		return nil
	}
	if s.each != nil {
		s.each()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for name := range r.Row.Columns {
		if strings.HasPrefix(name, "sp_") || strings.HasPrefix(name, "_") {
			delete(r.Row.Columns, name)
		}
	}
	return s.Collector.Send(r)
}
