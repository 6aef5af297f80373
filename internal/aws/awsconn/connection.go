package awsconn

import (
	"context"
	"math"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"

	"steampipe-plugin-ssmassoc/internal/aws/throttle"
)

// Connection is one Steampipe connection: an AWS account, seen with one set of
// credentials. Clearing a connection, or setting its arguments, makes a new one; scans
// under way keep the old.
type Connection struct {
	Name    string
	config  Config
	ignored ignoredErrors

	shared      *Shared
	longReads   longReads
	credentials renewableCredentials

	since time.Time // when it was made
	// restart makes a fresh connection for the queries to come.
	restart func(*Connection)
	account accountGuard

	session        aged[*session]
	identity       aged[Identity]
	enabledRegions aged[[]string]

	throttles *throttle.Regions
}

// Afresh returns a connection with the same arguments that knows nothing yet, or nil for
// nil. It shares the bounds of its requests: neither the requests in flight nor the rate
// that AWS allows have changed.
func (c *Connection) Afresh() *Connection {
	if c == nil {
		return nil
	}
	fresh := New(c.Name, c.config, c.shared, c.restart)
	fresh.throttles = c.throttles
	return fresh
}

// Age returns how long ago the connection was made.
func (c *Connection) Age() time.Duration { return time.Since(c.since) }

// session is made from a connection's arguments, the environment and the AWS CLI's files.
type session struct {
	cfg aws.Config
	// client and retries serve all regions: with many accounts, one of each for every
	// region would take most of the memory.
	client  *ssm.Client
	retries *throttle.Policy
}

// Region is one region of a connection, for [Call].
type Region struct {
	bounds     *throttle.Region
	connection *Connection

	Name    string
	Client  *ssm.Client
	Options func(*ssm.Options) // for each call of Client
}

// New returns a connection with checked arguments. It calls restart when its credentials
// turn out to belong to another account, so that a fresh connection can take its place.
func New(name string, config Config, shared *Shared, restart func(*Connection)) *Connection {
	c := &Connection{
		Name: name, config: config, ignored: newIgnoredErrors(config),
		shared: shared, restart: restart,
		since:     time.Now(),
		longReads: newLongReads(config.maxConcurrentRequests()),
		throttles: &throttle.Regions{},
	}
	c.account.turn = make(chan struct{}, 1)
	c.credentials.load = func() (aws.CredentialsProvider, error) {
		cfg, err := c.config.load(c.Name, c.shared)
		return cfg.Credentials, err
	}
	return c
}

// MaxConcurrentRequests returns the greatest number of requests in flight in each of
// the connection's regions.
func (c *Connection) MaxConcurrentRequests() int { return c.config.maxConcurrentRequests() }

// Triages reports whether the connection leaves out nodes because of their counts.
func (c *Connection) Triages() bool { return c.config.Triages() }

// Triages is the same of a connection's arguments.
func (c *Config) Triages() bool { return c.Triage != nil && *c.Triage }

func (c *Config) maxConcurrentRequests() int {
	if n := c.MaxConcurrentRequests; n != nil {
		return *n
	}
	return throttle.DefaultMaxInFlight
}

// open returns the connection's session, which it makes once.
func (c *Connection) open(ctx context.Context) (*session, error) {
	return c.session.get(ctx, math.MaxInt64, func(context.Context) (*session, error) {
		cfg, err := c.config.load(c.Name, c.shared)
		if err != nil {
			return nil, err
		}
		c.credentials.use(cfg.Credentials)
		cfg.Credentials = &c.credentials
		client := ssm.NewFromConfig(cfg, func(o *ssm.Options) {
			o.Protocol = carefulProtocol{o.Protocol}
		})
		return &session{cfg: cfg, client: client, retries: c.config.retryPolicy(cfg.RetryMaxAttempts)}, nil
	})
}

// Region returns the region of that name.
func (c *Connection) Region(ctx context.Context, name string) (*Region, error) {
	s, err := c.open(ctx)
	if err != nil {
		return nil, err
	}
	bounds := c.throttles.Get(name, c.MaxConcurrentRequests(), s.retries)
	return &Region{bounds: bounds, connection: c, Name: name, Client: s.client, Options: func(o *ssm.Options) {
		o.Region = name
		o.Retryer, o.RetryMaxAttempts = bounds.Retryer, 0 // the retryer has it
	}}, nil
}
