package awsconn

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// TestWatch checks the bounds on attempts, in simulated time.
func TestWatch(t *testing.T) {
	for name, test := range map[string]struct {
		most   time.Duration // for the call
		before time.Duration // that the call took before the attempt
		every  time.Duration // when something comes; 0 for never
		ends   time.Duration // when the answer is whole; 0 for never
		want   time.Duration // when the attempt ends
		err    string        // and why, "" for well
		warns  time.Duration // when the wait is logged; 0 for never
	}{
		"a quick answer":                 {most: time.Minute, ends: time.Second, want: time.Second},
		"a slow answer":                  {most: time.Minute, ends: 10 * time.Second, want: 10 * time.Second, warns: 5 * time.Second},
		"silence":                        {most: time.Minute, want: 20 * time.Second, err: "aws sent nothing within 20s", warns: 5 * time.Second},
		"silence at the call's end":      {most: time.Minute, before: 55 * time.Second, want: 5 * time.Second, warns: 0, err: callTimeText},
		"silence in a short call":        {most: time.Second, want: time.Second, err: callTimeText},
		"a byte a second":                {most: time.Minute, every: time.Second, want: 30 * time.Second, err: "aws did not finish its answer within 30s", warns: 5 * time.Second},
		"a byte every 19 s, in the time": {most: time.Minute, every: 19 * time.Second, ends: 29 * time.Second, want: 29 * time.Second, warns: 5 * time.Second},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				started := time.Now()
				call := &callTime{most: test.most, taken: test.before}
				var warned time.Duration
				w := startWatch(usualPatience, call, "aws", cancel, func(time.Duration) { warned = time.Since(started) })

				whole := make(<-chan time.Time)
				if test.ends > 0 {
					whole = time.After(test.ends)
				}
				something := make(<-chan time.Time)
				if test.every > 0 {
					ticker := time.NewTicker(test.every)
					defer ticker.Stop()
					something = ticker.C
				}
				for waiting := true; waiting; {
					select {
					case <-something:
						w.progress()
					case <-whole:
						waiting = false
					case <-ctx.Done():
						waiting = false
					}
				}
				w.end()

				if took := time.Since(started); took != test.want || call.taken != test.before+test.want {
					t.Errorf("it took %s, and the call %s", took, call.taken)
				}
				if warned != test.warns {
					t.Errorf("warned after %s, want %s", warned, test.warns)
				}
				text := ""
				if err := context.Cause(ctx); err != nil {
					text = err.Error()
				}
				var outOfTime *callTimeError
				if test.err == callTimeText {
					if !errors.As(context.Cause(ctx), &outOfTime) {
						t.Errorf("error %q", text)
					}
				} else if text != test.err {
					t.Errorf("error %q, want %q", text, test.err)
				}
				time.Sleep(time.Hour) // in simulated time: nothing of it is left to fire
				synctest.Wait()
			})
		})
	}
}

// callTimeText stands for a callTimeError.
const callTimeText = "call time"
