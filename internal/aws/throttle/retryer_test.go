package throttle

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/aws/smithy-go"
)

func TestAgain(t *testing.T) {
	transient, other := errors.New("transient"), errors.New("other")
	for name, test := range map[string]struct {
		results []error // of the calls, one after another
		most    int
		want    error
		calls   int
	}{
		"the first call succeeds":        {[]error{nil}, 3, nil, 1},
		"a later call succeeds":          {[]error{transient, transient, nil}, 3, nil, 3},
		"no call succeeds":               {[]error{transient, transient, transient}, 2, transient, 3},
		"an error that is not transient": {[]error{transient, other}, 3, other, 2},
		"no further call is allowed":     {[]error{transient}, 0, transient, 1},
	} {
		t.Run(name, func(t *testing.T) {
			calls := 0
			err := Again(test.most, func(err error) bool { return errors.Is(err, transient) }, func() error {
				calls++
				return test.results[calls-1]
			})
			if !errors.Is(err, test.want) || (err == nil) != (test.want == nil) || calls != test.calls {
				t.Errorf("%v after %d calls, want %v after %d", err, calls, test.want, test.calls)
			}
		})
	}
}

func TestRetryerTriesAgainOnlyWhereItCanHelp(t *testing.T) {
	r := NewPolicy(3, time.Millisecond).NewRetryer()
	throttling := &smithy.GenericAPIError{Code: "ThrottlingException"}
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"a throttled call":                    {throttling, true},
		"an answer that cannot be read":       {&smithy.DeserializationError{Err: errors.New("half")}, true},
		"an error that AWS means":             {&smithy.GenericAPIError{Code: "AccessDeniedException"}, false},
		"a call that it depends on":           {&smithy.OperationError{OperationName: "AssumeRole", Err: throttling}, false},
		"an error marked as transient":        {Repeat(errors.New("slow")), true},
		"the same, wrapped":                   {fmt.Errorf("call: %w", Repeat(errors.New("slow"))), true},
		"an error marked as final":            {Final(throttling), false},
		"an unreadable answer marked as such": {Final(&smithy.DeserializationError{Err: errors.New("long")}), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := r.IsErrorRetryable(test.err); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
	if got := r.MaxAttempts(); got != 3 {
		t.Errorf("%d attempts, want 3", got)
	}
}

func TestMarksKeepTheError(t *testing.T) {
	cause := &smithy.GenericAPIError{Code: "Throttling", Message: "slow down"}
	for _, marked := range []error{Repeat(cause), Final(cause)} {
		var got *smithy.GenericAPIError
		if !errors.As(marked, &got) || marked.Error() != cause.Error() {
			t.Errorf("%v hides its cause", marked)
		}
	}
}

func TestBackoff(t *testing.T) {
	const least = 25 * time.Millisecond
	throttling := &smithy.GenericAPIError{Code: "ThrottlingException"}
	for name, test := range map[string]struct {
		attempt int
		err     error
		most    time.Duration
	}{
		"after the first attempt":           {1, nil, least},
		"it doubles":                        {2, nil, 2 * least},
		"after a throttling":                {1, throttling, 4 * least},
		"it is bounded":                     {20, nil, maxErrorRetryDelay},
		"it is bounded for any attempt":     {200, throttling, maxErrorRetryDelay},
		"it is bounded without an overflow": {63, nil, maxErrorRetryDelay},
	} {
		t.Run(name, func(t *testing.T) {
			for range 100 {
				delay, err := backoff(least).BackoffDelay(test.attempt, test.err)
				if err != nil || delay < test.most/2 || delay > test.most {
					t.Fatalf("%s, %v; want between half of %s and all of it", delay, err, test.most)
				}
			}
		})
	}
	if delay, err := backoff(0).BackoffDelay(1, nil); delay != 0 || err != nil {
		t.Errorf("without a delay: %s, %v", delay, err)
	}
}

func TestRegionsKeepTheirBounds(t *testing.T) {
	var regions Regions
	policy := NewPolicy(1, 0)
	first := regions.Get("us-east-1", 2, policy)
	if again := regions.Get("us-east-1", 2, policy); again != first {
		t.Error("a region has new bounds each time")
	}
	if other := regions.Get("eu-west-1", 2, policy); other == first || other.Retryer == first.Retryer {
		t.Error("two regions have the same bounds")
	}
	if !first.InFlight.TryAcquire(2) || first.InFlight.TryAcquire(1) {
		t.Error("not two requests in flight")
	}
}
