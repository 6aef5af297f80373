package e2e

import (
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// peakMemory returns the peak memory of a process in bytes. It skips the test
// if the system does not report it.
func peakMemory(t testing.TB, pid int) int {
	t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", pid))
	if err != nil {
		t.Skip(err)
	}
	for line := range strings.Lines(string(status)) {
		if value, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, err := strconv.Atoi(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(value), "kB")))
			if err != nil {
				t.Fatal(err)
			}
			return kilobytes << 10
		}
	}
	t.Skip("the system does not say how much memory a process has had")
	return 0
}

// TestMemoryOfAFullCache reads more than the cache may hold. Memory stays
// within 1.5 times the bound plus 100 MB, and a second scan uses what is kept.
func TestMemoryOfAFullCache(t *testing.T) {
	const megabytes = 16
	nodes := 2_000
	if testing.Short() {
		nodes = 1_200
	}
	w := newWorld(t, worldOptions{fleet: fleet.Options{Nodes: nodes, Regions: []string{"us-east-1"}, Associations: 40}})
	p := startProcess(t)
	p.connect(map[string]string{"c": w.connection.Config})
	if _, err := p.plugin.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: true, Ttl: 3600, MaxSizeMb: megabytes}); err != nil {
		t.Fatal(err)
	}
	scan := execution{connections: []string{"c"}, columns: []string{"instance_id", "status"}, cache: true, drop: true}

	calls := make([]int, 3)
	for i := range calls {
		w.sim.Reset()
		if _, err := p.execute(scan); err != nil {
			t.Fatal(err)
		}
		calls[i] = w.calls()[statusOp]
	}
	peak := peakMemory(t, p.client.ReattachConfig().Pid)
	t.Logf("%d nodes: %v calls, %d MiB at most", nodes, calls, peak>>20)
	if most := megabytes<<20*3/2 + 100<<20; peak > most {
		t.Errorf("%d MiB at most, want %d MiB", peak>>20, most>>20)
	}
	if calls[2] > calls[0]*2/3 {
		t.Errorf("a repeated scan makes %d of %d calls again", calls[2], calls[0])
	}
}
