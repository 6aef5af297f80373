package server

import (
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"google.golang.org/grpc/stats"
)

// The process outlives its parent for as long as a host is connected, and its hosts for as
// long as its parent lives.
func TestOrphan(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var h hosts
		var gone, ended atomic.Bool
		go func() {
			h.awaitOrphan(gone.Load)
			ended.Store(true)
		}()
		for _, step := range []struct {
			what  string
			do    func()
			after time.Duration
			ends  bool
		}{
			{"without hosts", func() {}, time.Hour, false},
			{"with a host", func() { h.HandleConn(t.Context(), &stats.ConnBegin{}) }, time.Hour, false},
			{"with a host and without a parent", func() { gone.Store(true) }, time.Hour, false},
			{"between two hosts", func() { h.HandleConn(t.Context(), &stats.ConnEnd{}) }, time.Second, false},
			{"with another host", func() { h.HandleConn(t.Context(), &stats.ConnBegin{}) }, time.Hour, false},
			{"without any", func() { h.HandleConn(t.Context(), &stats.ConnEnd{}) }, 5 * time.Second, true},
		} {
			step.do()
			time.Sleep(step.after)
			if ended.Load() != step.ends {
				t.Fatalf("%s: ended: %t, want %t", step.what, ended.Load(), step.ends)
			}
		}
	})
}
