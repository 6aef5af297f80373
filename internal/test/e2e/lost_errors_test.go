package e2e

import (
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// lateFailures returns how often to repeat a scan that fails late.
func lateFailures(full int) int {
	if testing.Short() {
		return full / 20
	}
	return full
}

// slowly returns a function that paces a slow reader: a row per millisecond.
func slowly() func() {
	pace := time.Tick(time.Millisecond)
	return func() { <-pace }
}

// TestLateErrorsAreNeverLost fails scans after rows were sent. On its own, the
// SDK ends some of them with fewer rows and no error.
func TestLateErrorsAreNeverLost(t *testing.T) {
	w := newWorld(t, worldOptions{fleet: fleet.Options{Nodes: 12, Regions: []string{"us-east-1"}, Associations: 4}})
	nodes := w.listed("us-east-1")
	last := nodes[len(nodes)-1]
	// The last node is refused when rows of others have been sent.
	w.sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, InstanceID: last.InstanceID, Action: statusOp})
	config := arguments(w.url, awssim.DefaultAccessKeyID, w.fleet.Regions()) + "max_concurrent_requests = 2\n"

	t.Run("in process", func(t *testing.T) {
		for _, cache := range []int64{0, 300} {
			options := embedded.Options{CacheTTLSeconds: cache}
			db := open(t, options, embedded.Connection{Name: "a", Config: config}, embedded.Connection{Name: "b", Config: config})
			slow := slowly()
			for trial := range lateFailures(300) {
				rows := 0
				err := db.Run(t.Context(), "select * from "+table, func(r *embedded.Rows) error {
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
		p := startProcess(t)
		p.connect(map[string]string{"a": config, "b": config, "c": config})
		var trials sync.WaitGroup
		var late atomic.Int64 // trials with rows before the error
		for worker := range 4 {
			trials.Go(func() {
				for trial := range lateFailures(150) {
					e := execution{connections: []string{"a"}, columns: []string{"instance_id"}, cache: trial%2 == 0}
					if worker%2 == 0 {
						e.connections = []string{"a", "b", "c"} // an aggregator
					}
					if trial%5 == 0 {
						e.each = slowly()
					}
					rows, err := p.execute(e)
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
		if n := late.Load(); n < int64(lateFailures(150)) {
			t.Errorf("only %d errors came late: the test shows little", n)
		}

		// The process survived and kept nothing partial.
		w.sim.SetFaults()
		rows, err := p.execute(execution{connections: []string{"a"}, columns: keysOf(w.expected(nodes[0])[0]), cache: true})
		if err != nil {
			t.Fatal(err)
		}
		sameRows(t, rows, w.expected(w.everyNode()...))
	})
}

// TestRefusedAccountIsNoMissingConnection checks that a connection with an
// unknown account is an error; the SDK would omit it.
func TestRefusedAccountIsNoMissingConnection(t *testing.T) {
	w := newWorld(t, worldOptions{})
	w.sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: callerOp})
	rows, err := query(t.Context(), w.db, "select instance_id from "+table+" where account_id = '123456789012'")
	if err == nil {
		t.Fatalf("%d rows and no error", len(rows))
	}
	if !strings.Contains(err.Error(), "find the account of the credentials") {
		t.Error(err)
	}
}
