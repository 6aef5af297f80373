package steampipe

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/await"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

func TestCacheOverSQL(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Cache: embedded.Options{CacheTTLSeconds: 300}})
	all := w.EveryNode()
	scan := "select * from " + rig.StatusTable

	rig.SameRows(t, w.Query(scan), w.Expected(all...))
	w.ExpectCalls(rig.ScanCalls(all))

	t.Run("a second scan makes no call", func(t *testing.T) {
		rig.SameRows(t, w.Query(scan), w.Expected(all...))
		w.ExpectCalls(rig.Calls{})
	})
	t.Run("a list of nodes makes no call either", func(t *testing.T) {
		us := w.Listed("us-east-1")
		got := w.Query(fmt.Sprintf("%s where region = 'us-east-1' and instance_id in ('%s', '%s')", scan, us[0].InstanceID, us[2].InstanceID))
		rig.SameRows(t, got, w.Expected(us[0], us[2]))
		w.ExpectCalls(rig.Calls{})
	})
	t.Run("neither does a join or a limit", func(t *testing.T) {
		w.Query("select count(*) from " + rig.StatusTable + " a join " + rig.StatusTable + " b using (instance_id, region)")
		w.Query(scan + " limit 3")
		w.ExpectCalls(rig.Calls{})
	})
	t.Run("a stopped node was not in the listing", func(t *testing.T) {
		stopped := w.Node(func(n *fleet.Node) bool { return !n.Listed })
		got := w.Query(fmt.Sprintf("%s where instance_id = '%s' and region = '%s'", scan, stopped.InstanceID, stopped.Region))
		rig.SameRows(t, got, w.Expected(stopped))
		w.ExpectCalls(rig.Calls{rig.StatusOp: 1})
	})
	t.Run("what a limit broke off is not kept", func(t *testing.T) {
		w := rig.NewWorld(t, rig.WorldOptions{Cache: embedded.Options{CacheTTLSeconds: 300}, Regions: []string{"us-east-1"}})
		long := w.WithRows(120)
		byID := fmt.Sprintf("select * from %s where instance_id = '%s'", rig.StatusTable, long.InstanceID)
		w.Query(byID + " limit 5")
		w.Sim.Reset()
		rig.SameRows(t, w.Query(byID), w.Expected(long))
		w.ExpectCalls(rig.Calls{rig.StatusOp: 3})
	})
	t.Run("what failed is not kept", func(t *testing.T) {
		w := rig.NewWorld(t, rig.WorldOptions{Cache: embedded.Options{CacheTTLSeconds: 300}, Regions: []string{"us-east-1"}})
		w.Sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: rig.StatusOp, Call: 5})
		if _, err := rig.Query(t.Context(), w.DB, scan); err == nil {
			t.Fatal("no error")
		}
		w.Sim.SetFaults()
		rig.SameRows(t, w.Query(scan), w.Expected(w.Listed("us-east-1")...))
	})
}

func TestCacheOfThePluginProcess(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: 60, Regions: []string{"us-east-1"}}})
	w.Sim.SetLatency(5 * time.Millisecond)
	all := w.EveryNode()
	config := rig.Arguments(w.URL, awssim.DefaultAccessKeyID, w.Fleet.Regions())
	columns := rig.KeysOf(w.Expected(w.WithRows(50))[0])
	p := rig.StartProcess(t)
	p.Connect(map[string]string{"a": config, "b": config})
	whole := rig.Execution{Connections: []string{"a"}, Columns: columns, Cache: true}

	scan := func(t *testing.T, e rig.Execution) {
		t.Helper()
		got, err := p.Execute(e)
		if err != nil {
			t.Error(err)
			return
		}
		rig.SameRows(t, got, w.Expected(all...))
	}
	atOnce := func(t *testing.T, n int, e rig.Execution) {
		t.Helper()
		var scans sync.WaitGroup
		for range n {
			scans.Go(func() { scan(t, e) })
		}
		scans.Wait()
	}
	times := func(n int) rig.Calls {
		one := rig.ScanCalls(all)
		return rig.Calls{rig.ListingOp: n * one[rig.ListingOp], rig.StatusOp: n * one[rig.StatusOp]}
	}

	t.Run("ten scans at once make the calls of one", func(t *testing.T) {
		w.Sim.Reset()
		atOnce(t, 10, whole)
		w.ExpectCalls(times(1))
	})
	t.Run("and later ones none", func(t *testing.T) {
		scan(t, whole)
		w.ExpectCalls(rig.Calls{})
	})
	t.Run("without the cache each makes its own", func(t *testing.T) {
		uncached := whole
		uncached.Cache = false
		atOnce(t, 3, uncached)
		w.ExpectCalls(times(3))
	})
	t.Run("another connection has its own", func(t *testing.T) {
		other := whole
		other.Connections = []string{"b"}
		scan(t, other)
		w.ExpectCalls(times(1))
	})
	t.Run("clearing the connection's cache", func(t *testing.T) {
		if _, err := p.Plugin.SetConnectionCacheOptions(&proto.SetConnectionCacheOptionsRequest{ClearCacheForConnection: "a"}); err != nil {
			t.Fatal(err)
		}
		scan(t, whole)
		w.ExpectCalls(times(1))
	})
	t.Run("changing the connection's arguments", func(t *testing.T) {
		if _, err := p.Plugin.UpdateConnectionConfigs(&proto.UpdateConnectionConfigsRequest{Changed: []*proto.ConnectionConfig{
			{Connection: "a", Plugin: "ssmassoc", Config: config + "max_concurrent_requests = 3\n"},
		}}); err != nil {
			t.Fatal(err)
		}
		scan(t, whole)
		w.ExpectCalls(times(1))
		scan(t, whole)
		w.ExpectCalls(rig.Calls{})
	})
	t.Run("switching the cache off for all", func(t *testing.T) {
		if _, err := p.Plugin.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: false}); err != nil {
			t.Fatal(err)
		}
		scan(t, whole)
		w.ExpectCalls(times(1))
	})
	t.Run("the age that a request allows", func(t *testing.T) {
		if _, err := p.Plugin.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: true, Ttl: 1, MaxSizeMb: 16}); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		scan(t, whole)
		w.Sim.Reset()
		first := time.Duration(0)
		await.Until(t, func() bool {
			scan(t, whole)
			made := w.Calls()
			if first == 0 && len(made) > 0 {
				first = time.Since(begin)
			}
			// Each node's read has its own age, so several scans may share the calls.
			return made[rig.ListingOp] >= times(1)[rig.ListingOp] && made[rig.StatusOp] >= times(1)[rig.StatusOp]
		}, func() string { return "not everything was read again after a second" })
		if first < time.Second {
			t.Errorf("what was read was kept for only %s", first)
		}
	})
	t.Run("a scan that others share may be cancelled", func(t *testing.T) {
		if _, err := p.Plugin.SetConnectionCacheOptions(&proto.SetConnectionCacheOptionsRequest{ClearCacheForConnection: "a"}); err != nil {
			t.Fatal(err)
		}
		stream, _, cancel, err := p.Plugin.Execute(p.Request(whole))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := stream.Recv(); err != nil {
			t.Fatal(err)
		}
		var other sync.WaitGroup
		other.Go(func() { scan(t, whole) })
		cancel()
		other.Wait()
	})
}
