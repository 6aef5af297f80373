package ssmassoc

import (
	"context"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"golang.org/x/sync/semaphore"
)

// defaultMaxConcurrentRequests bounds the requests in flight per connection and
// region. AWS publishes no rate for these operations and the quota is shared
// with the account's other tooling.
const defaultMaxConcurrentRequests = 16

// connection is what the plugin keeps for one Steampipe connection: one AWS
// account, seen with one set of credentials.
type connection struct {
	name   string
	config connectionConfig
	// arguments are those that config was decoded from. The service guards them.
	arguments connectionArguments
	ignored   ignoredErrors

	calls    *callCounter
	skips    *skips
	cache    *readCache
	limiters *limiters
	// generation is part of the key of what the cache keeps; with a new one
	// the connection starts afresh.
	generation atomic.Int64

	awsConfig      once[aws.Config]
	caller         once[caller]
	enabledRegions once[[]string]

	mu      sync.Mutex
	regions map[string]*region
}

func newConnection(name string, config connectionConfig, s *service) *connection {
	return &connection{
		name: name, config: config, ignored: newIgnoredErrors(config),
		calls: s.calls, skips: s.skips, cache: s.cache, limiters: s.limiters,
		regions: map[string]*region{},
	}
}

// region is one region of a connection: its client, and the requests in flight
// there over all queries together.
type region struct {
	name       string
	connection *connection
	client     *ssm.Client
	inFlight   *semaphore.Weighted
}

// maxConcurrentRequests is the greatest number of requests in flight in each of
// the connection's regions.
func (c *connection) maxConcurrentRequests() int {
	if n := c.config.MaxConcurrentRequests; n != nil {
		return *n
	}
	return defaultMaxConcurrentRequests
}

// region returns the connection's region of that name, the same for all queries.
func (c *connection) region(ctx context.Context, name string) (*region, error) {
	cfg, err := c.awsConfig.get(ctx, c.loadAWSConfig)
	if err != nil {
		return nil, err
	}

	c.mu.Lock()
	defer c.mu.Unlock()
	r := c.regions[name]
	if r == nil {
		r = &region{
			name:       name,
			connection: c,
			client:     ssm.NewFromConfig(cfg, c.ssmOptions(name)),
			inFlight:   semaphore.NewWeighted(int64(c.maxConcurrentRequests())),
		}
		c.regions[name] = r
	}
	return r, nil
}

// ssmOptions are the options of the SSM client for a region.
func (c *connection) ssmOptions(region string) func(*ssm.Options) {
	return func(o *ssm.Options) {
		o.Region = region
		o.Retryer = c.newRetryer(o.RetryMaxAttempts)
		o.RetryMaxAttempts = 0 // the retryer knows it
		if c.config.EndpointURL != nil {
			// Else AWS_ENDPOINT_URL_SSM would win over the argument.
			o.BaseEndpoint = c.config.EndpointURL
		}
	}
}

// newRetryer returns a retryer as the connection's arguments ask for, or else
// the environment and the profile (AWS_MAX_ATTEMPTS, max_attempts: 0 where they
// do not).
func (c *connection) newRetryer(environment int) *retryer {
	attempts, delay := defaultMaxErrorRetryAttempts, defaultMinErrorRetryDelay
	if environment > 0 {
		attempts = environment
	}
	if n := c.config.MaxErrorRetryAttempts; n != nil {
		attempts = *n
	}
	if n := c.config.MinErrorRetryDelay; n != nil {
		delay = time.Duration(*n) * time.Millisecond
	}
	return newRetryer(attempts, delay)
}
