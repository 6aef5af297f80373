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

// Timeouts of a listener.
const (
	headerTimeout  = 10 * time.Second // for the headers of a request
	requestTimeout = 20 * time.Second // for a whole request
	idleTimeout    = 2 * time.Minute  // between requests
	graceTimeout   = time.Second      // for requests in flight on Close
)

// Listener serves a Server on a loopback address.
type Listener struct {
	url   string
	http  *http.Server
	done  chan error // the error of Serve
	close func() error
}

// Start serves on addr, as HOST:PORT. HOST must be localhost or a loopback
// address, since signatures are not verified; port 0 picks a free one.
func (s *Server) Start(addr string) (*Listener, error) {
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: %w", addr, err)
	}
	if host == "localhost" {
		host = "127.0.0.1" // whatever the resolver says
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
			// Faults break connections on purpose.
			ErrorLog: log.New(io.Discard, "", 0),
		},
		done: make(chan error, 1),
	}
	l.close = sync.OnceValue(l.shutdown)
	go func() { l.done <- l.http.Serve(socket) }()
	return l, nil
}

// URL returns the endpoint for clients, without a trailing slash.
func (l *Listener) URL() string { return l.url }

// Close stops serving. Requests in flight get a second to finish before their
// connections are closed. It may be called more than once.
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
