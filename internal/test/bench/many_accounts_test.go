package main

import (
	"fmt"
	"os"
	"os/exec"
	"sync"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// BenchmarkManyAccounts scans aggregators of many connections, each with few nodes
// in each of 17 regions, and reports the most descriptors and memory that the
// plugin's process takes, flat in the number of accounts, and the wall time over
// that of as many calls at the best rate of the AWS SDK alone.
func BenchmarkManyAccounts(b *testing.B) {
	const regionsEach, nodesEach = 17, 5
	var regions []string
	for i := range regionsEach {
		regions = append(regions, fmt.Sprintf("us-east-%d", i+1))
	}
	best := floorRate(b)
	for _, accounts := range []int{1, 50, 500} {
		b.Run(fmt.Sprintf("%d connections", accounts), func(b *testing.B) {
			var all []awssim.Account
			for i := range accounts {
				all = append(all, awssim.Account{AccessKeyID: fmt.Sprintf("key%d", i), Fleet: fleet.New(fleet.Options{
					Seed: uint64(i), AccountID: fmt.Sprintf("%012d", i+1), Nodes: regionsEach * nodesEach, Regions: regions, Associations: 3})})
			}
			sim := awssim.New(awssim.Options{Latency: 20 * time.Millisecond}, all...)
			url := rig.Serve(b, sim)
			configs, scan := map[string]string{}, rig.Execution{Columns: []string{"instance_id", "account_id"}, Drop: true, Cache: true}
			for i := range accounts {
				name := fmt.Sprintf("c%d", i)
				configs[name] = rig.Arguments(url, fmt.Sprintf("key%d", i), regions)
				scan.Connections = append(scan.Connections, name)
			}
			for b.Loop() {
				sim.Reset()
				p := rig.StartProcess(b)
				p.Connect(configs)
				if _, err := p.Plugin.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: true, Ttl: 300}); err != nil {
					b.Fatal(err)
				}
				pid := p.Client.ReattachConfig().Pid
				descriptors := watchDescriptors(pid)
				start := time.Now()
				if _, err := p.Execute(scan); err != nil {
					b.Fatal(err)
				}
				wall := time.Since(start)
				b.ReportMetric(wall.Seconds()*best/float64(totalCalls(sim)), "x-floor-wall")
				b.ReportMetric(float64(descriptors()), "descriptors")
				b.ReportMetric(float64(rig.PeakMemory(b, pid)>>20), "MiB")
				b.ReportMetric(float64(processCPU(b, pid).Microseconds())/float64(totalCalls(sim)), "CPU-us/call")
				p.Client.Kill()
			}
			b.ReportMetric(float64(totalCalls(sim)), "calls")
		})
	}
}

// floorRate returns the calls per second that the AWS SDK alone makes over nodes of
// a region at 20 ms a call, with as many workers as serve it best.
func floorRate(b *testing.B) (best float64) {
	b.Helper()
	binary := rig.Bench(b)
	simulated := fleet.New(fleet.Options{Seed: 1, Nodes: 10000, Regions: []string{"us-east-1"}, Associations: 3})
	sim := awssim.New(awssim.Options{Latency: 20 * time.Millisecond},
		awssim.Account{AccessKeyID: awssim.DefaultAccessKeyID, Fleet: simulated})
	url := rig.Serve(b, sim)
	for _, workers := range []string{"64", "128", "256"} {
		sim.Reset()
		start := time.Now()
		cmd := exec.Command(binary, "-floor", url, "-workers", workers, "ssm_instance_association_status")
		if out, err := cmd.CombinedOutput(); err != nil {
			b.Fatalf("%v: %.1000s", err, out)
		}
		rate := float64(totalCalls(sim)) / time.Since(start).Seconds()
		b.Logf("the AWS SDK alone with %s workers: %.0f calls/s", workers, rate)
		best = max(best, rate)
	}
	return best
}

func totalCalls(sim *awssim.Server) (n int) {
	for _, calls := range sim.Calls() {
		n += calls
	}
	return n
}

// watchDescriptors returns a function that ends the watch and returns the most
// descriptors that a process has had open meanwhile.
func watchDescriptors(pid int) func() int {
	most, stop := 0, make(chan struct{})
	var watch sync.WaitGroup
	watch.Go(func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		for {
			select {
			case <-tick.C:
			case <-stop:
				return
			}
			if open, err := os.ReadDir(fmt.Sprintf("/proc/%d/fd", pid)); err == nil {
				most = max(most, len(open))
			}
		}
	})
	return func() int {
		close(stop)
		watch.Wait()
		return most
	}
}
