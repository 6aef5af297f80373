package shell

import (
	"context"
	"errors"
	"fmt"
	"time"

	"steampipe-plugin-ssmassoc/internal/lifetime"
)

// TimeoutError is the error of what took too long.
type TimeoutError struct{ After time.Duration }

func (e *TimeoutError) Error() string { return fmt.Sprintf("timed out after %s", e.After) }

// Advice says what the user can change, with the settings in braces.
func (e *TimeoutError) Advice() string { return "{raise timeout}, or ask for less" }

// Limited returns a context that ends with a [TimeoutError] some time after begun; 0 is no
// limit.
func Limited(ctx context.Context, begun time.Time, timeout time.Duration) (context.Context, *lifetime.Limit) {
	if timeout == 0 {
		return ctx, nil
	}
	return lifetime.WithDeadline(ctx, begun.Add(timeout), &TimeoutError{timeout})
}

// TimedOut returns err, or the error of the time limit that has ended ctx.
func TimedOut(ctx context.Context, err error) error {
	if cause := context.Cause(ctx); err != nil && errors.As(cause, new(*TimeoutError)) {
		return cause
	}
	return err
}

// limited returns a context that ends after the time of an input.
func (s *Session) limited(ctx context.Context) (context.Context, *lifetime.Limit) {
	begun := s.Begun
	if begun.IsZero() {
		begun = time.Now()
	}
	return Limited(ctx, begun, s.Timeout)
}
