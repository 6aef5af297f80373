package throttle

import (
	"context"
	"math"
	"sync"
	"time"
)

// pacer spaces the calls of one operation so that they come about as fast as AWS lets them
// through. AWS publishes no rate for these operations, and other tools share it.
//
// AWS's limit is a token bucket: a burst of calls gets through, then a number of calls per
// second. The pacer finds the rate in four steps:
//
//   - Until AWS throttles a call, the pacer bounds only the calls in flight: a few at
//     first, more as calls get through. So only a few are in flight, and refused, when
//     the bucket runs empty.
//   - A throttled call shows that the bucket was empty when the call was sent. The number
//     of calls that got through between two such moments, divided by the time between
//     them, is the rate itself, without the burst.
//   - The pace starts a little below that estimate, stays close to it for about as many
//     calls as the estimate rests on, and then rises ever faster until AWS throttles
//     again, as TCP's window does with CUBIC (RFC 9438). So a rough estimate is corrected
//     after a few calls, a good one is rarely tested, and a raised limit is found within a
//     few hundred calls.
//   - If AWS keeps throttling calls at ever lower paces, the pace may not be the cause. A
//     trial at a higher pace decides: if most of its calls get through, the pacer keeps
//     the higher pace.
//
// A pacer outlives the queries. Time in which no call waits for its turn does not count
// towards a measurement; after paceForget of it the pacer starts afresh.
type pacer struct {
	// The caller whose call is next holds turn; the others queue for it. changed wakes
	// that caller when another call has been answered.
	turn, changed chan struct{}

	mu       sync.Mutex
	sent     int // calls so far, and the number of the last one
	inFlight int
	limit    observedLimit
}

// observedLimit is what the calls so far have shown of AWS's limit. Rates are in calls per
// second.
type observedLimit struct {
	rate  float64   // the estimate; 0 until AWS throttles a call
	basis float64   // the number of calls that the estimate rests on
	next  time.Time // when the next call may be sent; while rate is 0, when the last was

	mark    pacedCall     // a call that found the bucket empty
	heeded  int           // the last call that was sent before the estimate was made
	passed  int           // calls after the mark that waited for their turn and got through
	refused int           // calls after the mark that were throttled
	idle    time.Duration // since the mark, in which no call waited for its turn

	proven float64 // the highest rate lately at which calls got through
	doubts int     // throttlings lately that came soon after another
	trial  trial
}

// trial sends some calls at a higher pace than the estimate.
type trial struct {
	pace   float64
	after  int // the last call before it
	left   int // calls that have not been answered; 0 when there is no trial
	passed int
}

// pacedCall is a call that had its turn.
type pacedCall struct {
	number int
	at     time.Time
	waited bool // the pace delayed it
}

// outcome is the outcome of a call.
type outcome int

const (
	callFailed    outcome = iota // it says nothing about the limit
	callPassed                   // AWS let it through
	callThrottled                // AWS refused it as one too many
)

const (
	// paceWindow is the number of calls in flight at first. It grows by one for every
	// paceWindowGrowth calls that get through: to sixteen, the default bound, after 48
	// calls and five times the latency.
	paceWindow       = 4
	paceWindowGrowth = 4
	// paceUnanswered is how long calls in flight can hold others back. A call that
	// panics is never answered.
	paceUnanswered = 30 * time.Second

	// paceGuess is the first estimate. Users report limits of 5 to 20. A guess above
	// these costs one more throttled call; a lower one would cost a second where the
	// limit is 100.
	paceGuess = 40
	// paceLeast is the lowest estimate: below the limits that users report, and high
	// enough to find within seconds that calls get through again.
	paceLeast = 1
	// paceLeastBasis and paceMostBasis bound the basis of an estimate. At
	// paceMostBasis, AWS throttles about one call in 50.
	paceLeastBasis = 2
	paceMostBasis  = 24
	// paceCurve is how far below the estimate the pace starts: by paceCurve calls in
	// as many as the estimate rests on. The estimate can be one call too high, and
	// more calls are sent before the next throttling is known.
	paceCurve = 1.5
	// paceSlack is how late a call may be for its turn without delaying the calls
	// after it, so that slow timers do not lower the pace.
	paceSlack = 50 * time.Millisecond
	// paceForget is how long an estimate stays valid without calls: longer than the
	// pauses between the queries of a session. A fresh start costs only a few
	// throttled calls.
	paceForget = 10 * time.Minute

	// A throttling is doubtful if fewer than paceDoubtful calls got through since the
	// last one. After paceDoubts of these comes a trial, unless paceSound calls got
	// through in a row in the meantime. Finding a limit, or following one that falls,
	// takes four or five doubtful throttlings.
	paceDoubtful = 8
	paceDoubts   = 6
	paceSound    = 20
	// A trial makes paceTrial calls, of which paceTrialPassed must get through. At
	// twice the limit only half do; if 30 % are throttled at random, four trials in
	// five succeed.
	paceTrial       = 16
	paceTrialPassed = 10
	// paceMost bounds the pace of trials.
	paceMost = 1000
)

func newPacer() *pacer {
	return &pacer{turn: make(chan struct{}, 1), changed: make(chan struct{}, 1)}
}

// wait waits until a call may be sent, or until ctx ends. After the call, the caller must
// call done.
func (p *pacer) wait(ctx context.Context) (pacedCall, error) {
	select {
	case p.turn <- struct{}{}:
		defer func() { <-p.turn }()
	case <-ctx.Done():
		return pacedCall{}, context.Cause(ctx)
	}
	for {
		call, delay := p.take()
		if delay <= 0 {
			return call, nil
		}
		timer := time.NewTimer(delay)
		select {
		case <-timer.C:
		case <-p.changed:
			timer.Stop()
		case <-ctx.Done():
			timer.Stop()
			return pacedCall{}, context.Cause(ctx)
		}
	}
}

// take returns the call that may be sent now, or how long to wait.
func (p *pacer) take() (pacedCall, time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	now := time.Now()
	l := &p.limit
	late := now.Sub(l.next)
	if late > paceForget {
		*l = observedLimit{mark: pacedCall{number: p.sent}, heeded: p.sent, next: now}
		late = 0
	}
	waited := false
	if l.rate == 0 {
		if p.inFlight >= paceWindow+l.passed/paceWindowGrowth && late < paceUnanswered {
			return pacedCall{}, paceUnanswered - late
		}
		l.next, waited = now, true
	} else {
		if late < 0 {
			return pacedCall{}, -late
		}
		waited = late <= paceSlack
		if !waited {
			l.idle += late - paceSlack
			l.next = now.Add(-paceSlack)
		}
		l.next = l.next.Add(l.interval(p.sent))
	}
	p.sent++
	p.inFlight++
	return pacedCall{number: p.sent, at: now, waited: waited}, 0
}

// done notes the outcome of a call.
func (p *pacer) done(call pacedCall, o outcome) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.inFlight--
	l := &p.limit
	switch {
	case call.number <= l.mark.number:
	case l.trial.left > 0 && call.number <= l.trial.after:
	case l.trial.left > 0:
		l.tried(o, p.sent)
	case o == callPassed && call.waited:
		l.passed++
	case o == callThrottled && call.number <= l.heeded:
		l.refused++
	case o == callThrottled:
		l.estimate(call, p.sent)
	}
	select {
	case p.changed <- struct{}{}:
	default:
	}
}

// pace returns the rate at which calls are sent after the given number of calls.
func (l *observedLimit) pace(sent int) float64 {
	if l.trial.left > 0 && sent < l.trial.after+paceTrial {
		return l.trial.pace
	}
	x := float64(l.passed)/l.basis - 1
	rise := paceCurve * x * x * x / l.basis
	return max(paceLeast, l.rate*max(0.5, 1+rise))
}

func (l *observedLimit) interval(sent int) time.Duration {
	return time.Duration(float64(time.Second) / l.pace(sent))
}

// estimate sets the rate after a throttled call.
func (l *observedLimit) estimate(call pacedCall, sent int) {
	if l.rate == 0 {
		l.rate, l.basis = paceGuess, paceLeastBasis
		l.since(call, sent)
		return
	}
	through := float64(call.number - l.mark.number - 1 - l.refused)
	measured := math.Inf(1)
	if over := call.at.Sub(l.mark.at) - l.idle; over > 0 {
		// This is the highest rate that leaves no token for the call. Too high an
		// estimate costs one throttled call; too low an estimate would confirm
		// itself if calls are throttled at random.
		measured = (through + 1) / over.Seconds()
	}
	l.rate = max(paceLeast, min(l.pace(sent), measured))
	l.basis = min(max(through, paceLeastBasis), paceMostBasis)
	switch {
	case through >= paceSound:
		l.proven, l.doubts = l.rate, 0
	case through < paceDoubtful:
		l.doubts++
	}
	if through >= paceDoubtful/2 {
		l.proven = max(l.proven, l.rate)
	}
	if l.doubts >= paceDoubts {
		l.try(max(l.proven, 2*l.rate), sent)
	}
	l.since(call, sent)
}

// since counts again, from the given call on.
func (l *observedLimit) since(call pacedCall, sent int) {
	l.mark, l.heeded = call, sent
	l.passed, l.refused, l.idle = 0, 0, 0
	l.next = time.Now().Add(l.interval(sent))
}

// try begins a trial.
func (l *observedLimit) try(pace float64, sent int) {
	l.trial = trial{pace: min(pace, paceMost), after: sent, left: paceTrial}
}

// tried notes the outcome of a call of the trial. If most calls got through, it keeps the
// pace and tries twice as much next.
func (l *observedLimit) tried(o outcome, sent int) {
	if o == callPassed {
		l.trial.passed++
	}
	if l.trial.left--; l.trial.left > 0 {
		return
	}
	l.doubts, l.basis = 0, 2*paceLeastBasis
	if l.trial.passed >= paceTrialPassed {
		l.rate = l.trial.pace
		l.proven = l.rate
		l.try(2*l.rate, sent)
	} else {
		l.proven = max(l.rate, l.proven/2)
	}
	l.since(pacedCall{number: sent, at: time.Now()}, sent)
}
