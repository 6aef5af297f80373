package main

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// benchmarkFleet serves a fleet of one region with the given number of rows per
// node (0 for the usual mix) and returns a connection's arguments.
func benchmarkFleet(b *testing.B, nodes, rows int, latency time.Duration) (*awssim.Server, string) {
	b.Helper()
	simulated := fleet.New(fleet.Options{Nodes: nodes, Regions: []string{"us-east-1"}, Associations: rows})
	sim := awssim.New(awssim.Options{Latency: latency}, awssim.Account{AccessKeyID: awssim.DefaultAccessKeyID, Fleet: simulated})
	return sim, rig.Arguments(rig.Serve(b, sim), awssim.DefaultAccessKeyID, simulated.Regions())
}

// benchmarkDB hosts the plugin over such a fleet.
func benchmarkDB(b *testing.B, nodes, rows int) *embedded.DB {
	b.Helper()
	_, config := benchmarkFleet(b, nodes, rows, 0)
	return rig.Open(b, embedded.Options{}, embedded.Connection{Name: "c", Config: config})
}

// drain runs a query and returns the number of its rows.
func drain(b *testing.B, db *embedded.DB, sql string) (n int) {
	b.Helper()
	err := db.Run(context.Background(), sql, func(rows *embedded.Rows) error {
		for rows.Next() {
			for i := range rows.Columns {
				_ = rows.Text(i)
			}
			n++
		}
		return rows.Err()
	})
	if err != nil {
		b.Fatal(err)
	}
	return n
}

// BenchmarkRows measures the cost of a row, with 50 rows per call, including
// the simulated AWS in the same process.
func BenchmarkRows(b *testing.B) {
	db := benchmarkDB(b, 200, 50)
	b.ReportAllocs()
	for b.Loop() {
		if n := drain(b, db, "select * from "+rig.StatusTable); n != 10_000 {
			b.Fatalf("%d rows", n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/10_000, "ns/row")
}

// BenchmarkNodes measures the cost of a node with one row.
func BenchmarkNodes(b *testing.B) {
	db := benchmarkDB(b, 1_000, 1)
	b.ReportAllocs()
	for b.Loop() {
		if n := drain(b, db, "select * from "+rig.StatusTable); n != 1_000 {
			b.Fatalf("%d rows", n)
		}
	}
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/1_000, "ns/node")
}

// BenchmarkTenScans compares ten simultaneous scans of a fleet, which share
// their reads, with one: "x-time" is the ratio of times, "x-calls" the ratio of
// calls.
func BenchmarkTenScans(b *testing.B) {
	sim, config := benchmarkFleet(b, 1_000, 0, 20*time.Millisecond)
	p := rig.StartProcess(b)
	p.Connect(map[string]string{"c": config})
	atOnce := func(n int) (took time.Duration, calls int) {
		if _, err := p.Plugin.SetConnectionCacheOptions(&proto.SetConnectionCacheOptionsRequest{ClearCacheForConnection: "c"}); err != nil {
			b.Fatal(err)
		}
		sim.Reset()
		start := time.Now()
		var scans sync.WaitGroup
		for range n {
			scans.Go(func() {
				if _, err := p.Execute(rig.Execution{Connections: []string{"c"}, Columns: []string{"instance_id", "status"}, Cache: true}); err != nil {
					b.Error(err)
				}
			})
		}
		scans.Wait()
		return time.Since(start), sim.Calls().Total()
	}
	var one, ten time.Duration
	var oneCalls, tenCalls int
	atOnce(1) // one call for the account
	for b.Loop() {
		took, calls := atOnce(1)
		one, oneCalls = one+took, oneCalls+calls
		took, calls = atOnce(10)
		ten, tenCalls = ten+took, tenCalls+calls
	}
	b.ReportMetric(ten.Seconds()/one.Seconds(), "x-time")
	b.ReportMetric(float64(tenCalls)/float64(oneCalls), "x-calls")
}
