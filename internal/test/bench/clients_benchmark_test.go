package main

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// BenchmarkClients compares ten scans of a cached fleet at once with one, in one
// process of the plugin: the CPU time of a row, and ten times the wall time of one.
func BenchmarkClients(b *testing.B) {
	const clients = 10
	_, config := benchmarkFleet(b, 2_000, 50, 0)
	p := rig.StartProcess(b)
	p.Connect(map[string]string{"c": config})
	if _, err := p.Plugin.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: true, Ttl: 300}); err != nil {
		b.Fatal(err)
	}
	schema, err := p.Plugin.GetSchema(&proto.GetSchemaRequest{Connection: "c"})
	if err != nil {
		b.Fatal(err)
	}
	var columns []string
	for _, c := range schema.Schema.Schema[rig.StatusTable].Columns {
		columns = append(columns, c.Name)
	}
	scan := func() {
		n := 0
		e := rig.Execution{Connections: []string{"c"}, Columns: columns, Drop: true, Cache: true, Each: func() { n++ }}
		if _, err := p.Execute(e); err != nil || n != 100_000 {
			b.Errorf("%d rows: %v", n, err)
		}
	}
	scan() // fills the cache
	measure := func(run func()) (cpu, wall time.Duration) {
		start, before := time.Now(), processCPU(b, p.PID())
		run()
		return processCPU(b, p.PID()) - before, time.Since(start)
	}
	for b.Loop() {
		cpu, wall := measure(scan)
		cpuOfAll, wallOfAll := measure(func() {
			var all sync.WaitGroup
			for range clients {
				all.Go(scan)
			}
			all.Wait()
		})
		b.ReportMetric(float64(cpuOfAll)/float64(clients*cpu), "x-CPU/row")
		b.ReportMetric(float64(wallOfAll)/float64(clients*wall), "x-wall")
		b.ReportMetric(float64(cpu.Microseconds())/100_000, "CPU-us/row")
	}
}

// BenchmarkFirstRow reports how long the first row of a scan of 10,000 nodes takes,
// in calls of 20 ms: a listing and the read of a node are two.
func BenchmarkFirstRow(b *testing.B) {
	const latency = 20 * time.Millisecond
	_, config := benchmarkFleet(b, 10_000, 0, latency)
	p := rig.StartProcess(b)
	for b.Loop() {
		p.Connect(map[string]string{"c": config}) // nothing is kept
		start := time.Now()
		stream, _, cancel, err := p.Plugin.Execute(p.Request(rig.Execution{Connections: []string{"c"}, Columns: []string{"instance_id"}}))
		if err != nil {
			b.Fatal(err)
		}
		if _, err := stream.Recv(); err != nil {
			b.Fatal(err)
		}
		first := time.Since(start)
		cancel()
		b.ReportMetric(float64(first)/float64(latency), "calls")
	}
}

// processCPU returns the CPU time that a process has taken.
func processCPU(b *testing.B, pid int) time.Duration {
	b.Helper()
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		b.Skip(err)
	}
	// The fields after the command's name, which is in parentheses; see proc(5).
	fields := strings.Fields(string(stat[strings.LastIndexByte(string(stat), ')')+1:]))
	const user, system, tick = 11, 12, 10 * time.Millisecond
	var total time.Duration
	for _, field := range []int{user, system} {
		n, err := strconv.Atoi(fields[field])
		if err != nil {
			b.Fatal(err)
		}
		total += time.Duration(n) * tick
	}
	return total
}
