package ssmassoc

import (
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/time/rate"
)

// TestPacer runs sixteen callers against a limit, in simulated time.
func TestPacer(t *testing.T) {
	for name, test := range map[string]struct {
		limit float64 // calls a second
		calls int
	}{
		"a low limit":  {20, 400},
		"a middle one": {100, 2_000},
		"a high one":   {500, 10_000},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p := newPacer()
				bucket := rate.NewLimiter(rate.Limit(test.limit), max(1, int(test.limit/10)))
				left, throttled := test.calls, 0
				done := make(chan struct{})
				turn := make(chan struct{}, 1)
				start := time.Now()
				for range 16 {
					go func() {
						defer func() { done <- struct{}{} }()
						for attempt := 1; ; {
							turn <- struct{}{}
							if left == 0 {
								<-turn
								return
							}
							left--
							<-turn
							for {
								if err := p.wait(t.Context()); err != nil {
									t.Error(err)
									return
								}
								if bucket.Allow() {
									time.Sleep(20 * time.Millisecond)
									p.passed()
									attempt = 1
									break
								}
								p.throttled()
								turn <- struct{}{}
								throttled++
								<-turn
								delay, _ := backoff(4*defaultMinErrorRetryDelay).BackoffDelay(attempt, nil)
								time.Sleep(delay)
								attempt++
							}
						}
					}()
				}
				for range 16 {
					<-done
				}
				took := time.Since(start).Seconds()
				least := float64(test.calls) / test.limit
				t.Logf("%.2f times the least time, %.1f %% throttled", took/least, 100*float64(throttled)/float64(test.calls+throttled))
				if took > 1.25*least {
					t.Errorf("%.1f s, the limit alone makes it %.1f s", took, least)
				}
				if throttled > test.calls/7 {
					t.Errorf("%d calls were throttled, %d got through", throttled, test.calls)
				}
			})
		})
	}
}
