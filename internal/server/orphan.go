package server

import (
	"context"
	"os"
	"sync/atomic"
	"time"

	"google.golang.org/grpc"
	"google.golang.org/grpc/stats"
)

// hosts counts the hosts that are connected to the plugin's process.
//
// It implements [stats.Handler].
type hosts struct{ connected atomic.Int64 }

var _ stats.Handler = (*hosts)(nil)

// HandleConn counts connections.
func (h *hosts) HandleConn(_ context.Context, s stats.ConnStats) {
	switch s.(type) {
	case *stats.ConnBegin:
		h.connected.Add(1)
	case *stats.ConnEnd:
		h.connected.Add(-1)
	}
}

// TagConn returns ctx.
func (*hosts) TagConn(ctx context.Context, _ *stats.ConnTagInfo) context.Context { return ctx }

// TagRPC returns ctx.
func (*hosts) TagRPC(ctx context.Context, _ *stats.RPCTagInfo) context.Context { return ctx }

// HandleRPC does nothing.
func (*hosts) HandleRPC(context.Context, stats.RPCStats) {}

// orphanLooks is how many looks in a row, orphanInterval apart, must find the process
// without hosts. A host may be about to connect.
const (
	orphanLooks    = 3
	orphanInterval = time.Second
)

// newGRPCServer returns a server that stops, and so ends the process, once the process
// that started it has ended and no host is connected. A host that was killed cannot end
// its plugins. Steampipe's plugin manager, which starts them, stays between queries; the
// sessions of PostgreSQL connect to them by themselves, and may outlive it.
func newGRPCServer(options []grpc.ServerOption) *grpc.Server {
	h := &hosts{}
	server := grpc.NewServer(append(options, grpc.StatsHandler(h))...)
	parent := os.Getppid()
	go func() {
		h.awaitOrphan(func() bool { return os.Getppid() != parent })
		server.Stop()
	}()
	return server
}

// awaitOrphan returns once the parent is gone and no host is connected.
func (h *hosts) awaitOrphan(parentGone func() bool) {
	for looks := 0; looks < orphanLooks; {
		time.Sleep(orphanInterval)
		if looks++; !parentGone() || h.connected.Load() > 0 {
			looks = 0
		}
	}
}
