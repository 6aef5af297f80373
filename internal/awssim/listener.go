package awssim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"sync"
	"time"
)

// Bounds of a listener's life.
const (
	headerTimeout  = 10 * time.Second // for a client to send its headers
	requestTimeout = 20 * time.Second // for a client to send all of a request
	idleTimeout    = 2 * time.Minute  // for a client to send the next one
	graceTimeout   = time.Second      // for requests to end when it is closed
)

// Listener serves a Server on a loopback address until it is closed.
type Listener struct {
	url   string
	http  *http.Server
	done  chan error // what serving ended with
	close func() error
}

// Start serves on addr, HOST:PORT, where HOST is localhost or a loopback
// address and port 0 picks a free one. All else is refused: a server that does
// not verify signatures is not for others to reach.
func (s *Server) Start(addr string) (*Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", addr, err)
	}
	if host == "localhost" {
		host = "127.0.0.1" // not what a resolver makes of the name
	}
	if ip := net.ParseIP(host); ip == nil || !ip.IsLoopback() {
		return nil, fmt.Errorf("listen on %q: only loopback addresses are allowed", addr)
	}
	socket, err := net.Listen("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", addr, err)
	}
	l := &Listener{
		url: "http://" + socket.Addr().String(),
		http: &http.Server{
			Handler:           s,
			ConnState:         s.ConnState,
			ReadHeaderTimeout: headerTimeout,
			ReadTimeout:       requestTimeout,
			IdleTimeout:       idleTimeout,
			// Faults break connections on purpose; that is no news.
			ErrorLog: log.New(io.Discard, "", 0),
		},
		done: make(chan error, 1),
	}
	l.close = sync.OnceValue(l.shutdown)
	go func() { l.done <- l.http.Serve(socket) }()
	return l, nil
}

// URL returns the endpoint to point clients at, without a trailing slash.
func (l *Listener) URL() string { return l.url }

// Close stops serving. Requests being served get a second to end; after that
// their connections are closed. Closing again returns the same.
func (l *Listener) Close() error { return l.close() }

func (l *Listener) shutdown() error {
	ctx, cancel := context.WithTimeout(context.Background(), graceTimeout)
	defer cancel()
	err := l.http.Shutdown(ctx)
	if errors.Is(err, context.DeadlineExceeded) {
		err = l.http.Close()
	}
	if served := <-l.done; err == nil && !errors.Is(served, http.ErrServerClosed) {
		err = served
	}
	if err != nil {
		return fmt.Errorf("close listener %s: %w", l.url, err)
	}
	return nil
}
