package awssim

import (
	"context"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"slices"
	"sync/atomic"
	"time"

	"steampipe-plugin-ssmassoc/internal/awssim/random"
)

// Server is the simulated cloud. It is safe for concurrent use.
type Server struct {
	allow      map[string]bool
	namespaced bool
	operations map[string]numberedOperation
	queries    map[string]queryOperation
	directory  *directory
	tokens     tokenSealer
	limiter    *limiter
	faults     *faultPlan
	counters   *counters
	inflight   *inflight

	latency     atomic.Int64 // nanoseconds
	connections atomic.Int64
	requests    atomic.Uint64
}

// numberedOperation is an operation and its place in the list of operations.
type numberedOperation struct {
	operation
	number int
}

// New makes a server of the accounts, or of one default account where none is
// given.
func New(opts Options, accounts ...Account) *Server {
	s := &Server{
		allow:      maps.Clone(opts.Allow),
		namespaced: opts.NamespacedErrors,
		operations: make(map[string]numberedOperation),
		queries:    make(map[string]queryOperation),
		directory:  newDirectory(accounts),
		tokens:     newTokenSealer(),
		limiter:    newLimiter(opts.TPS, opts.Burst),
		faults:     newFaultPlan(opts.Faults),
		counters:   newCounters(),
		inflight:   newInflight(),
	}
	for i, op := range ssmOperations() {
		s.operations[op.name] = numberedOperation{operation: op, number: i}
	}
	for _, op := range slices.Concat(stsOperations(), ec2Operations()) {
		s.queries[op.service+":"+op.name] = op
	}
	s.SetLatency(opts.Latency)
	return s
}

// Calls returns how many calls the server was sent. A call is counted before
// its answer leaves, so a client that has its answer finds the call counted.
func (s *Server) Calls() Counts { return s.counters.snapshot() }

// Reset zeroes the counters, peaks and connections, begins the numbering of
// the faults anew and fills the rate limit's buckets.
func (s *Server) Reset() {
	s.counters.reset()
	s.inflight.reset()
	s.connections.Store(0)
	s.faults.reset()
	s.limiter.reset()
}

// SetFaults replaces the faults and begins their numbering.
func (s *Server) SetFaults(faults ...Fault) { s.faults.set(faults) }

// SetLatency replaces Options.Latency for calls from now on.
func (s *Server) SetLatency(d time.Duration) { s.latency.Store(int64(d)) }

// MaxInFlight returns the highest number of SSM requests that were being
// served at once in one region since the last Reset, whichever region it was.
func (s *Server) MaxInFlight() int { return s.inflight.peak() }

// MaxInFlightIn returns the highest number of SSM requests that were being
// served at once in a region since the last Reset.
func (s *Server) MaxInFlightIn(region string) int { return s.inflight.peakIn(region) }

// MaxInFlightOverall returns the highest number of SSM requests that were
// being served at once in all regions together since the last Reset.
func (s *Server) MaxInFlightOverall() int { return s.inflight.peakOverall() }

// Connections returns the number of TCP connections that were opened to the
// server's listeners since the last Reset.
func (s *Server) Connections() int { return int(s.connections.Load()) }

// ConnState counts connections. Start installs it; who serves the handler by
// other means can set it as the ConnState of the http.Server.
func (s *Server) ConnState(_ net.Conn, state http.ConnState) {
	if state == http.StateNew {
		s.connections.Add(1)
	}
}

// mostBody is the size in bytes of the largest request that is read.
const mostBody = 1 << 20

// call is one request on its way through the server.
type call struct {
	ctx       context.Context
	requestID string
	header    http.Header
	body      []byte
	cred      credential
	who       principal
	region    string
	action    string
	leave     func() // ends the time in which the request is being served
}

// resource is an ARN for everything of a service in the call's region.
func (c *call) resource(service string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:*", c.who.account.Fleet.Partition(), service, c.region, c.who.accountID())
}

// key is what the call is counted under.
func (c *call) key(outcome string) CountKey {
	k := CountKey{Region: c.region, Action: c.action, Outcome: outcome}
	if c.who.account != nil {
		k.Account = c.who.accountID()
	}
	return k
}

// ServeHTTP answers one request.
func (s *Server) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	if r.Method != http.MethodPost || r.URL.Path != "/" && r.URL.Path != "" {
		http.Error(w, "this is a simulated AWS endpoint: it answers awsJson1.1 and query requests to POST /",
			http.StatusNotFound)
		return
	}
	// Request ids repeat from server to server, so that what is recorded of
	// one run can be compared with another.
	c := &call{ctx: r.Context(), requestID: random.UUID(s.requests.Add(1)), header: r.Header, leave: func() {}}
	resp := s.answer(c, http.MaxBytesReader(w, r.Body, mostBody))
	if sleep(c.ctx, s.delay(c.ctx, resp.immediate)) != nil {
		resp = response{delivery: deliverNone, outcome: outcomeCanceled}
	}
	s.counters.add(c.key(resp.outcome))
	resp.write(c.ctx, w, c.requestID, c.leave)
}

// leastDelay is the time before any answer leaves for the network, far below
// what a real network takes. Clients that close a request's body as soon as
// the answer's headers are there, as AWS's client library for Go does, have
// their HTTP transport break the connection when it is not yet done with that
// body, which only happens on a loopback that answers within microseconds.
const leastDelay = time.Millisecond

// delay returns how long to hold an answer back.
func (s *Server) delay(ctx context.Context, immediate bool) time.Duration {
	var d time.Duration
	if !immediate {
		d = time.Duration(s.latency.Load())
	}
	if ctx.Value(http.ServerContextKey) != nil {
		d = max(d, leastDelay)
	}
	return d
}

// answer computes the answer by the protocol the request speaks.
func (s *Server) answer(c *call, body io.Reader) response {
	var err error
	c.body, err = io.ReadAll(body)
	target := c.header.Get("X-Amz-Target")
	var credErr error
	c.cred, credErr = parseCredential(c.header)
	c.region = c.cred.region
	if target != "" {
		return s.answerJSON(c, target, err, credErr)
	}
	return s.answerQuery(c, err, credErr)
}

// allowed tells whether the permissions in force cover an action.
func (s *Server) allowed(action string) bool { return s.allow == nil || s.allow[action] }
