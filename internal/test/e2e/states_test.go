package e2e

import (
	"maps"
	"testing"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// A query has the same answer in every state of its process, whether it is the
// first or comes after others. The plugin lives for weeks in one process; a
// test with a new one sees only its first state.

// state is the history of a process before a query.
type state struct {
	name string
	// calls compares the calls of the query with those without a cache. Scans of a
	// single statement may share reads.
	calls func(t *testing.T, got, uncached calls)
}

var (
	coldState     = state{"cold", noMoreCalls}
	warmState     = state{"warm", noMoreCalls}
	clearedState  = state{"after a clear", noMoreCalls}
	uncachedState = state{"with the cache off", sameCalls}
	seasonedState = state{"after scans of every table", noMoreCalls}
)

func sameCalls(t *testing.T, got, uncached calls) {
	t.Helper()
	if !maps.Equal(got, uncached) {
		t.Errorf("calls: got %v, want %v", got, uncached)
	}
}

func noMoreCalls(t *testing.T, got, uncached calls) {
	t.Helper()
	for operation, n := range got {
		if n > uncached[operation] {
			t.Errorf("calls: got %v, more than the %v where nothing is kept", got, uncached)
			return
		}
	}
}

// inEveryState runs a query in each state. check receives its rows; made are
// its calls without a cache, nil to not check them.
func (w *world) inEveryState(t *testing.T, sql string, made calls, check func(*testing.T, []row)) {
	t.Helper()
	server := ssmassoc.NewServer()
	cached := w.openOn(t, server, 300)
	uncached := w.openOn(t, server, 0)
	run := func(s state, db *embedded.DB) {
		t.Run(s.name, func(t *testing.T) {
			w.sim.Reset()
			rows, err := query(t.Context(), db, sql)
			if err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			check(t, rows)
			if made != nil {
				s.calls(t, w.calls(), made)
			}
		})
	}
	run(coldState, cached)
	run(warmState, cached)
	if !testing.Short() {
		w.clear(t, server)
		run(clearedState, cached)
		run(uncachedState, uncached)
	}
	run(seasonedState, w.seasonedDB(t))
}

// check runs a query in every state and compares its rows and, unless nil, its
// calls.
func (w *world) check(t *testing.T, sql string, want []row, made calls) {
	t.Helper()
	w.inEveryState(t, sql, made, func(t *testing.T, got []row) { sameTable(t, got, want) })
}

// openOn opens the world's tables on the given server.
func (w *world) openOn(t *testing.T, server *ssmassoc.Server, ttl int64) *embedded.DB {
	t.Helper()
	// The server's cache is on; a TTL of 0 bypasses it for each query.
	return openOn(t, server, embedded.Options{CacheTTLSeconds: 300}, embedded.Options{CacheTTLSeconds: ttl}, w.connection)
}

// clear clears the connection's cache, as Steampipe does when its configuration
// is saved.
func (w *world) clear(t *testing.T, server *ssmassoc.Server) {
	t.Helper()
	if _, err := server.SetConnectionCacheOptions(&proto.SetConnectionCacheOptionsRequest{ClearCacheForConnection: w.connection.Name}); err != nil {
		t.Fatal(err)
	}
}

// seasonedDB returns the world's database whose server has scanned every table.
func (w *world) seasonedDB(t *testing.T) *embedded.DB {
	t.Helper()
	w.season.Do(func() {
		w.seasoned = w.openOn(w.t, ssmassoc.NewServer(), 300)
		for _, table := range w.seasoned.Tables() {
			if _, err := query(t.Context(), w.seasoned, "select * from "+table.Name); err != nil {
				t.Errorf("scan %s: %v", table.Name, err)
			}
		}
	})
	return w.seasoned
}
