package steampipe

import (
	"testing"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// TestMemoryOfAFullCache reads more than the cache may hold. Memory stays
// within 1.5 times the bound plus 100 MB, and a second scan uses what is kept.
func TestMemoryOfAFullCache(t *testing.T) {
	const megabytes = 16
	nodes := 2_000
	if testing.Short() {
		nodes = 1_200
	}
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: nodes, Regions: []string{"us-east-1"}, Associations: 40}})
	p := rig.StartProcess(t)
	p.Connect(map[string]string{"c": w.Connection.Config})
	if _, err := p.Plugin.SetCacheOptions(&proto.SetCacheOptionsRequest{Enabled: true, Ttl: 3600, MaxSizeMb: megabytes}); err != nil {
		t.Fatal(err)
	}
	scan := rig.Execution{Connections: []string{"c"}, Columns: []string{"instance_id", "status"}, Cache: true, Drop: true}

	calls := make([]int, 3)
	for i := range calls {
		w.Sim.Reset()
		if _, err := p.Execute(scan); err != nil {
			t.Fatal(err)
		}
		calls[i] = w.Calls()[rig.StatusOp]
	}
	peak := rig.PeakMemory(t, p.Client.ReattachConfig().Pid)
	t.Logf("%d nodes: %v calls, %d MiB at most", nodes, calls, peak>>20)
	if most := megabytes<<20*3/2 + 100<<20; peak > most {
		t.Errorf("%d MiB at most, want %d MiB", peak>>20, most>>20)
	}
	if calls[2] > calls[0]*2/3 {
		t.Errorf("a repeated scan makes %d of %d calls again", calls[2], calls[0])
	}
}
