package faults

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// TestLateErrorsAreNeverLost fails scans after rows were sent. On its own, the
// SDK ends some of them with fewer rows and no error.
func TestLateErrorsAreNeverLost(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: 12, Regions: []string{"us-east-1"}, Associations: 4}})
	nodes := w.Listed("us-east-1")
	last := nodes[len(nodes)-1]
	// The last node is refused when rows of others have been sent.
	w.Sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, InstanceID: last.InstanceID, Action: rig.StatusOp})
	config := rig.Arguments(w.URL, awssim.DefaultAccessKeyID, w.Fleet.Regions()) + "max_concurrent_requests = 2\n"

	t.Run("in process", func(t *testing.T) {
		for _, cache := range []int64{0, 300} {
			options := embedded.Options{CacheTTLSeconds: cache}
			db := rig.Open(t, options, embedded.Connection{Name: "a", Config: config}, embedded.Connection{Name: "b", Config: config})
			slow := rig.Slowly()
			for trial := range rig.Times(300) {
				rows := 0
				err := db.Run(t.Context(), "select * from "+rig.StatusTable, func(r *embedded.Rows) error {
					for r.Next() {
						if rows++; trial%5 == 0 {
							slow()
						}
					}
					return r.Err()
				})
				if err == nil {
					t.Fatalf("cache for %d s, trial %d: %d rows and no error", cache, trial, rows)
				}
			}
		}
	})

	t.Run("in the plugin's process", func(t *testing.T) {
		p := rig.StartProcess(t)
		p.Connect(map[string]string{"a": config, "b": config, "c": config})
		var trials sync.WaitGroup
		var late atomic.Int64 // trials with rows before the error
		for worker := range 4 {
			trials.Go(func() {
				for trial := range rig.Times(150) {
					e := rig.Execution{Connections: []string{"a"}, Columns: []string{"instance_id"}, Cache: trial%2 == 0}
					if worker%2 == 0 {
						e.Connections = []string{"a", "b", "c"} // an aggregator
					}
					if trial%5 == 0 {
						e.Each = rig.Slowly()
					}
					rows, err := p.Execute(e)
					if err == nil {
						t.Errorf("worker %d, trial %d: %d rows and no error", worker, trial, len(rows))
						return
					}
					if len(rows) > 0 {
						late.Add(1)
					}
					if !strings.Contains(err.Error(), "AccessDeniedException") {
						t.Errorf("worker %d, trial %d: another error: %v", worker, trial, err)
						return
					}
				}
			})
		}
		trials.Wait()
		if n := late.Load(); n < int64(rig.Times(150)) {
			t.Errorf("only %d errors came late: the test shows little", n)
		}

		// The process survived and kept nothing partial.
		w.Sim.SetFaults()
		rows, err := p.Execute(rig.Execution{Connections: []string{"a"}, Columns: rig.KeysOf(w.Expected(nodes[0])[0]), Cache: true})
		if err != nil {
			t.Fatal(err)
		}
		rig.SameRows(t, rows, w.Expected(w.EveryNode()...))
	})
}

// TestRefusedAccountIsNoMissingConnection checks that a connection with an
// unknown account is an error; the SDK would omit it.
func TestRefusedAccountIsNoMissingConnection(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{})
	w.Sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: rig.CallerOp})
	rows, err := rig.Query(t.Context(), w.DB, "select instance_id from "+rig.StatusTable+" where account_id = '123456789012'")
	if err == nil {
		t.Fatalf("%d rows and no error", len(rows))
	}
	if !strings.Contains(err.Error(), "find the account of the credentials") {
		t.Error(err)
	}
}
