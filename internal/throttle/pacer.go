package throttle

import (
	"context"
	"math"
	"sync"
	"time"
)

// pacer spaces the calls of one operation so that they come as fast as AWS lets
// them through, and hardly faster. AWS publishes no rate for these operations,
// and other tools share it.
//
// AWS's limit is a token bucket: a burst of calls gets through, then so many a
// second. The pacer finds the rate in four steps:
//
//   - Until AWS throttles a call, only the number of calls in flight is bounded:
//     a few at first, more as calls get through. So only a few are in flight,
//     and refused, when the bucket runs empty.
//   - A throttled call shows that the bucket was empty when it was sent. The
//     calls that got through between two such moments, by the time between them,
//     are the rate itself: the burst is not among them.
//   - The pace starts a little below that estimate, stays close to it for about
//     as many calls as it rests on, and then rises ever faster until AWS
//     throttles again, as the window of TCP does with CUBIC (RFC 9438). So a rough
//     estimate is corrected after a few calls, a good one is rarely tested, and
//     a limit that was raised is found within some hundred calls.
//   - When calls keep being throttled at ever lower paces, the pace may not be the
//     cause. A trial at a higher pace decides: if most of its calls get through,
//     the higher pace is kept.
//
// What is learned outlasts the query. Time in which no call waits for its turn
// does not count towards a measurement; after paceForget of it the pacer starts
// afresh.
type pacer struct {
	// turn is held by the caller whose call is sent next; the others queue for
	// it. changed wakes that caller: a call was answered.
	turn, changed chan struct{}

	mu       sync.Mutex
	sent     int // calls so far; numbers the last one
	inFlight int
	limit    observedLimit
}

// observedLimit is what the calls so far have shown of AWS's limit. Rates are in
// calls a second.
type observedLimit struct {
	rate  float64   // the estimate; 0 until AWS throttles a call
	basis float64   // how many calls the estimate rests on
	next  time.Time // when the next call may be sent; while rate is 0, when the last was

	mark    pacedCall     // when it was sent, the bucket was empty
	heeded  int           // the last call that was sent before the estimate was made
	passed  int           // calls after the mark that got through, and had to wait for their turn
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

// outcome is what became of a call.
type outcome int

const (
	callFailed    outcome = iota // it shows nothing of the limit
	callPassed                   // AWS let it through
	callThrottled                // AWS refused it as one too many
)

const (
	// paceWindow is how many calls are in flight at first. It grows by one for
	// every paceWindowGrowth calls that get through: sixteen in flight, the
	// default, are reached after 48 calls and five times the latency.
	paceWindow       = 4
	paceWindowGrowth = 4
	// paceUnanswered is how long calls in flight hold others back: a call that
	// panics is never answered.
	paceUnanswered = 30 * time.Second

	// paceGuess is the first estimate. Users report limits of 5 to 20: a guess
	// above these costs one more throttled call, and a lower one would cost a
	// second where the limit is 100.
	paceGuess = 40
	// paceLeast is the lowest estimate: below the limits that are reported, and
	// high enough to find within seconds that calls get through again.
	paceLeast = 1
	// paceLeastBasis and paceMostBasis bound the basis of an estimate. With the
	// latter AWS throttles about one call in 50.
	paceLeastBasis = 2
	paceMostBasis  = 24
	// paceCurve is how far below the estimate the pace starts: by paceCurve
	// calls in as many as the estimate rests on. The estimate can be one call
	// too high, and more are sent before the next throttling is known.
	paceCurve = 1.5
	// paceSlack is how late a call may be for its turn without delaying those
	// after it, so that slow timers do not lower the pace.
	paceSlack = 50 * time.Millisecond
	// paceForget is how long an estimate stays good without calls: longer than
	// the pauses between the queries of a session. A fresh start costs only a
	// few throttled calls.
	paceForget = 10 * time.Minute

	// A throttling is doubtful when fewer than paceDoubtful calls got through
	// since the last one. After paceDoubts of these comes a trial, unless
	// paceSound calls got through in a row in the meantime. Finding a limit, or
	// following one that falls, takes four or five doubtful throttlings.
	paceDoubtful = 8
	paceDoubts   = 6
	paceSound    = 20
	// paceTrial is how many calls a trial makes, and paceTrialPassed how many of
	// them must get through. At twice the limit only half do; when 30 % are
	// throttled at random, four trials in five succeed.
	paceTrial       = 16
	paceTrialPassed = 10
	// paceMost bounds the pace of trials.
	paceMost = 1000
)

func newPacer() *pacer {
	return &pacer{turn: make(chan struct{}, 1), changed: make(chan struct{}, 1)}
}

// wait returns when a call may be sent, or with the error of ctx. The call must
// be followed by done.
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

// take returns the call that may be sent now, or else how long to wait.
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

// done notes what became of a call.
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

// pace is the rate at which calls are sent now, after so many.
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

// estimate sets the rate by a call that was throttled.
func (l *observedLimit) estimate(call pacedCall, sent int) {
	if l.rate == 0 {
		l.rate, l.basis = paceGuess, paceLeastBasis
		l.since(call, sent)
		return
	}
	through := float64(call.number - l.mark.number - 1 - l.refused)
	measured := math.Inf(1)
	if over := call.at.Sub(l.mark.at) - l.idle; over > 0 {
		// The highest rate that leaves no token for this call. An estimate that
		// is too high costs one throttled call; one that is too low would
		// confirm itself when calls are throttled at random.
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

// since begins to count anew, from a call on.
func (l *observedLimit) since(call pacedCall, sent int) {
	l.mark, l.heeded = call, sent
	l.passed, l.refused, l.idle = 0, 0, 0
	l.next = time.Now().Add(l.interval(sent))
}

// try begins a trial.
func (l *observedLimit) try(pace float64, sent int) {
	l.trial = trial{pace: min(pace, paceMost), after: sent, left: paceTrial}
}

// tried notes what became of a call of the trial. When most calls got through,
// the pace is kept, and twice as much is tried next.
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
