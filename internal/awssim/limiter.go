package awssim

import (
	"math"
	"sync"
	"time"
)

// bucketKey is what a rate limit applies to.
type bucketKey struct{ account, region, action string }

// bucket holds the calls that may still be made at once.
type bucket struct {
	tokens float64
	filled time.Time // when tokens was last brought up to date
}

// limiter is a token bucket per key. A limiter of rate 0 lets everything pass.
type limiter struct {
	rate  float64 // tokens a second
	burst float64 // tokens a full bucket holds
	now   func() time.Time

	mu      sync.Mutex
	buckets map[bucketKey]*bucket
}

// newLimiter makes a limiter. Without a burst a bucket holds a tenth of a
// second's worth of calls and at least one, so that the rate of what passes
// is close to tps even when measured over a second.
func newLimiter(tps float64, burst int) *limiter {
	size := float64(burst)
	if burst <= 0 {
		size = max(1, math.Ceil(tps/10))
	}
	return &limiter{rate: tps, burst: size, now: time.Now, buckets: make(map[bucketKey]*bucket)}
}

// allow takes a token, false where there is none.
func (l *limiter) allow(key bucketKey) bool {
	if l.rate <= 0 {
		return true
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	now := l.now()
	b := l.buckets[key]
	if b == nil {
		b = &bucket{tokens: l.burst, filled: now}
		l.buckets[key] = b
	}
	if passed := now.Sub(b.filled); passed > 0 {
		b.tokens = min(l.burst, b.tokens+passed.Seconds()*l.rate)
		b.filled = now
	}
	if b.tokens < 1 {
		return false
	}
	b.tokens--
	return true
}

// reset fills every bucket.
func (l *limiter) reset() {
	l.mu.Lock()
	defer l.mu.Unlock()
	clear(l.buckets)
}
