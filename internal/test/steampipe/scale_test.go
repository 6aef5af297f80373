package steampipe

import (
	"context"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/await"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

func TestRequestsInFlight(t *testing.T) {
	simulated := fleet.Options{Nodes: 200, Regions: []string{"us-east-1", "eu-west-1"}, Associations: 2}
	sim := awssim.Options{Latency: 2 * time.Millisecond}

	for name, test := range map[string]struct {
		arguments string
		most      int
	}{
		"by default": {"", 16},
		"as set":     {"max_concurrent_requests = 3\n", 3},
		"one by one": {"max_concurrent_requests = 1\n", 1},
		"up to 256":  {"max_concurrent_requests = 256\n", 256},
	} {
		t.Run(name, func(t *testing.T) {
			w := rig.NewWorld(t, rig.WorldOptions{Fleet: simulated, Sim: sim})
			p := rig.StartProcess(t)
			p.Connect(map[string]string{"c": rig.Arguments(w.URL, awssim.DefaultAccessKeyID, w.Fleet.Regions()) + test.arguments})

			// Simultaneous whole scans and a long list of nodes.
			var ids []string
			for _, node := range w.EveryNode() {
				ids = append(ids, node.InstanceID)
			}
			var scans sync.WaitGroup
			for i := range 4 {
				scans.Go(func() {
					e := rig.Execution{Connections: []string{"c"}, Columns: []string{"instance_id", "association_id"}}
					if i > 0 {
						e.Quals = rig.Equals("instance_id", ids...)
					}
					rows, err := p.Execute(e)
					if err != nil {
						t.Error(err)
					}
					rig.SameRows(t, rows, rig.Only(w.Expected(w.EveryNode()...), "instance_id", "association_id"))
				})
			}
			scans.Wait()
			for _, region := range w.Fleet.Regions() {
				if n := w.Sim.MaxInFlightIn(region); n > test.most {
					t.Errorf("%d requests were in flight in %s, at most %d may be", n, region, test.most)
				}
			}
			// While one connection becomes idle another may be opened; on a busy machine
			// for every request in flight.
			if n := w.Sim.Connections(); n > 2*2*test.most {
				t.Errorf("%d connections were opened for at most %d requests in flight", n, 2*test.most)
			}
		})
	}
}

func TestArgumentsOutOfRange(t *testing.T) {
	for _, argument := range []string{
		"max_concurrent_requests = 0", "max_concurrent_requests = 257",
		"max_error_retry_attempts = 0", "min_error_retry_delay = 0",
	} {
		w := rig.NewWorld(t, rig.WorldOptions{Arguments: argument + "\n"})
		_, err := rig.Query(t.Context(), w.DB, "select * from "+rig.StatusTable)
		name, _, _ := strings.Cut(argument, " ")
		if err == nil || !strings.Contains(err.Error(), fmt.Sprintf("argument %q", name)) || !strings.Contains(err.Error(), `connection "ssmassoc"`) {
			t.Errorf("%s: error %v", argument, err)
		}
	}
}

func TestRetryAttempts(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Arguments: rig.FastRetries + "max_error_retry_attempts = 4\n"})
	w.Sim.SetFaults(awssim.Fault{Kind: awssim.InternalError, Action: rig.StatusOp})
	if _, err := rig.Query(t.Context(), w.DB, "select * from "+rig.StatusTable+" where region = 'us-east-1' and instance_id = 'i-00000000000000000'"); err == nil {
		t.Fatal("no error")
	}
	w.ExpectCalls(rig.Calls{rig.StatusOp: 4})
}

func TestLimiters(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: 30, Regions: []string{"us-east-1", "eu-west-1"}, Associations: 1}})
	p := rig.StartProcess(t, "STEAMPIPE_DIAGNOSTIC_LEVEL=ALL")
	p.Connect(map[string]string{"c": rig.Arguments(w.URL, awssim.DefaultAccessKeyID, w.Fleet.Regions())})
	scan := rig.Execution{Connections: []string{"c"}, Columns: []string{"instance_id", "_ctx"}}

	t.Run("the tags of a scan are there for limiters", func(t *testing.T) {
		rows, err := p.Execute(scan)
		if err != nil {
			t.Fatal(err)
		}
		tags := fmt.Sprint(rows[0]["_ctx"])
		for _, tag := range []string{`"service":"ssm"`, `"action":"` + rig.StatusOp + `"`, `"connection":"c"`, `"region":"`} {
			if !strings.Contains(tags, tag) {
				t.Errorf("%s is not in %s", tag, tags)
			}
		}
	})
	t.Run("a limiter of concurrency bounds calls", func(t *testing.T) {
		w.Sim.SetLatency(2 * time.Millisecond)
		defer w.Sim.SetLatency(0)
		w.Sim.Reset()
		setLimiters(t, p, &proto.RateLimiterDefinition{
			Name: "two", MaxConcurrency: 2, Scope: []string{"connection", "region", "service", "action"},
			Where: "service = 'ssm' and action = '" + rig.StatusOp + "'",
		})
		if _, err := p.Execute(scan); err != nil {
			t.Fatal(err)
		}
		// Two reads and the listing.
		if n := w.Sim.MaxInFlight(); n > 3 {
			t.Errorf("%d requests were in flight", n)
		}
	})
	t.Run("a limiter of a rate spaces calls", func(t *testing.T) {
		setLimiters(t, p, &proto.RateLimiterDefinition{
			Name: "slow", FillRate: 50, BucketSize: 1, Scope: []string{"connection", "region", "service", "action"},
			Where: "action = '" + rig.StatusOp + "'",
		})
		start := time.Now()
		if _, err := p.Execute(scan); err != nil {
			t.Fatal(err)
		}
		// Fifteen nodes per region, fifty calls a second.
		if took := time.Since(start); took < 14*20*time.Millisecond {
			t.Errorf("15 calls took %s", took)
		}
	})
	t.Run("a limiter of another region has no part", func(t *testing.T) {
		setLimiters(t, p, &proto.RateLimiterDefinition{
			Name: "other", FillRate: 0.01, BucketSize: 1, Scope: []string{"region"}, Where: "region = 'sa-east-1'",
		})
		if _, err := p.Execute(scan); err != nil {
			t.Fatal(err)
		}
	})
}

func setLimiters(t *testing.T, p *rig.Process, definitions ...*proto.RateLimiterDefinition) {
	t.Helper()
	if _, err := p.Plugin.SetRateLimiters(&proto.SetRateLimitersRequest{Definitions: definitions}); err != nil {
		t.Fatal(err)
	}
}

func TestCancellation(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{
		Fleet: fleet.Options{Nodes: 600, Regions: []string{"us-east-1"}, Associations: 2},
		Sim:   awssim.Options{Latency: 20 * time.Millisecond},
	})
	ctx, cancel := context.WithTimeout(t.Context(), 200*time.Millisecond)
	defer cancel()
	if _, err := rig.Query(ctx, w.DB, "select * from "+rig.StatusTable); err == nil {
		t.Fatal("no error")
	}
	made := w.Sim.Calls().Total()
	waitUntilQuiet(t, w.Sim)
	// Calls already sent may still arrive.
	if more := w.Sim.Calls().Total() - made; more > 16 {
		t.Errorf("%d calls came after the query had ended", more)
	}
}

// TestNothingIsLeftBehind counts goroutines after queries that failed, were
// cancelled, or needed no more rows.
func TestNothingIsLeftBehind(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{
		Fleet:     fleet.Options{Nodes: 30, Regions: []string{"us-east-1", "eu-west-1"}},
		Arguments: rig.FastRetries,
	})
	long := w.WithRows(120)
	run := func(i int) {
		switch i % 3 {
		case 0:
			w.Sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, InstanceID: long.InstanceID})
			_, _ = rig.Query(t.Context(), w.DB, "select * from "+rig.StatusTable)
			w.Sim.SetFaults()
		case 1:
			ctx, cancel := context.WithCancel(t.Context())
			_ = w.DB.Run(ctx, "select * from "+rig.StatusTable, func(rows *embedded.Rows) error {
				rows.Next()
				cancel()
				for rows.Next() {
					continue
				}
				return rows.Err()
			})
			cancel()
		default:
			_, _ = rig.Query(t.Context(), w.DB, "select * from "+rig.StatusTable+" limit 5")
		}
	}
	before := runtime.NumGoroutine()
	for i := range rig.Times(600) {
		run(i)
	}
	// Some goroutines start once. Idle connections, which come and go, have some
	// at both ends.
	await.Until(t, func() bool { return runtime.NumGoroutine() <= before+100 }, func() string {
		return fmt.Sprintf("%d goroutines before, %d after\n%s", before, runtime.NumGoroutine(), stacks())
	})
}

// stacks returns what most goroutines are doing.
func stacks() string {
	buffer := make([]byte, 1<<20)
	buffer = buffer[:runtime.Stack(buffer, true)]
	count := map[string]int{}
	for _, stack := range strings.Split(string(buffer), "\n\n") {
		if lines := strings.Split(stack, "\n"); len(lines) > 1 {
			function, _, _ := strings.Cut(lines[1], "(0x")
			count[function]++
		}
	}
	var res []string
	for function, n := range count {
		res = append(res, fmt.Sprintf("%5d %s", n, function))
	}
	slices.Sort(res)
	slices.Reverse(res)
	return strings.Join(res[:min(8, len(res))], "\n")
}
