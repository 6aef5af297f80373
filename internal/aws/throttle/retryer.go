package throttle

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awsmiddleware "github.com/aws/aws-sdk-go-v2/aws/middleware"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/smithy-go"
)

// The defaults for retries, as in Steampipe's AWS plugin.
const (
	DefaultMaxAttempts = 9
	DefaultMinDelay    = 25 * time.Millisecond
)

// maxErrorRetryDelay is the longest wait between two attempts.
const maxErrorRetryDelay = 20 * time.Second

// Retryer decides on the attempts of all calls in one region of a connection, over all
// scans: when one of them learns of a limit of AWS, all heed it.
type Retryer struct {
	*retry.Standard

	mu     sync.Mutex
	pacers map[string]*pacer // by operation, each of which AWS throttles separately
}

var _ aws.RetryerV2 = (*Retryer)(nil)

// Policy decides how often a call is tried, and when. The regions of a connection share
// one.
type Policy struct{ standard *retry.Standard }

// NewPolicy returns a policy of at most maxAttempts attempts, the first included. The wait
// before the second is between half of minDelay and all of it, and four times as long
// after a throttling.
func NewPolicy(maxAttempts int, minDelay time.Duration) *Policy {
	return &Policy{retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts = maxAttempts
		o.Backoff = backoff(minDelay)
		// The SDK's quota of retries suits a few calls; a scan makes thousands, which
		// would drain it.
		o.RateLimiter = ratelimit.None
		o.Retryables = slices.Concat(
			[]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(isOfOtherCall)},
			o.Retryables,
			[]retry.IsErrorRetryable{retry.IsErrorRetryableFunc(isBrokenAnswer)},
		)
	})}
}

// NewRetryer returns a retryer that follows the policy.
func (p *Policy) NewRetryer() *Retryer {
	return &Retryer{Standard: p.standard, pacers: map[string]*pacer{}}
}

// backoff is a wait that doubles with each attempt. A random part of it, at least half, is
// applied, so that calls refused together do not come back together. After a throttling it
// starts with four times as much: AWS needs time to allow more calls.
type backoff time.Duration

// BackoffDelay returns the wait after the given attempt, counted from 1.
func (b backoff) BackoffDelay(attempt int, err error) (time.Duration, error) {
	delay := maxErrorRetryDelay
	shift := attempt - 1
	if IsThrottling(err) {
		shift += 2
	}
	if shift < 30 {
		delay = min(delay, time.Duration(b)<<shift)
	}
	if delay <= 0 {
		return 0, nil
	}
	return delay/2 + rand.N(delay/2+1), nil
}

// isOfOtherCall keeps a call from being repeated because of a call that it depends on, such
// as AssumeRole for its credentials, which has had its own retries.
func isOfOtherCall(err error) aws.Ternary {
	var other *smithy.OperationError
	if errors.As(err, &other) {
		return aws.FalseTernary
	}
	return aws.UnknownTernary
}

// isBrokenAnswer has a call repeated whose answer could not be read to its end, or could not
// be decoded. All calls of this plugin are reads, which can be repeated.
func isBrokenAnswer(err error) aws.Ternary {
	var broken *smithy.DeserializationError
	if errors.As(err, &broken) {
		return aws.TrueTernary
	}
	return aws.UnknownTernary
}

// GetAttemptToken waits until an attempt may be made. The function that it returns must be
// called with the attempt's error.
func (r *Retryer) GetAttemptToken(ctx context.Context) (func(error) error, error) {
	pacer := r.pacer(awsmiddleware.GetOperationName(ctx))
	call, err := pacer.wait(ctx)
	if err != nil {
		return nil, err
	}
	return func(err error) error {
		pacer.done(call, outcomeOf(err))
		return nil
	}, nil
}

// outcomeOf returns the outcome of an attempt by its error.
func outcomeOf(err error) outcome {
	var answer smithy.APIError
	switch {
	case err == nil:
		return callPassed
	case isOfOtherCall(err) == aws.FalseTernary:
		return callFailed
	case IsThrottling(err):
		return callThrottled
	case errors.As(err, &answer):
		return callPassed
	}
	return callFailed
}

func (r *Retryer) pacer(operation string) *pacer {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.pacers[operation]
	if p == nil {
		p = newPacer()
		r.pacers[operation] = p
	}
	return p
}

// IsThrottling reports whether AWS refused a call as one too many.
func IsThrottling(err error) bool {
	return retry.IsErrorThrottles(retry.DefaultThrottles).IsErrorThrottle(err) == aws.TrueTernary
}
