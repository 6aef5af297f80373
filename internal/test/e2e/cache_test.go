package e2e

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
)

func TestCacheOverSQL(t *testing.T) {
	w := newWorld(t, worldOptions{cache: embedded.Options{CacheTTLSeconds: 300}})
	all := w.everyNode()
	scan := "select * from " + table

	sameRows(t, w.query(scan), w.expected(all...))
	w.expectCalls(scanCalls(all))

	t.Run("a second scan makes no call", func(t *testing.T) {
		sameRows(t, w.query(scan), w.expected(all...))
		w.expectCalls(calls{})
	})
	t.Run("a list of nodes makes no call either", func(t *testing.T) {
		us := w.listed("us-east-1")
		got := w.query(fmt.Sprintf("%s where region = 'us-east-1' and instance_id in ('%s', '%s')", scan, us[0].InstanceID, us[2].InstanceID))
		sameRows(t, got, w.expected(us[0], us[2]))
		w.expectCalls(calls{})
	})
	t.Run("neither does a join or a limit", func(t *testing.T) {
		w.query("select count(*) from " + table + " a join " + table + " b using (instance_id, region)")
		w.query(scan + " limit 3")
		w.expectCalls(calls{})
	})
	t.Run("a stopped node was not in the listing", func(t *testing.T) {
		stopped := w.node(func(n *fleet.Node) bool { return !n.Listed })
		got := w.query(fmt.Sprintf("%s where instance_id = '%s' and region = '%s'", scan, stopped.InstanceID, stopped.Region))
		sameRows(t, got, w.expected(stopped))
		w.expectCalls(calls{statusOp: 1})
	})
	t.Run("what a limit broke off is not kept", func(t *testing.T) {
		w := newWorld(t, worldOptions{cache: embedded.Options{CacheTTLSeconds: 300}, regions: []string{"us-east-1"}})
		long := w.withRows(120)
		byID := fmt.Sprintf("select * from %s where instance_id = '%s'", table, long.InstanceID)
		w.query(byID + " limit 5")
		w.sim.Reset()
		sameRows(t, w.query(byID), w.expected(long))
		w.expectCalls(calls{statusOp: 3})
	})
	t.Run("what failed is not kept", func(t *testing.T) {
		w := newWorld(t, worldOptions{cache: embedded.Options{CacheTTLSeconds: 300}, regions: []string{"us-east-1"}})
		w.sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: statusOp, Call: 5})
		if _, err := query(t.Context(), w.db, scan); err == nil {
			t.Fatal("no error")
		}
		w.sim.SetFaults()
		sameRows(t, w.query(scan), w.expected(w.listed("us-east-1")...))
	})
}

func TestCacheOfThePluginProcess(t *testing.T) {
	w := newWorld(t, worldOptions{fleet: fleet.Options{Nodes: 60, Regions: []string{"us-east-1"}}})
	w.sim.SetLatency(5 * time.Millisecond)
	all := w.everyNode()
	config := arguments(w.url, awssim.DefaultAccessKeyID, w.fleet.Regions())
	columns := keysOf(w.expected(w.withRows(50))[0])
	p := startProcess(t)
	p.connect(map[string]string{"a": config, "b": config})
	whole := execution{connections: []string{"a"}, columns: columns, cache: true}

	scan := func(t *testing.T, e execution) {
		t.Helper()
		got, err := p.execute(e)
		if err != nil {
			t.Error(err)
			return
		}
		sameRows(t, got, w.expected(all...))
	}
	atOnce := func(t *testing.T, n int, e execution) {
		t.Helper()
		var scans sync.WaitGroup
		for range n {
			scans.Go(func() { scan(t, e) })
		}
		scans.Wait()
	}
	times := func(n int) calls {
		one := scanCalls(all)
		return calls{listingOp: n * one[listingOp], statusOp: n * one[statusOp]}
	}

	t.Run("ten scans at once make the calls of one", func(t *testing.T) {
		w.sim.Reset()
		atOnce(t, 10, whole)
		w.expectCalls(times(1))
	})
	t.Run("and later ones none", func(t *testing.T) {
		scan(t, whole)
		w.expectCalls(calls{})
	})
	t.Run("without the cache each makes its own", func(t *testing.T) {
		uncached := whole
		uncached.cache = false
		atOnce(t, 3, uncached)
		w.expectCalls(times(3))
	})
	t.Run("another connection has its own", func(t *testing.T) {
		other := whole
		other.connections = []string{"b"}
		scan(t, other)
		w.expectCalls(times(1))
	})
	t.Run("clearing the connection's cache", func(t *testing.T) {
		if _, err := p.plugin.SetConnectionCacheOptions(&proto.SetConnectionCacheOptionsRequest{ClearCacheForConnection: "a"}); err != nil {
			t.Fatal(err)
		}
		scan(t, whole)
		w.expectCalls(times(1))
	})
	t.Run("changing the connection's arguments", func(t *testing.T) {
		if _, err := p.plugin.UpdateConnectionConfigs(&proto.UpdateConnectionConfigsRequest{Changed: []*proto.ConnectionConfig{
			{Connection: "a", Plugin: "ssmassoc", Config: config + "max_concurrent_requests = 3\n"},
		}}); err != nil {
			t.Fatal(err)
		}
		scan(t, whole)
		w.expectCalls(times(1))
		scan(t, whole)
		w.expectCalls(calls{})
	})
	t.Run("switching the cache off for all", func(t *testing.T) {
		if _, err := p.plugin.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: false}); err != nil {
			t.Fatal(err)
		}
		scan(t, whole)
		w.expectCalls(times(1))
	})
	t.Run("the age that a request allows", func(t *testing.T) {
		if _, err := p.plugin.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: true, Ttl: 1, MaxSizeMb: 16}); err != nil {
			t.Fatal(err)
		}
		begin := time.Now()
		scan(t, whole)
		w.sim.Reset()
		first := time.Duration(0)
		await.Until(t, func() bool {
			scan(t, whole)
			made := w.calls()
			if first == 0 && len(made) > 0 {
				first = time.Since(begin)
			}
			// Each node's read has its own age, so several scans may share the calls.
			return made[listingOp] >= times(1)[listingOp] && made[statusOp] >= times(1)[statusOp]
		}, func() string { return "not everything was read again after a second" })
		if first < time.Second {
			t.Errorf("what was read was kept for only %s", first)
		}
	})
	t.Run("a scan that others share may be cancelled", func(t *testing.T) {
		if _, err := p.plugin.SetConnectionCacheOptions(&proto.SetConnectionCacheOptionsRequest{ClearCacheForConnection: "a"}); err != nil {
			t.Fatal(err)
		}
		stream, _, cancel, err := p.plugin.Execute(p.request(whole))
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
