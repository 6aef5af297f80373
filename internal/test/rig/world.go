package rig

import (
	"maps"
	"sync"
	"testing"

	"steampipe-plugin-ssmassoc/internal/server"
	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/demo"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// Operations whose calls are counted.
const (
	StatusOp  = "DescribeInstanceAssociationsStatus"
	ListingOp = "DescribeInstanceInformation"
	CallerOp  = "GetCallerIdentity"
	RegionsOp = "DescribeRegions"
)

// World is a simulated AWS with one account, and the plugin's tables over it.
type World struct {
	T     *testing.T
	Sim   *awssim.Server
	Fleet *fleet.Fleet
	URL   string
	DB    *embedded.DB
	// Connection is the connection of DB.
	Connection embedded.Connection

	// seasoned returns a database whose server has scanned every table.
	seasoned func() (*embedded.DB, error)
	// turn chooses the state of the next query.
	turn int
}

// WorldOptions change the default world: 60 nodes in three regions, no latency,
// the plugin's cache off.
type WorldOptions struct {
	Fleet fleet.Options
	Sim   awssim.Options
	// Arguments are added to the connection's.
	Arguments string
	// Regions are the connection's regions; by default the fleet's.
	Regions []string
	Cache   embedded.Options
}

// NewWorld serves a simulated AWS and opens the plugin's tables over it.
func NewWorld(t *testing.T, o WorldOptions) *World {
	t.Helper()
	w := &World{T: t, Fleet: fleet.New(o.Fleet)}
	w.Sim = awssim.New(o.Sim, awssim.Account{AccessKeyID: awssim.DefaultAccessKeyID, Fleet: w.Fleet})
	w.URL = Serve(t, w.Sim)
	w.connect(o, t.Cleanup)
	w.DB = Open(t, o.Cache, w.Connection)
	return w
}

// connect makes the connection. It registers the end of the seasoned database.
func (w *World) connect(o WorldOptions, atEnd func(func())) {
	if o.Regions == nil {
		o.Regions = w.Fleet.Regions()
	}
	config := Arguments(w.URL, awssim.DefaultAccessKeyID, o.Regions) + o.Arguments
	w.Connection = embedded.Connection{Name: "ssmassoc", Config: config}
	w.seasoned = sync.OnceValues(func() (*embedded.DB, error) {
		db, err := season(w.Connection)
		if err == nil {
			atEnd(func() { _ = db.Close() })
		}
		return db, err
	})
}

// Serve serves a simulated AWS until the test ends, and returns its address.
func Serve(t testing.TB, sim *awssim.Server) string {
	t.Helper()
	listener, err := sim.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener.URL()
}

// Open hosts a new plugin with the given connections.
func Open(t testing.TB, options embedded.Options, connections ...embedded.Connection) *embedded.DB {
	t.Helper()
	return OpenOn(t, ssmassoc.NewServer(), options, options, connections...)
}

// OpenServer hosts a given server, with its cache off.
func OpenServer(t testing.TB, plugin *server.Server, connections ...embedded.Connection) *embedded.DB {
	t.Helper()
	return OpenOn(t, plugin, embedded.Options{}, embedded.Options{}, connections...)
}

// OpenOn hosts a given server, with separate options for the host and the
// database.
func OpenOn(
	t testing.TB, plugin *server.Server, hosted, opened embedded.Options, connections ...embedded.Connection,
) *embedded.DB {
	t.Helper()
	db, err := openDB(plugin, hosted, opened, connections...)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

func openDB(
	plugin *server.Server, hosted, opened embedded.Options, connections ...embedded.Connection,
) (*embedded.DB, error) {
	host, err := embedded.NewHost(plugin, connections, hosted)
	if err != nil {
		return nil, err
	}
	return embedded.Open(host, opened)
}

// Arguments returns the arguments of a connection to a simulated AWS.
func Arguments(url, accessKey string, regions []string) string {
	return demo.Arguments(url, accessKey, "secret", regions)
}

// TwoRegions is a world of two regions.
func TwoRegions(t *testing.T, cache embedded.Options) *World {
	o := twoRegions()
	o.Cache = cache
	return NewWorld(t, o)
}

func twoRegions() WorldOptions {
	return WorldOptions{
		Fleet:     fleet.Options{Nodes: 130, Regions: []string{"us-east-1", "eu-west-1"}},
		Arguments: FastRetries,
	}
}

// FastRetries speeds up retries.
const FastRetries = "min_error_retry_delay = 1\n"

// Query runs a statement that must succeed.
func (w *World) Query(sql string) []Row {
	w.T.Helper()
	rows, err := Query(w.T.Context(), w.DB, sql)
	if err != nil {
		w.T.Fatalf("%s: %v", sql, err)
	}
	return rows
}

// ExpectCalls checks the calls since the last check, without caller identity,
// and resets them.
func (w *World) ExpectCalls(want Calls) {
	w.T.Helper()
	if got := w.Calls(); !maps.Equal(got, want) {
		w.T.Errorf("calls: got %v, want %v", got, want)
	}
	w.Sim.Reset()
}

// Calls returns the calls since the last reset, without caller identity.
func (w *World) Calls() Calls {
	made := Calls{}
	for key, n := range w.Sim.Calls() {
		if key.Action != CallerOp {
			made[key.Action] += n
		}
	}
	return made
}

// Expected returns the main table's rows of the given nodes, computed from the
// fleet without the plugin.
func (w *World) Expected(nodes ...*fleet.Node) []Row {
	var rows []Row
	for _, node := range nodes {
		for _, a := range node.Statuses() {
			rows = append(rows, ExpectedStatus(w.Fleet, node, a))
		}
	}
	return rows
}

// EveryNode returns the listed nodes of all regions.
func (w *World) EveryNode() []*fleet.Node {
	var nodes []*fleet.Node
	for _, region := range w.Fleet.Regions() {
		nodes = append(nodes, w.Listed(region)...)
	}
	return nodes
}

// Listed returns the listed nodes of a region.
func (w *World) Listed(region string) []*fleet.Node {
	return listedNodes(w.Fleet, region)
}

// Node returns the first node that meets the condition.
func (w *World) Node(condition func(*fleet.Node) bool) *fleet.Node {
	w.T.Helper()
	for _, region := range w.Fleet.Regions() {
		for _, node := range w.Fleet.Nodes(region) {
			if condition(node) {
				return node
			}
		}
	}
	w.T.Fatal("the fleet has no such node")
	return nil
}

// WithRows returns the first listed node with the given number of rows.
func (w *World) WithRows(n int) *fleet.Node {
	w.T.Helper()
	return w.Node(func(node *fleet.Node) bool { return node.Listed && node.StatusCount() == n })
}

// Calls is the number of calls by operation.
type Calls map[string]int
