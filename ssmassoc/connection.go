package ssmassoc

import (
	"context"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"steampipe-plugin-ssmassoc/internal/throttle"
)

// connection is what the plugin keeps for one Steampipe connection: one AWS
// account, seen with one set of credentials. A connection that is cleared or whose
// arguments are set anew is another; scans under way keep the one they have.
type connection struct {
	name    string
	config  connectionConfig
	ignored ignoredErrors

	calls    *callCounter
	limiters *throttle.Limiters

	sockets     *sockets
	requests    *throttle.Gate[*connection] // in flight, over all connections
	longReads   longReads
	waiting     func(Wait)
	credentials renewableCredentials

	since time.Time // when it was made
	// restart makes a fresh connection for the queries to come.
	restart func()
	account accountGuard

	session        cached[*session]
	caller         cached[caller]
	enabledRegions cached[[]string]

	throttles *throttle.Regions
}

// close closes the sockets that only this connection uses, each when its request
// has ended.
func (c *connection) close() {
	if s, opened := c.session.peek(); opened {
		if own, ok := s.cfg.HTTPClient.(*httpClient); ok && own != c.sockets.shared {
			own.closeIdle()
		}
	}
}

// afresh returns the connection without what is kept for it, or nil for nil.
func (c *connection) afresh(s *service) *connection {
	if c == nil {
		return nil
	}
	fresh := newConnection(c.name, c.config, s)
	fresh.throttles = c.throttles
	return fresh
}

// session is what is made of a connection's arguments and of what the AWS SDK
// finds in the environment and in its files.
type session struct {
	cfg aws.Config
	// client is of all regions: one for each would take most of the memory of
	// many accounts.
	client *ssm.Client
}

// region is one region of a connection: how to call it, and what bounds its
// requests over all queries together.
type region struct {
	*throttle.Region
	name       string
	connection *connection
	client     *ssm.Client
	options    func(*ssm.Options) // of each call
}

func newConnection(name string, config connectionConfig, s *service) *connection {
	c := &connection{
		name: name, config: config, ignored: newIgnoredErrors(config),
		calls: s.calls, limiters: s.limiters, sockets: s.sockets, requests: s.requests, waiting: s.waiting,
		since:     time.Now(),
		longReads: newLongReads(config.maxConcurrentRequests()),
		throttles: &throttle.Regions{},
	}
	c.restart = func() { s.restarted(c) }
	c.account.turn = make(chan struct{}, 1)
	c.credentials.load = func(ctx context.Context) (aws.CredentialsProvider, error) {
		cfg, err := c.loadAWSConfig(ctx)
		return cfg.Credentials, err
	}
	return c
}

// maxConcurrentRequests is the greatest number of requests in flight in each of
// the connection's regions.
func (c *connection) maxConcurrentRequests() int { return c.config.maxConcurrentRequests() }

func (c *connectionConfig) maxConcurrentRequests() int {
	if n := c.MaxConcurrentRequests; n != nil {
		return *n
	}
	return throttle.DefaultMaxInFlight
}

// open returns the connection's session, the same for as long as it lives.
func (c *connection) open(ctx context.Context) (*session, error) {
	return c.session.get(ctx, math.MaxInt64, func(ctx context.Context) (*session, error) {
		cfg, err := c.loadAWSConfig(ctx)
		if err != nil {
			return nil, err
		}
		c.credentials.use(cfg.Credentials)
		cfg.Credentials = &c.credentials
		return &session{cfg: cfg, client: ssm.NewFromConfig(cfg, func(o *ssm.Options) {
			o.Protocol = carefulProtocol{o.Protocol}
			if c.config.EndpointURL != nil {
				// Else AWS_ENDPOINT_URL_SSM would win over the argument.
				o.BaseEndpoint = c.config.EndpointURL
			}
		})}, nil
	})
}

// region returns the connection's region of that name.
func (c *connection) region(ctx context.Context, name string) (*region, error) {
	s, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	// A connection that is cleared keeps its bounds: what is in flight, and the
	// rate that AWS allows, stay as they are.
	bounds := c.throttles.Get(name, c.maxConcurrentRequests(), func() *throttle.Retryer { return c.newRetryer(s.cfg.RetryMaxAttempts) })
	return &region{Region: bounds, name: name, connection: c, client: s.client, options: func(o *ssm.Options) {
		o.Region = name
		o.Retryer, o.RetryMaxAttempts = bounds.Retryer, 0 // the retryer knows it
	}}, nil
}

// newRetryer returns a retryer as the connection's arguments ask for, or else
// the environment and the profile (AWS_MAX_ATTEMPTS, max_attempts: 0 where they
// do not).
func (c *connection) newRetryer(environment int) *throttle.Retryer {
	attempts, delay := throttle.DefaultMaxAttempts, throttle.DefaultMinDelay
	if environment > 0 {
		attempts = environment
	}
	if n := c.config.MaxErrorRetryAttempts; n != nil {
		attempts = *n
	}
	if n := c.config.MinErrorRetryDelay; n != nil {
		delay = time.Duration(*n) * time.Millisecond
	}
	return throttle.NewRetryer(attempts, delay)
}
