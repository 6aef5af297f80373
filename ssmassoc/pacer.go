package ssmassoc

import (
	"context"
	"math/rand/v2"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// pacer spaces the calls of one operation so that they come as fast as AWS lets
// them through, and hardly faster.
//
// AWS publishes no rate for these operations, and other tools share it. Until
// AWS first throttles a call the pacer lets all through. It then starts from the
// rate at which calls were getting through, or, when it has not seen that for
// long enough, from a low one that grows fast until AWS throttles again. From
// there it goes up step by step, and back a little at each further throttling
// (additive increase, multiplicative decrease).
type pacer struct {
	limiter *rate.Limiter

	mu        sync.Mutex
	buckets   [paceBuckets]int // calls that got through, by slice of time
	slice     int64            // number of the current slice since the epoch
	firstAt   time.Time        // of the first call that got through
	slowStart bool             // the rate is being found
	loweredAt time.Time        // of the last throttling that counted
}

const (
	paceSlice   = 50 * time.Millisecond
	paceBuckets = 20 // one second

	// paceWatch is for how long calls must have got through for their rate to
	// be known; before, the pacer starts from paceStart.
	paceWatch = 500 * time.Millisecond
	paceStart = 50
	// paceStep is by how much each call that gets through raises the rate, in
	// calls a second: at any rate r, by 4 % of r in a second. When nothing was
	// throttled for paceCalm it is paceLeap, and while the rate is being found
	// paceFind.
	paceStep = 0.04
	paceLeap = 0.25
	paceFind = 0.5
	paceCalm = 2 * time.Second
	// paceBack is what remains of the rate after a throttling.
	paceBack = 0.93
	// paceHold is for how long after it was lowered the rate is not lowered
	// again, or until paceHoldCalls could have been made: calls that had their
	// turn before still come back throttled.
	paceHold      = 150 * time.Millisecond
	paceHoldCalls = 8
	// paceLeast is the lowest rate, in calls a second, and paceFar the longest
	// wait for a turn.
	paceLeast = 0.5
	paceFar   = 3 * time.Second
)

func newPacer() *pacer { return &pacer{limiter: rate.NewLimiter(rate.Inf, 1)} }

// wait returns when a call may be sent, or with the error of ctx. No turn is
// taken that is far away: by then the rate may be another.
func (p *pacer) wait(ctx context.Context) error {
	for {
		turn := p.limiter.Reserve()
		delay := turn.Delay()
		if delay == 0 {
			return ctx.Err()
		}
		far := delay > paceFar
		if far {
			turn.Cancel()
			delay = paceFar/2 + rand.N(paceFar/2)
		}
		timer := time.NewTimer(delay)
		select {
		case <-timer.C:
			if !far {
				return nil
			}
		case <-ctx.Done():
			timer.Stop()
			if !far {
				turn.Cancel()
			}
			return context.Cause(ctx)
		}
	}
}

// passed notes that a call got through.
func (p *pacer) passed() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.advance(now)
	p.buckets[p.slice%paceBuckets]++
	if p.firstAt.IsZero() {
		p.firstAt = now
	}
	if limit := p.limiter.Limit(); limit != rate.Inf {
		step := rate.Limit(paceStep)
		switch {
		case p.slowStart:
			step = paceFind
		case now.Sub(p.loweredAt) > paceCalm:
			step = paceLeap
		}
		p.limiter.SetLimit(limit + step)
	}
}

// throttled notes that AWS refused a call as one too many.
func (p *pacer) throttled() {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	p.advance(now)
	limit := float64(p.limiter.Limit())
	if now.Sub(p.loweredAt) < max(paceHold, time.Duration(paceHoldCalls/limit*float64(time.Second))) {
		return
	}
	p.loweredAt = now
	if p.firstAt.IsZero() || now.Sub(p.firstAt) < paceWatch {
		p.slowStart = true
		p.limiter.SetLimit(rate.Limit(max(paceLeast, min(limit/2, paceStart))))
		return
	}
	p.slowStart = false
	p.limiter.SetLimit(rate.Limit(max(paceLeast, min(limit*paceBack, p.throughput(now)))))
}

// throughput is the rate at which calls got through lately, in calls a second:
// in the last second, or since the first.
func (p *pacer) throughput(now time.Time) float64 {
	over := min(paceBuckets*paceSlice, now.Sub(p.firstAt))
	through := 0
	for i := range int64(over / paceSlice) {
		through += p.buckets[(p.slice-i)%paceBuckets]
	}
	return float64(through) / over.Seconds()
}

// advance empties the slices of time that have passed without a call. When no
// slice is left, what was known of the rate is too old.
func (p *pacer) advance(now time.Time) {
	slice := now.UnixNano() / int64(paceSlice)
	if slice-p.slice >= paceBuckets {
		p.buckets = [paceBuckets]int{}
		p.firstAt = time.Time{}
		p.slice = slice
	}
	for p.slice < slice {
		p.slice++
		p.buckets[p.slice%paceBuckets] = 0
	}
}
