package soak

import (
	"context"
	"fmt"
	"hash/fnv"
	"io"
	"log"
	"math/rand/v2"
	"net/http/httptest"
	"os"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	protobuf "google.golang.org/protobuf/proto"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/demo"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sim/rude"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/await"
	"steampipe-plugin-ssmassoc/internal/test/processes"
	"steampipe-plugin-ssmassoc/internal/test/rig"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// duration returns the time to run, and whether it is long enough for what processes take
// to settle.
func duration(t *testing.T) (length time.Duration, long bool) {
	t.Helper()
	const usual, settled = 5 * time.Second, 90 * time.Second
	text, set := os.LookupEnv("SOAK")
	if !set {
		return usual, false
	}
	length, err := time.ParseDuration(text)
	if err != nil {
		t.Fatalf("SOAK: %v", err)
	}
	return length, length >= settled
}

// world is a simulated AWS with faults.
type world struct {
	sim    *awssim.Server
	rude   *rude.Server
	fleet  *fleet.Fleet
	url    string
	tables []string

	wrong atomic.Int64
	// What happened, for the log.
	complete, failed, cancelled, changed, asked atomic.Int64
}

func newWorld(t *testing.T) *world {
	t.Helper()
	w := &world{fleet: fleet.New(fleet.Options{Nodes: 40, Regions: []string{"us-east-1", "eu-west-1"}})}
	w.sim = awssim.New(awssim.Options{}, awssim.Account{AccessKeyID: awssim.DefaultAccessKeyID, Fleet: w.fleet})
	w.rude = rude.New(w.sim)
	listener := httptest.NewUnstartedServer(w.rude)
	listener.Config.ErrorLog = log.New(io.Discard, "", 0) // of broken connections
	listener.Start()
	t.Cleanup(func() {
		listener.CloseClientConnections()
		listener.Close()
	})
	w.url = listener.URL
	return w
}

// arguments returns those of a connection. They differ in something that changes no answer.
func (w *world) arguments(variant int) string {
	return demo.Arguments(w.url, awssim.DefaultAccessKeyID, "secret", w.fleet.Regions()) +
		fmt.Sprintf("min_error_retry_delay = 1\nmax_error_retry_attempts = %d\nmax_call_seconds = 2\n", 2+variant%3)
}

// faults are those that an answer must survive or report, never show.
var faults = []awssim.FaultKind{
	awssim.Throttle, awssim.InternalError, awssim.Unavailable, awssim.ConnReset, awssim.TruncatedBody, awssim.MalformedJSON,
	awssim.EmptyPageWithToken, awssim.RepeatedToken, awssim.InvalidNextToken, awssim.InvalidInstanceID, awssim.AccessDenied,
	awssim.ExpiredToken, awssim.UnknownMembers, awssim.TokenOnLastPage,
}

// operations are some of those that the rude server answers in AWS's place.
var operations = []string{"DescribeInstanceAssociationsStatus", "DescribeInstanceInformation", "ListAssociations",
	"ListCommandInvocations", "ListComplianceItems"}

// disturb changes the faults every now and then, until ctx ends. Half of the time there are
// none.
func (w *world) disturb(ctx context.Context) {
	random := rand.New(rand.NewPCG(1, 1))
	manners := []rude.Manner{
		rude.Cut(), rude.Followed("x"), rude.Redirect(302, "http://127.0.0.1:9/"), rude.Body(200, "text/html", "<html>sign in</html>"),
		rude.Body(200, "application/json", "{}"), rude.Endless(200, `{"x":"`, "x"), rude.Bomb(32 << 20), rude.Silent(), rude.EmptyPages(),
	}
	turn := time.NewTicker(500 * time.Millisecond)
	defer turn.Stop()
	for n := 0; ; n++ {
		switch n % 4 {
		case 0:
			w.sim.SetFaults(awssim.Fault{Kind: faults[random.IntN(len(faults))], Probability: 0.3, Seed: random.Uint64()},
				awssim.Fault{Kind: faults[random.IntN(len(faults))], Probability: 0.05, Seed: random.Uint64()})
		case 2:
			w.rude.Behave(operations[random.IntN(len(operations))], manners[random.IntN(len(manners))])
		default:
			w.sim.SetFaults()
			w.rude.Behave("", nil)
		}
		select {
		case <-turn.C:
		case <-ctx.Done():
			w.sim.SetFaults()
			w.rude.Behave("", nil)
			return
		}
	}
}

// fingerprint is what distinguishes an answer from every other, whatever the order of its rows.
type fingerprint struct {
	rows int
	sum  uint64
}

func (p *fingerprint) add(row []byte) {
	h := fnv.New64a()
	_, _ = h.Write(row)
	p.rows++
	p.sum += h.Sum64()
}

func TestSoak(t *testing.T) {
	if testing.Short() {
		t.Skip("short tests run under the race detector")
	}
	length, long := duration(t)
	plugin, command := processes.Build(t, processes.Plugin), processes.Build(t, processes.Command)
	w := newWorld(t)
	host := processes.StartPlugin(t, plugin)
	if err := host.Configure(w.connections(0), 4); err != nil {
		t.Fatal(err)
	}
	scans := w.scans(t, host)
	truths := map[string]fingerprint{}
	for _, s := range scans {
		got, err := fingerprintOf(host, s)
		if err != nil {
			t.Fatal(err)
		}
		truths[name(s)] = got
	}
	w.checkTruths(t, truths)
	goroutines := runtime.NumGoroutine()
	prompt := startPrompt(t, w, command)
	db := w.open(t)

	ctx, cancel := context.WithTimeout(t.Context(), length)
	defer cancel()
	var work sync.WaitGroup
	work.Go(func() { w.disturb(ctx) })
	for seed := range uint64(2) {
		work.Go(func() { w.scanOverGRPC(ctx, t, host, scans, truths, seed) })
	}
	work.Go(func() { w.changeConfigurations(ctx, t, host) })
	work.Go(func() { w.ask(ctx, t, prompt, truths) })
	work.Go(func() { w.queryInProcess(ctx, t, db, truths) })
	watches := []*watch{{name: "plugin", pid: host.PID()}, {name: "prompt", pid: prompt.pid()}}
	for _, one := range watches {
		work.Go(func() { one.look(ctx, t, length) })
	}
	work.Wait()

	t.Logf("%d complete, %d failed, %d cancelled; %d configurations, %d statements at the prompt; %d wrong",
		w.complete.Load(), w.failed.Load(), w.cancelled.Load(), w.changed.Load(), w.asked.Load(), w.wrong.Load())
	if w.complete.Load() == 0 || w.failed.Load() == 0 || w.asked.Load() == 0 {
		t.Error("the soak shows nothing")
	}
	for _, one := range watches {
		t.Log(one)
		if long {
			one.check(t)
		}
	}
	prompt.leave(t)
	pid := host.PID()
	host.Kill()
	if processes.Runs(pid) {
		t.Error("the plugin lives on")
	}
	if err := db.Close(); err != nil {
		t.Error(err)
	}
	await.Until(t, func() bool { return runtime.NumGoroutine() <= goroutines+64 }, func() string { // idle sockets have two each
		return fmt.Sprintf("%d goroutines before, %d after", goroutines, runtime.NumGoroutine())
	})
}

// connections returns two connections to the same account.
func (w *world) connections(variant int) map[string]string {
	return map[string]string{"a": w.arguments(variant), "b": w.arguments(variant + 1)}
}

// scans returns the scans of each table, over one connection and over both.
func (w *world) scans(t *testing.T, host *processes.Host) []processes.Scan {
	t.Helper()
	schema, err := host.GetSchema(&proto.GetSchemaRequest{Connection: "a"})
	if err != nil {
		t.Fatal(err)
	}
	var scans []processes.Scan
	for table, s := range schema.Schema.Schema {
		w.tables = append(w.tables, table)
		var columns []string
		for _, c := range s.Columns {
			if !slices.Contains(rig.ReadTimeColumns, c.Name) {
				columns = append(columns, c.Name)
			}
		}
		for _, connections := range [][]string{{"a"}, {"a", "b"}} {
			scans = append(scans, processes.Scan{Table: table, Connections: connections, Columns: columns})
		}
	}
	slices.Sort(w.tables)
	return scans
}

func name(s processes.Scan) string { return s.Table + " of " + strings.Join(s.Connections, ", ") }

func fingerprintOf(host *processes.Host, s processes.Scan) (p fingerprint, err error) {
	err = host.Read(s, func(r *proto.Row) bool {
		row, _ := protobuf.MarshalOptions{Deterministic: true}.Marshal(r)
		p.add(row)
		return true
	})
	return p, err
}

// checkTruths compares the answers without faults with the fleet.
func (w *world) checkTruths(t *testing.T, truths map[string]fingerprint) {
	t.Helper()
	nodes, statuses := 0, 0
	for _, region := range w.fleet.Regions() {
		for _, n := range w.fleet.Nodes(region) {
			if n.Listed {
				nodes, statuses = nodes+1, statuses+n.StatusCount()
			}
		}
	}
	for table, want := range map[string]int{"ssm_managed_instance": nodes, "ssm_instance_association_status": statuses} {
		for connections, factor := range map[string]int{"a": 1, "a, b": 2} {
			if got := truths[table+" of "+connections].rows; got != factor*want {
				t.Fatalf("%s of %s has %d rows, the fleet has %d", table, connections, got, factor*want)
			}
		}
	}
}

// scanOverGRPC scans, and cancels some of the scans.
func (w *world) scanOverGRPC(
	ctx context.Context, t *testing.T, host *processes.Host, scans []processes.Scan, truths map[string]fingerprint, seed uint64,
) {
	random := rand.New(rand.NewPCG(seed, 2))
	for ctx.Err() == nil {
		s := scans[random.IntN(len(scans))]
		s.Cached = random.IntN(2) == 0
		if random.IntN(3) == 0 {
			left := random.IntN(30)
			_ = host.Read(s, func(*proto.Row) bool { left--; return left > 0 })
			w.cancelled.Add(1)
			continue
		}
		got, err := fingerprintOf(host, s)
		switch {
		case err != nil:
			w.failed.Add(1)
		case got != truths[name(s)]:
			w.wrong.Add(1)
			t.Errorf("%s, cached: %t: %+v, want %+v", name(s), s.Cached, got, truths[name(s)])
		default:
			w.complete.Add(1)
		}
	}
}

// changeConfigurations changes a connection or clears its cache.
func (w *world) changeConfigurations(ctx context.Context, t *testing.T, host *processes.Host) {
	turn := time.NewTicker(300 * time.Millisecond)
	defer turn.Stop()
	for n := 0; ; n++ {
		select {
		case <-turn.C:
		case <-ctx.Done():
			return
		}
		var err error
		switch n % 3 {
		case 0:
			_, err = host.UpdateConnectionConfigs(&proto.UpdateConnectionConfigsRequest{
				Changed: []*proto.ConnectionConfig{{Connection: "b", Plugin: "ssmassoc", Config: w.arguments(n)}}})
		case 1:
			_, err = host.SetConnectionCacheOptions(&proto.SetConnectionCacheOptionsRequest{ClearCacheForConnection: "a"})
		default:
			err = host.Configure(w.connections(n), 4)
		}
		if err != nil {
			t.Errorf("change the configuration: %v", err)
			return
		}
		w.changed.Add(1)
	}
}

// open opens a database over a server in this process, whose goroutines can be counted.
func (w *world) open(t *testing.T) *embedded.DB {
	t.Helper()
	options := embedded.Options{CacheTTLSeconds: 1, CacheMaxMB: 4}
	server := ssmassoc.NewServer()
	t.Cleanup(server.Close)
	host, err := embedded.NewHost(server, []embedded.Connection{{Name: "a", Config: w.arguments(0)}}, options)
	if err != nil {
		t.Fatal(err)
	}
	db, err := embedded.Open(host, options)
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// queryInProcess counts rows by SQL, and cancels some of the statements.
func (w *world) queryInProcess(ctx context.Context, t *testing.T, db *embedded.DB, truths map[string]fingerprint) {
	random := rand.New(rand.NewPCG(5, 2))
	for ctx.Err() == nil {
		table := w.tables[random.IntN(len(w.tables))]
		statement, cancel := context.WithTimeout(context.Background(), time.Duration(20+random.IntN(2000))*time.Millisecond)
		rows := 0
		err := db.Run(statement, "select * from "+table, func(r *embedded.Rows) error {
			for r.Next() {
				rows++
			}
			return r.Err()
		})
		cancel()
		switch want := truths[table+" of a"].rows; {
		case err != nil:
			w.failed.Add(1)
		case rows != want:
			w.wrong.Add(1)
			t.Errorf("in process, %s: %d rows, want %d", table, rows, want)
		default:
			w.complete.Add(1)
		}
	}
}
