package throttle

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

func newTestLimiters(t *testing.T, definition *proto.RateLimiterDefinition) *Limiters {
	t.Helper()
	l := &Limiters{}
	if err := l.Set([]*proto.RateLimiterDefinition{definition}); err != nil {
		t.Fatal(err)
	}
	return l
}

func TestLimitersPaceCallsOfTheirScope(t *testing.T) {
	definition := &proto.RateLimiterDefinition{Name: "slow", FillRate: 2, BucketSize: 1, Scope: []string{"region"}}
	for name, test := range map[string]struct {
		scopes []map[string]string // of calls, one after another
		want   time.Duration
	}{
		"one region":          {[]map[string]string{{"region": "a"}, {"region": "a"}, {"region": "a"}}, time.Second},
		"regions have theirs": {[]map[string]string{{"region": "a"}, {"region": "b"}}, 0},
		"calls without one":   {[]map[string]string{{}, {}, {}}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			l := newTestLimiters(t, definition)
			synctest.Test(t, func(t *testing.T) {
				start := time.Now()
				for _, scope := range test.scopes {
					release, err := l.Acquire(t.Context(), scope)
					if err != nil {
						t.Fatal(err)
					}
					release()
				}
				if took := time.Since(start); took != test.want {
					t.Errorf("took %s, want %s", took, test.want)
				}
			})
		})
	}
}

func TestLimitersBoundCallsInFlight(t *testing.T) {
	l := newTestLimiters(t, &proto.RateLimiterDefinition{Name: "one", MaxConcurrency: 1})
	synctest.Test(t, func(t *testing.T) {
		release, err := l.Acquire(t.Context(), nil)
		if err != nil {
			t.Fatal(err)
		}
		second := make(chan error, 1)
		go func() {
			release, err := l.Acquire(t.Context(), nil)
			if err == nil {
				release()
			}
			second <- err
		}()
		synctest.Wait()
		select {
		case err := <-second:
			t.Fatalf("two calls in flight: %v", err)
		default:
		}
		release()
		if err := <-second; err != nil {
			t.Error(err)
		}

		release, _ = l.Acquire(t.Context(), nil)
		defer release()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if _, err := l.Acquire(ctx, nil); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("a call that gave up got %v", err)
		}
	})
}

func TestLimitersApplyByTheirFilter(t *testing.T) {
	l := newTestLimiters(t, &proto.RateLimiterDefinition{
		Name: "listings", MaxConcurrency: 1, Where: "action = 'ListAssociations'",
	})
	for action, want := range map[string]int{"ListAssociations": 1, "DescribeAssociation": 0} {
		if got := len(l.applying(map[string]string{"action": action})); got != want {
			t.Errorf("%d limiters apply to %s, want %d", got, action, want)
		}
	}
}

func TestLimitersRefuseAnInvalidFilter(t *testing.T) {
	err := (&Limiters{}).Set([]*proto.RateLimiterDefinition{{Name: "bad", Where: "action ="}})
	if err == nil {
		t.Error("an invalid filter was accepted")
	}
}
