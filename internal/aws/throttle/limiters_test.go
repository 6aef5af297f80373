package throttle

import (
	"context"
	"errors"
	"strings"
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

// TestLimitersOfSomeConnections has the filter that confines a limiter to the connections
// of a plugin block.
func TestLimitersOfSomeConnections(t *testing.T) {
	l := newTestLimiters(t, &proto.RateLimiterDefinition{
		Name: "some", MaxConcurrency: 1, Where: "(region = 'a' or region = 'b') and connection in ('one', 'tw''o')",
	})
	for name, test := range map[string]struct {
		connection, region string
		want               int
	}{
		"one of them":         {"one", "a", 1},
		"one with a quote":    {"tw'o", "b", 1},
		"another connection":  {"three", "a", 0},
		"another region":      {"one", "c", 0},
		"the text of its SQL": {"tw''o", "a", 0},
	} {
		t.Run(name, func(t *testing.T) {
			scope := map[string]string{"connection": test.connection, "region": test.region}
			if got := len(l.applying(scope)); got != test.want {
				t.Errorf("%d limiters apply, want %d", got, test.want)
			}
		})
	}
}

func TestLimitersNameWhatNoCallHas(t *testing.T) {
	for name, test := range map[string]struct {
		scope []string
		where string
		want  string // the unknown name
	}{
		"all known":       {Scopes(), "service = 'ssm' and (region like 'us-%' or action in ('a', 'b'))", ""},
		"a scope":         {[]string{"region", "table"}, "", "table"},
		"a filter":        {nil, "service = 'ssm' and (fn = 'x' or region = 'a')", "fn"},
		"a list":          {nil, "function_name in ('x')", "function_name"},
		"a like":          {nil, "tag like 'x%'", "tag"},
		"without filters": {nil, "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			l := newTestLimiters(t, &proto.RateLimiterDefinition{Name: "l", FillRate: 1, Scope: test.scope, Where: test.where})
			got := l.Unknown()
			if test.want == "" && len(got) > 0 || test.want != "" &&
				(len(got) != 1 || !strings.HasPrefix(got[0], `limiter "l" refers to "`+test.want+`", which no call has`)) {
				t.Errorf("got %q, want one about %q", got, test.want)
			}
		})
	}
}
