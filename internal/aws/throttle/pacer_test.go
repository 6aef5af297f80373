package throttle

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
	"github.com/aws/smithy-go/middleware"
	"golang.org/x/time/rate"
)

// simulatedLimit is how AWS treats the calls of one operation in one region of
// an account.
type simulatedLimit struct {
	bucket  *rate.Limiter // nil for no limit
	latency time.Duration // of a call that gets through
	refusal time.Duration // latency of a throttled call
	noise   float64       // share of the calls that are throttled at random

	mu                 sync.Mutex
	random             *rand.Rand
	through, throttled int
}

func newSimulatedLimit(perSecond float64, burst int, latency time.Duration) *simulatedLimit {
	l := &simulatedLimit{latency: latency, random: rand.New(rand.NewPCG(1, 2))}
	if perSecond > 0 {
		l.bucket = rate.NewLimiter(rate.Limit(perSecond), burst)
	}
	return l
}

// call takes one attempt.
func (l *simulatedLimit) call() error {
	l.mu.Lock()
	refused := l.bucket != nil && !l.bucket.Allow() || l.random.Float64() < l.noise
	if refused {
		l.throttled++
	} else {
		l.through++
	}
	l.mu.Unlock()
	if refused {
		time.Sleep(l.refusal)
		return &smithy.GenericAPIError{Code: "ThrottlingException", Message: "Rate exceeded"}
	}
	time.Sleep(l.latency)
	return nil
}

// share is the share of the calls so far that were throttled.
func (l *simulatedLimit) share() float64 {
	return float64(l.throttled) / float64(max(1, l.through+l.throttled))
}

// scan makes calls through the SDK's retry loop with as many workers as a connection has, and returns
// how long they took.
func (l *simulatedLimit) scan(t *testing.T, r *Retryer, calls int) time.Duration {
	start := time.Now()
	attempts := retry.NewAttemptMiddleware(r, func(request any) any { return request })
	send := middleware.FinalizeHandlerFunc(func(context.Context, middleware.FinalizeInput) (out middleware.FinalizeOutput, _ middleware.Metadata, err error) {
		return out, middleware.Metadata{}, l.call()
	})
	work := make(chan struct{})
	var group sync.WaitGroup
	for range DefaultMaxInFlight {
		group.Go(func() {
			for range work {
				if _, _, err := attempts.HandleFinalize(t.Context(), middleware.FinalizeInput{}, send); err != nil {
					t.Error(err)
				}
			}
		})
	}
	for range calls {
		work <- struct{}{}
	}
	close(work)
	group.Wait()
	return time.Since(start)
}

// least is the shortest time that so many calls can take, with a full bucket at
// first.
func (l *simulatedLimit) least(calls int) float64 {
	least := float64(calls) * l.latency.Seconds() / DefaultMaxInFlight
	if l.bucket != nil {
		least = max(least, float64(calls-l.bucket.Burst())/float64(l.bucket.Limit()))
	}
	return least
}

func newTestRetryer() *Retryer {
	return NewPolicy(DefaultMaxAttempts, DefaultMinDelay).NewRetryer()
}

// TestPacer runs two scans against each limit, in simulated time. The second starts
// at once, with an empty bucket. The bounds on the worst scenario leave room for an
// unlucky order of the calls, which is random; the means hardly vary.
func TestPacer(t *testing.T) {
	low := []float64{5, 10, 20}
	bursts := []int{5, 10, 20, 40}
	latencies := []time.Duration{5 * time.Millisecond, 20 * time.Millisecond, 50 * time.Millisecond, 200 * time.Millisecond}
	usual := latencies[1:2]
	type shares struct{ worst, mean float64 }
	for name, test := range map[string]struct {
		limits       []float64
		bursts       []int
		latencies    []time.Duration
		calls        []int
		slow         bool    // a throttled call takes as long as another
		wall         float64 // at most, in least times
		first, again shares  // throttled in each scan, at most
	}{
		"low limits":               {low, bursts, latencies, []int{100, 300, 1_000}, false, 1.15, shares{0.22, 0.06}, shares{0.04, 0.03}},
		"low limits, slow refusal": {low, bursts, latencies, []int{300, 1_000}, true, 1.12, shares{0.16, 0.06}, shares{0.06, 0.03}},
		// What is in flight when the bucket runs empty is a tenth of these calls.
		"low limits, slow refusal, few calls": {low, bursts, latencies, []int{100}, true, 1.35, shares{0.35, 0.13}, shares{0.25, 0.05}},
		"a limit of 100":                      {[]float64{100}, []int{10}, usual, []int{1_000, 2_000}, false, 1.05, shares{0.03, 0.03}, shares{0.03, 0.03}},
		"a limit of 100, slow refusal":        {[]float64{100}, []int{10}, usual, []int{1_000, 2_000}, true, 1.05, shares{0.04, 0.04}, shares{0.03, 0.03}},
		"a limit of 400":                      {[]float64{400}, []int{40}, usual, []int{10_000}, false, 1.05, shares{0.03, 0.03}, shares{0.03, 0.03}},
		"no limit":                            {[]float64{0}, []int{0}, latencies, []int{2_000}, false, 1.05, shares{}, shares{}},
	} {
		t.Run(name, func(t *testing.T) {
			var worstWall float64
			var first, again shares
			scenarios := 0.
			for _, limit := range test.limits {
				for _, burst := range test.bursts {
					for _, latency := range test.latencies {
						for _, calls := range test.calls {
							synctest.Test(t, func(t *testing.T) {
								l := newSimulatedLimit(limit, burst, latency)
								if test.slow {
									l.refusal = latency
								}
								r := newTestRetryer()
								wall := l.scan(t, r, calls).Seconds() / l.least(calls)
								throttled := l.share()
								l.through, l.throttled = 0, 0
								l.scan(t, r, calls)
								if wall > test.wall || throttled > test.first.worst || l.share() > test.again.worst {
									t.Errorf("%g calls a second, burst %d, latency %s, %d calls: %.2f times the least time, %.1f %% throttled, then %.1f %%",
										limit, burst, latency, calls, wall, 100*throttled, 100*l.share())
								}
								scenarios++
								worstWall = max(worstWall, wall)
								first.worst, first.mean = max(first.worst, throttled), first.mean+throttled
								again.worst, again.mean = max(again.worst, l.share()), again.mean+l.share()
							})
						}
					}
				}
			}
			first.mean /= scenarios
			again.mean /= scenarios
			t.Logf("at worst %.2f times the least time; throttled at worst %.1f %%, on average %.1f %%; in the second scan %.1f %%, %.1f %%",
				worstWall, 100*first.worst, 100*first.mean, 100*again.worst, 100*again.mean)
			if first.mean > test.first.mean || again.mean > test.again.mean {
				t.Errorf("on average %.1f %% of the calls were throttled, then %.1f %%", 100*first.mean, 100*again.mean)
			}
		})
	}
}

// TestPacerUnderRandomThrottling checks that throttling that does not depend on
// the pace does not bring the pace down for good.
func TestPacerUnderRandomThrottling(t *testing.T) {
	for noise, least := range map[float64]float64{0.01: 150, 0.05: 30, 0.1: 50, 0.2: 40, 0.3: 8} {
		t.Run(fmt.Sprintf("%g %%", 100*noise), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newSimulatedLimit(0, 0, 20*time.Millisecond)
				l.noise = noise
				r := NewPolicy(20, DefaultMinDelay).NewRetryer()
				const calls = 4_000
				perSecond := calls / l.scan(t, r, calls).Seconds()
				t.Logf("%.0f calls a second", perSecond)
				if perSecond < least {
					t.Errorf("%.1f calls a second, want at least %g", perSecond, least)
				}
			})
		})
	}
}

// TestPacerRemembers checks that a query profits from the limit that an earlier one found.
func TestPacerRemembers(t *testing.T) {
	for name, test := range map[string]struct {
		pause     time.Duration
		throttled int // of the second scan, at most
	}{
		"at once":        {0, 6},
		"after a minute": {time.Minute, 6},
		"after a day":    {24 * time.Hour, 20},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				l := newSimulatedLimit(10, 20, 20*time.Millisecond)
				r := newTestRetryer()
				l.scan(t, r, 200)
				time.Sleep(test.pause)
				l.through, l.throttled = 0, 0
				wall := l.scan(t, r, 100).Seconds()
				t.Logf("%.1f s, %d throttled", wall, l.throttled)
				if l.throttled > test.throttled || wall > 1.1*100/10 {
					t.Errorf("%.1f s, %d calls were throttled", wall, l.throttled)
				}
			})
		})
	}
}

// TestPacerFollowsTheLimit changes the limit between two scans.
func TestPacerFollowsTheLimit(t *testing.T) {
	for name, test := range map[string]struct {
		before, after float64
		wall          float64 // times the least time
		throttled     float64 // share
	}{
		"it rises":           {10, 20, 1.3, 0.06},
		"it rises much":      {10, 100, 2.5, 0.06},
		"it falls":           {20, 10, 1.1, 0.06},
		"it falls much":      {100, 5, 1.1, 0.12},
		"no limit after one": {10, 0, 9, 0},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				const calls = 1_000
				l := newSimulatedLimit(test.before, 10, 20*time.Millisecond)
				r := newTestRetryer()
				l.scan(t, r, 500)
				changed := newSimulatedLimit(test.after, 10, 20*time.Millisecond)
				wall := changed.scan(t, r, calls).Seconds() / changed.least(calls)
				t.Logf("%.2f times the least time, %.1f %% throttled", wall, 100*changed.share())
				if wall > test.wall || changed.share() > test.throttled {
					t.Errorf("%.2f times the least time, %.1f %% throttled", wall, 100*changed.share())
				}
			})
		})
	}
}

// TestPacersShareALimit runs two scans, each with a pacer of its own as in two
// processes, beside a tool that makes calls at a steady rate.
func TestPacersShareALimit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		l := newSimulatedLimit(20, 20, 20*time.Millisecond)
		ctx, cancel := context.WithCancel(t.Context())
		tool, refused := 0, 0
		var others, scans sync.WaitGroup
		others.Go(func() {
			for ctx.Err() == nil {
				time.Sleep(200 * time.Millisecond)
				tool++
				if !l.bucket.Allow() {
					refused++
				}
			}
		})
		start := time.Now()
		var took [2]time.Duration
		for i := range took {
			scans.Go(func() { took[i] = l.scan(t, newTestRetryer(), 400) })
		}
		scans.Wait()
		wall := time.Since(start).Seconds()
		cancel()
		others.Wait()
		t.Logf("%s and %s, %.1f %% throttled, and %d of the tool's %d calls", took[0], took[1], 100*l.share(), refused, tool)
		if least := 800. / 15; wall > 1.3*least {
			t.Errorf("%.1f s, the limit makes it %.1f s", wall, least)
		}
		if l.share() > 0.25 || refused > tool/4 {
			t.Errorf("%.1f %% of the calls were throttled, and %d of the tool's %d", 100*l.share(), refused, tool)
		}
	})
}

// TestPacerTurnIsPassedOn checks that a caller that gives up leaves its turn to the
// next.
func TestPacerTurnIsPassedOn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := newPacer()
		var calls []pacedCall
		for range paceWindow {
			call, err := p.wait(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			calls = append(calls, call)
		}
		ctx, cancel := context.WithCancel(t.Context())
		gaveUp, sent := make(chan error), make(chan error)
		go func() { _, err := p.wait(ctx); gaveUp <- err }()
		synctest.Wait()
		go func() { _, err := p.wait(t.Context()); sent <- err }()
		synctest.Wait()
		cancel()
		if err := <-gaveUp; err == nil {
			t.Error("the caller that gave up got a turn")
		}
		start := time.Now()
		p.done(calls[0], callFailed)
		if err := <-sent; err != nil || time.Since(start) > 0 {
			t.Errorf("the next caller waited for %s: %v", time.Since(start), err)
		}
	})
}

func TestOutcomeOf(t *testing.T) {
	throttling := &smithy.GenericAPIError{Code: "ThrottlingException"}
	for name, test := range map[string]struct {
		err  error
		want outcome
	}{
		"an answer":                           {nil, callPassed},
		"an error that AWS answers":           {&smithy.GenericAPIError{Code: "InvalidInstanceId"}, callPassed},
		"a throttled call":                    {throttling, callThrottled},
		"a throttled call that it depends on": {&smithy.OperationError{ServiceID: "STS", OperationName: "AssumeRole", Err: throttling}, callFailed},
		"a connection that breaks":            {io.ErrUnexpectedEOF, callFailed},
	} {
		t.Run(name, func(t *testing.T) {
			if got := outcomeOf(test.err); got != test.want {
				t.Errorf("outcome %d, want %d", got, test.want)
			}
		})
	}
}
