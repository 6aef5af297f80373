package awsconn

import (
	"fmt"
	"os"
	"strconv"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"

	"steampipe-plugin-ssmassoc/internal/aws/awsprofile"
	"steampipe-plugin-ssmassoc/internal/aws/throttle"
)

// Shared holds the things that the connections of a process have in common: sockets, bounds
// on the requests in flight, limiters and counts.
type Shared struct {
	counter  *requestCounter
	limiters *throttle.Limiters
	sockets  *sockets
	inFlight *throttle.Gate[*Config] // a connection holds places by its configuration
	waiting  func(Wait)              // nil for nobody
	environ  awsprofile.Environment
	invalid  error // of the environment; no connection opens
}

// maxRequests is the default for the requests in flight over all connections.
// maxRequestsVariable is the environment variable that sets another number.
const (
	maxRequests         = 256
	maxRequestsVariable = "SSMASSOC_MAX_CONCURRENT_REQUESTS"
)

// requestBound returns the greatest number of requests in flight.
func requestBound() (int, error) {
	text := os.Getenv(maxRequestsVariable)
	if text == "" {
		return maxRequests, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return maxRequests, fmt.Errorf("environment variable %s: %q must be a whole number of at least 1",
			maxRequestsVariable, text)
	}
	return n, nil
}

// NewShared returns a Shared for connections to come. If the environment has an invalid
// setting, opening a connection fails with an error that says so.
func NewShared() *Shared {
	bound, err := requestBound()
	return &Shared{
		counter:  &requestCounter{counts: map[string]int{}},
		limiters: &throttle.Limiters{},
		sockets:  newSockets(bound),
		inFlight: throttle.NewGate[*Config](bound),
		environ:  os.LookupEnv,
		invalid:  err,
	}
}

// Requests returns the numbers of requests sent so far by operation, every attempt included.
func (s *Shared) Requests() map[string]int { return s.counter.all() }

// Attempts returns the numbers of requests, of operations, each of which takes one
// request unless it is tried again, and of requests that AWS refused as too many.
func (s *Shared) Attempts() (requests, operations, throttled int) {
	operations = int(s.counter.operations.Load())
	return s.counter.total(), operations, int(s.counter.throttled.Load())
}

// NotifyWaits has f called, from any goroutine, when an endpoint has not answered a
// call for some seconds. Call it before the first request.
func (s *Shared) NotifyWaits(f func(Wait)) { s.waiting = f }

// SetEnvironment has connections take AWS's settings from env rather than from the
// environment of the process. Call it before the first request.
func (s *Shared) SetEnvironment(env awsprofile.Environment) { s.environ = env }

// SetLimiters sets the limiters of Steampipe's configuration, which then apply to
// each request.
func (s *Shared) SetLimiters(definitions []*proto.RateLimiterDefinition) error {
	return s.limiters.Set(definitions)
}

// UnknownInLimiters describes the limiters that refer to a value that no call has.
func (s *Shared) UnknownInLimiters() []string { return s.limiters.Unknown() }

// CloseIdle closes the sockets that no request uses.
func (s *Shared) CloseIdle() { s.sockets.closeIdle() }
