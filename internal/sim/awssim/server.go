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

	"steampipe-plugin-ssmassoc/internal/sim/random"
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

// numberedOperation is an operation and its position in ssmOperations.
type numberedOperation struct {
	operation
	number int
}

// New returns a server of the accounts, or of a default account if none is
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
	for i, op := range ssmOperations(opts) {
		s.operations[op.name] = numberedOperation{operation: op, number: i}
	}
	for _, op := range slices.Concat(stsOperations(), ec2Operations()) {
		s.queries[op.service+":"+op.name] = op
	}
	s.SetLatency(opts.Latency)
	return s
}

// Calls returns the number of calls so far. A call is counted before its answer
// leaves, so that a client that has its answer finds the call counted.
func (s *Server) Calls() Counts { return s.counters.snapshot() }

// Reset clears counters, peaks and connections, restarts the counts of faults
// and fills the rate limit's buckets.
func (s *Server) Reset() {
	s.counters.reset()
	s.inflight.reset()
	s.connections.Store(0)
	s.faults.reset()
	s.limiter.reset()
}

// SetFaults replaces the faults and resets their counts.
func (s *Server) SetFaults(faults ...Fault) { s.faults.set(faults) }

// SetLatency replaces Options.Latency for further calls.
func (s *Server) SetLatency(d time.Duration) { s.latency.Store(int64(d)) }

// MaxInFlight returns the highest number of SSM requests in flight in any
// single region since the last Reset.
func (s *Server) MaxInFlight() int { return s.inflight.peak() }

// MaxInFlightIn returns the highest number of SSM requests in flight in a
// region since the last Reset.
func (s *Server) MaxInFlightIn(region string) int { return s.inflight.peakIn(region) }

// MaxInFlightOverall returns the highest number of SSM requests in flight in
// all regions together since the last Reset.
func (s *Server) MaxInFlightOverall() int { return s.inflight.peakOverall() }

// Connections returns the number of TCP connections opened since the last
// Reset.
func (s *Server) Connections() int { return int(s.connections.Load()) }

// ConnState counts connections. Start installs it; a caller with an http.Server
// of its own can set it there.
func (s *Server) ConnState(_ net.Conn, state http.ConnState) {
	if state == http.StateNew {
		s.connections.Add(1)
	}
}

// maxBody is the largest request body, in bytes.
const maxBody = 1 << 20

// call is a request on its way through the server.
type call struct {
	ctx       context.Context
	requestID string
	header    http.Header
	body      []byte
	cred      credential
	who       principal
	region    string
	action    string
	leave     func() // counts the request out of those in flight
}

// resource returns the ARN of everything of a service in the call's region.
func (c *call) resource(service string) string {
	return fmt.Sprintf("arn:%s:%s:%s:%s:*", c.who.account.Fleet.Partition(), service, c.region, c.who.accountID())
}

// key returns the key under which the call is counted.
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
	// Request ids are the same for every server, so that recorded runs can be
	// compared.
	c := &call{ctx: r.Context(), requestID: random.UUID(s.requests.Add(1)), header: r.Header, leave: func() {}}
	resp := s.answer(c, http.MaxBytesReader(w, r.Body, maxBody))
	if sleep(c.ctx, s.delay(c.ctx, resp.immediate)) != nil {
		resp = response{delivery: deliverNone, outcome: outcomeCanceled}
	}
	s.counters.add(c.key(resp.outcome))
	resp.write(c.ctx, w, c.requestID, c.leave)
}

// leastDelay is the minimal delay over a network, far below that of a real one.
// Clients that close the request body when the headers of the answer arrive,
// such as AWS's for Go, make their HTTP transport break the connection if it
// has not finished with the body, which happens only on a loopback that answers
// within microseconds.
const leastDelay = time.Millisecond

// delay returns how long to hold back an answer.
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

// answer computes the answer in the request's protocol.
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

// allowed reports whether the permissions in force cover an action.
func (s *Server) allowed(action string) bool { return s.allow == nil || s.allow[action] }
