package awssim

import (
	"math"
	"sync"
	"time"
)

// bucketKey is the scope of a rate limit.
type bucketKey struct{ account, region, action string }

// bucket holds the calls that may still be made at once.
type bucket struct {
	tokens float64
	filled time.Time // when tokens was last updated
}

// limiter is a token bucket per key. With rate 0 everything passes.
type limiter struct {
	rate  float64 // tokens per second
	burst float64 // capacity of a bucket
	now   func() time.Time

	mu      sync.Mutex
	buckets map[bucketKey]*bucket
}

// newLimiter returns a limiter. By default a bucket holds a tenth of a second's
// worth of calls, at least one, so that the rate stays close to tps even over a
// second.
func newLimiter(tps float64, burst int) *limiter {
	size := float64(burst)
	if burst <= 0 {
		size = max(1, math.Ceil(tps/10))
	}
	return &limiter{rate: tps, burst: size, now: time.Now, buckets: make(map[bucketKey]*bucket)}
}

// allow takes a token, or returns false if there is none.
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
