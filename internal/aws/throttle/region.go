package throttle

import (
	"sync"

	"golang.org/x/sync/semaphore"
)

// DefaultMaxInFlight is the default for the requests in flight per connection and
// region. AWS publishes no rate for these operations, and the quota is shared with
// the account's other tooling.
const DefaultMaxInFlight = 16

// Region bounds the requests of one connection in one region, over all queries.
type Region struct {
	InFlight *semaphore.Weighted
	Retryer  *Retryer
}

// Regions holds the bounds of one connection by region. The zero value is ready to
// use.
type Regions struct {
	mu     sync.Mutex
	byName map[string]*Region
}

// Get returns the bounds of a region, made on first use with at most inFlight
// requests in flight and a retryer by the policy.
func (r *Regions) Get(name string, inFlight int, policy *Policy) *Region {
	r.mu.Lock()
	defer r.mu.Unlock()
	region := r.byName[name]
	if region == nil {
		region = &Region{InFlight: semaphore.NewWeighted(int64(inFlight)), Retryer: policy.NewRetryer()}
		if r.byName == nil {
			r.byName = map[string]*Region{}
		}
		r.byName[name] = region
	}
	return region
}
