package steampipe

import (
	"fmt"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// TestCancelledScansStopCalling cancels scans of the plugin's process after some rows, as
// PostgreSQL does once it has the rows of a LIMIT, and counts the calls.
func TestCancelledScansStopCalling(t *testing.T) {
	const nodes, inFlight = 400, 16
	w := rig.NewWorld(t, rig.WorldOptions{
		Fleet: fleet.Options{Nodes: nodes, Regions: []string{"us-east-1"}},
		Sim:   awssim.Options{Latency: 20 * time.Millisecond},
	})
	p := rig.StartProcess(t)
	p.Connect(map[string]string{"a": w.Connection.Config, "b": w.Connection.Config})
	for i, cached := range []bool{false, true} {
		for _, rows := range []int{1, 3, 50} {
			connection := []string{"a", "b"}[i]
			t.Run(fmt.Sprintf("%d rows, cache %t", rows, cached), func(t *testing.T) {
				w.Sim.Reset()
				stream, _, cancel, err := p.Plugin.Execute(p.Request(rig.Execution{
					Connections: []string{connection}, Columns: []string{"instance_id", "status"}, Cache: cached, Limit: int64(rows),
				}))
				if err != nil {
					t.Fatal(err)
				}
				for range rows {
					if _, err := stream.Recv(); err != nil {
						t.Fatal(err)
					}
				}
				cancel()
				before := w.Sim.Calls().Total()
				for err == nil {
					_, err = stream.Recv()
				}
				waitUntilQuiet(t, w.Sim)
				after := w.Sim.Calls().Total()
				if more := after - before; more > 2*inFlight {
					t.Errorf("%d calls after the scan was cancelled", more)
				}
				if after > nodes/2 {
					t.Errorf("%d calls for %d rows", after, rows)
				}
				t.Logf("%d calls, %d of them after the scan was cancelled", after, after-before)
			})
		}
	}
	// And the process goes on.
	got, err := p.Execute(rig.Execution{Connections: []string{"a"}, Columns: []string{"instance_id"}})
	if want := len(w.Expected(w.EveryNode()...)); err != nil || len(got) != want {
		t.Errorf("afterwards: %d rows, want %d; error %v", len(got), want, err)
	}
}
