package rig

import (
	"context"
	"fmt"
	"maps"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/server"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// state is the history of a process before a query.
type state struct {
	name string
	// calls compares the calls of the query with those without a cache. Scans of a
	// single statement may share reads.
	calls func(t *testing.T, got, uncached Calls)
}

var (
	coldState     = state{"cold", noMoreCalls}
	warmState     = state{"warm", noMoreCalls}
	clearedState  = state{"after a clear", noMoreCalls}
	uncachedState = state{"with the cache off", sameCalls}
	seasonedState = state{"after scans of every table", noMoreCalls}
)

func sameCalls(t *testing.T, got, uncached Calls) {
	t.Helper()
	if !maps.Equal(got, uncached) {
		t.Errorf("calls: got %v, want %v", got, uncached)
	}
}

func noMoreCalls(t *testing.T, got, uncached Calls) {
	t.Helper()
	for operation, n := range got {
		if n > uncached[operation] {
			t.Errorf("calls: got %v, more than the %v where nothing is kept", got, uncached)
			return
		}
	}
}

// InStates runs a query cold, warm and in one of the other states, which take turns; in a
// long run in every state. check receives its rows; made are its calls without a cache, nil
// to not check them.
func (w *World) InStates(t *testing.T, sql string, made Calls, check func(*testing.T, []Row)) {
	t.Helper()
	host := ssmassoc.NewServer()
	cached := w.openOn(t, host, 300)
	run := func(s state, db *embedded.DB) {
		t.Run(s.name, func(t *testing.T) {
			w.Sim.Reset()
			rows, err := Query(t.Context(), db, sql)
			if err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			check(t, rows)
			if made != nil {
				s.calls(t, w.Calls(), made)
			}
		})
	}
	run(coldState, cached)
	run(warmState, cached)
	others := []func(){
		func() {
			w.clear(t, host)
			run(clearedState, cached)
		},
		func() { run(uncachedState, w.openOn(t, host, 0)) },
		func() { run(seasonedState, w.seasonedDB(t)) },
	}
	if Long() {
		for _, other := range others {
			other()
		}
		return
	}
	others[w.turn%len(others)]()
	w.turn++
}

// Check runs a query as InStates does and compares its rows and, unless nil, its
// calls.
func (w *World) Check(t *testing.T, sql string, want []Row, made Calls) {
	t.Helper()
	w.InStates(t, sql, made, func(t *testing.T, got []Row) { SameTable(t, got, want) })
}

// openOn opens the world's tables on the given server.
func (w *World) openOn(t *testing.T, plugin *server.Server, ttl int64) *embedded.DB {
	t.Helper()
	// The server's cache is on; a TTL of 0 bypasses it for each query.
	return OpenOn(t, plugin, embedded.Options{CacheTTLSeconds: 300}, embedded.Options{CacheTTLSeconds: ttl}, w.Connection)
}

// clear clears the connection's cache, as Steampipe does when its configuration
// is saved.
func (w *World) clear(t *testing.T, plugin *server.Server) {
	t.Helper()
	request := &proto.SetConnectionCacheOptionsRequest{ClearCacheForConnection: w.Connection.Name}
	if _, err := plugin.SetConnectionCacheOptions(request); err != nil {
		t.Fatal(err)
	}
}

// seasonedDB returns the world's database whose server has scanned every table.
func (w *World) seasonedDB(t *testing.T) *embedded.DB {
	t.Helper()
	db, err := w.seasoned()
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// season opens tables on a new server and scans every one of them.
func season(connection embedded.Connection) (*embedded.DB, error) {
	kept := embedded.Options{CacheTTLSeconds: 300}
	db, err := openDB(ssmassoc.NewServer(), kept, kept, connection)
	if err != nil {
		return nil, err
	}
	for _, table := range db.Tables() {
		if _, err := Query(context.Background(), db, "select * from "+table.Name); err != nil {
			return nil, fmt.Errorf("scan %s: %w", table.Name, err)
		}
	}
	return db, nil
}

// Slowly returns a function that paces a slow reader: a row per millisecond.
func Slowly() func() {
	pace := time.Tick(time.Millisecond)
	return func() { <-pace }
}
