package e2e

import (
	"fmt"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// TestCancelledScansStopCalling cancels scans of the plugin's process after some rows, as
// PostgreSQL does once it has the rows of a LIMIT, and counts the calls.
func TestCancelledScansStopCalling(t *testing.T) {
	const nodes, inFlight = 400, 16
	w := newWorld(t, worldOptions{
		fleet: fleet.Options{Nodes: nodes, Regions: []string{"us-east-1"}},
		sim:   awssim.Options{Latency: 20 * time.Millisecond},
	})
	p := startProcess(t)
	p.connect(map[string]string{"a": w.connection.Config, "b": w.connection.Config})
	for i, cached := range []bool{false, true} {
		for _, rows := range []int{1, 3, 50} {
			connection := []string{"a", "b"}[i]
			t.Run(fmt.Sprintf("%d rows, cache %t", rows, cached), func(t *testing.T) {
				w.sim.Reset()
				stream, _, cancel, err := p.plugin.Execute(p.request(execution{
					connections: []string{connection}, columns: []string{"instance_id", "status"}, cache: cached, limit: int64(rows),
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
				before := w.sim.Calls().Total()
				for err == nil {
					_, err = stream.Recv()
				}
				waitUntilQuiet(t, w.sim)
				after := w.sim.Calls().Total()
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
	got, err := p.execute(execution{connections: []string{"a"}, columns: []string{"instance_id"}})
	if want := len(w.expected(w.everyNode()...)); err != nil || len(got) != want {
		t.Errorf("afterwards: %d rows, want %d; error %v", len(got), want, err)
	}
}
