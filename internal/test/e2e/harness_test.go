package e2e

import (
	"context"
	"encoding/json"
	"maps"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/demo"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/pgtest"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// Operations whose calls are counted.
const (
	statusOp  = "DescribeInstanceAssociationsStatus"
	listingOp = "DescribeInstanceInformation"
	callerOp  = "GetCallerIdentity"
	regionsOp = "DescribeRegions"
)

func TestMain(m *testing.M) {
	// Tests neither see AWS settings of the machine nor reach AWS.
	for _, variable := range os.Environ() {
		if name, _, _ := strings.Cut(variable, "="); strings.HasPrefix(name, "AWS_") || name == "REQUESTS_CA_BUNDLE" {
			_ = os.Unsetenv(name)
		}
	}
	for name, value := range map[string]string{
		"AWS_EC2_METADATA_DISABLED":   "true",
		"AWS_CONFIG_FILE":             os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	} {
		_ = os.Setenv(name, value)
	}
	if _, set := os.LookupEnv("STEAMPIPE_LOG_LEVEL"); !set {
		_ = os.Setenv("STEAMPIPE_LOG_LEVEL", "off")
	}
	code := pgtest.Main(m)
	removeBuiltPlugin()
	os.Exit(code)
}

// world is a simulated AWS with one account, and the plugin's tables over it.
type world struct {
	t     *testing.T
	sim   *awssim.Server
	fleet *fleet.Fleet
	url   string
	db    *embedded.DB
	// connection is the connection of db.
	connection embedded.Connection

	// seasoned is the database that seasonedDB returns.
	season   *sync.Once
	seasoned *embedded.DB
}

// worldOptions change the default world: 60 nodes in three regions, no latency,
// the plugin's cache off.
type worldOptions struct {
	fleet fleet.Options
	sim   awssim.Options
	// arguments are added to the connection's.
	arguments string
	// regions are the connection's regions; by default the fleet's.
	regions []string
	cache   embedded.Options
}

func newWorld(t *testing.T, o worldOptions) *world {
	t.Helper()
	w := &world{t: t, fleet: fleet.New(o.fleet), season: &sync.Once{}}
	w.sim = awssim.New(o.sim, awssim.Account{AccessKeyID: awssim.DefaultAccessKeyID, Fleet: w.fleet})
	w.url = serve(t, w.sim)
	if o.regions == nil {
		o.regions = w.fleet.Regions()
	}
	w.connection = embedded.Connection{Name: "ssmassoc", Config: arguments(w.url, awssim.DefaultAccessKeyID, o.regions) + o.arguments}
	w.db = open(t, o.cache, w.connection)
	return w
}

func serve(t testing.TB, sim *awssim.Server) string {
	t.Helper()
	listener, err := sim.Start("127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = listener.Close() })
	return listener.URL()
}

// open hosts a new plugin with the given connections.
func open(t testing.TB, options embedded.Options, connections ...embedded.Connection) *embedded.DB {
	t.Helper()
	return openOn(t, ssmassoc.NewServer(), options, options, connections...)
}

// openServer hosts a given server, with its cache off.
func openServer(t testing.TB, server *ssmassoc.Server, connections ...embedded.Connection) *embedded.DB {
	t.Helper()
	return openOn(t, server, embedded.Options{}, embedded.Options{}, connections...)
}

// openOn hosts a given server, with separate options for the host and the
// database.
func openOn(t testing.TB, server *ssmassoc.Server, hosted, opened embedded.Options, connections ...embedded.Connection) *embedded.DB {
	t.Helper()
	host, err := embedded.NewHost(server, connections, hosted)
	if err != nil {
		t.Fatal(err)
	}
	db, err := embedded.Open(host, opened)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = db.Close() })
	return db
}

// arguments returns the arguments of a connection to a simulated AWS.
func arguments(url, accessKey string, regions []string) string {
	return demo.Arguments(url, accessKey, "secret", regions)
}

// row is a row of a result, with values of type string, int64 or float64, or
// nil for null.
type row map[string]any

// query runs a statement and returns its rows.
func query(ctx context.Context, db *embedded.DB, sql string) ([]row, error) {
	var result []row
	err := db.Run(ctx, sql, func(rows *embedded.Rows) error {
		for rows.Next() {
			r := row{}
			for i, c := range rows.Columns {
				switch rows.Type(i) {
				case sqlite3.NULL:
					r[c.Name] = nil
				case sqlite3.INTEGER:
					r[c.Name] = rows.Int(i)
				case sqlite3.FLOAT:
					r[c.Name] = rows.Float(i)
				default:
					r[c.Name] = string(rows.Text(i))
				}
			}
			result = append(result, r)
		}
		return rows.Err()
	})
	return result, err
}

// query runs a statement that must succeed.
func (w *world) query(sql string) []row {
	w.t.Helper()
	rows, err := query(w.t.Context(), w.db, sql)
	if err != nil {
		w.t.Fatalf("%s: %v", sql, err)
	}
	return rows
}

// calls is the number of calls by operation.
type calls map[string]int

// expectCalls checks the calls since the last check, without caller identity,
// and resets them.
func (w *world) expectCalls(want calls) {
	w.t.Helper()
	if got := w.calls(); !maps.Equal(got, want) {
		w.t.Errorf("calls: got %v, want %v", got, want)
	}
	w.sim.Reset()
}

// calls returns the calls since the last reset, without caller identity.
func (w *world) calls() calls {
	made := calls{}
	for key, n := range w.sim.Calls() {
		if key.Action != callerOp {
			made[key.Action] += n
		}
	}
	return made
}

// expected returns the main table's rows of the given nodes, computed from the
// fleet without the plugin.
func (w *world) expected(nodes ...*fleet.Node) []row {
	var rows []row
	for _, node := range nodes {
		for _, a := range node.Statuses() {
			rows = append(rows, expectedRow(w.fleet, node, a))
		}
	}
	return rows
}

func value(s *string) any {
	if s == nil {
		return nil
	}
	return *s
}

func dereference(s *string) string {
	if s == nil {
		return ""
	}
	return *s
}

// everyNode returns the listed nodes of all regions.
func (w *world) everyNode() []*fleet.Node {
	var nodes []*fleet.Node
	for _, region := range w.fleet.Regions() {
		nodes = append(nodes, w.listed(region)...)
	}
	return nodes
}

// listed returns the listed nodes of a region.
func (w *world) listed(region string) []*fleet.Node {
	return listedNodes(w.fleet, region)
}

// node returns the first node that meets the condition.
func (w *world) node(condition func(*fleet.Node) bool) *fleet.Node {
	w.t.Helper()
	for _, region := range w.fleet.Regions() {
		for _, node := range w.fleet.Nodes(region) {
			if condition(node) {
				return node
			}
		}
	}
	w.t.Fatal("the fleet has no such node")
	return nil
}

// withRows returns the first listed node with the given number of rows.
func (w *world) withRows(n int) *fleet.Node {
	w.t.Helper()
	return w.node(func(node *fleet.Node) bool { return node.Listed && node.StatusCount() == n })
}

// scanCalls returns the calls of a scan of the nodes: a listing for every 50
// nodes of a region, and a read for every 50 rows of a node.
func scanCalls(nodes []*fleet.Node) calls {
	perRegion := map[string]int{}
	reads := 0
	for _, node := range nodes {
		perRegion[node.Region]++
		reads += max(1, (node.StatusCount()+49)/50)
	}
	listings := 0
	for _, n := range perRegion {
		listings += (n + 49) / 50
	}
	return calls{listingOp: listings, statusOp: reads}
}

// sameRows compares rows in any order, on the columns of the expected rows.
func sameRows(t *testing.T, got, want []row) {
	t.Helper()
	if len(want) > 0 {
		keys := slices.Sorted(maps.Keys(want[0]))
		for _, r := range got {
			maps.DeleteFunc(r, func(key string, _ any) bool { return !slices.Contains(keys, key) })
		}
	}
	gotLines, wantLines := lines(got), lines(want)
	if slices.Equal(gotLines, wantLines) {
		return
	}
	t.Errorf("got %d rows, want %d", len(got), len(want))
	reportDifference(t, "missing", wantLines, gotLines)
	reportDifference(t, "unexpected", gotLines, wantLines)
}

func reportDifference(t *testing.T, what string, in, of []string) {
	t.Helper()
	count := map[string]int{}
	for _, line := range of {
		count[line]++
	}
	shown := 0
	for _, line := range in {
		if count[line]--; count[line] < 0 && shown < 3 {
			t.Errorf("%s: %s", what, line)
			shown++
		}
	}
}

// lines formats rows for comparison, sorted.
func lines(rows []row) []string {
	res := make([]string, len(rows))
	for i, r := range rows {
		text, err := json.Marshal(r)
		if err != nil {
			panic(err)
		}
		res[i] = string(text)
	}
	slices.Sort(res)
	return res
}

// only keeps the named columns of rows.
func only(rows []row, columns ...string) []row {
	res := make([]row, len(rows))
	for i, r := range rows {
		res[i] = row{}
		for _, c := range columns {
			res[i][c] = r[c]
		}
	}
	return res
}

// pages returns the number of calls that read the given number of items.
func pages(items, size int) int { return max(1, (items+size-1)/size) }

// twoRegions is a world of two regions.
func twoRegions(t *testing.T, cache embedded.Options) *world {
	return newWorld(t, worldOptions{
		fleet:     fleet.Options{Nodes: 130, Regions: []string{"us-east-1", "eu-west-1"}},
		arguments: fastRetries,
		cache:     cache,
	})
}
