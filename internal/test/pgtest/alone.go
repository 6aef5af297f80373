package pgtest

import (
	"context"
	"sync"
	"testing"
)

// OpenAlone is [Open] with a server of the test's own, for tests of several servers.
// stop ends the server before the test does.
func OpenAlone(t testing.TB) (db *DB, stop func()) {
	t.Helper()
	Require(t)
	own, err := start()
	if err != nil {
		t.Fatal(err)
	}
	stop = sync.OnceFunc(func() {
		if err := own.stop(); err != nil {
			t.Error(err)
		}
	})
	t.Cleanup(stop)
	conn, err := own.connect(t.Context(), "postgres")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = conn.Close(context.Background()) })
	return &DB{conn: conn, url: own.url("postgres")}, stop
}
