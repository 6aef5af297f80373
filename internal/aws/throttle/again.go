package throttle

// Again calls f until it succeeds or fails with an error for which worthIt returns false.
// It calls f at most most times after the first call, and returns the last error.
func Again(most int, worthIt func(error) bool, f func() error) error {
	for {
		err := f()
		if err == nil || most == 0 || !worthIt(err) {
			return err
		}
		most--
	}
}

// Repeat marks the error of an attempt as transient: the [Retryer] tries again.
func Repeat(err error) error { return &marked{err, true} }

// Final marks the error of an attempt as one that the [Retryer] does not try again after.
func Final(err error) error { return &marked{err, false} }

type marked struct {
	error
	retryable bool
}

func (e *marked) Unwrap() error { return e.error }

// RetryableError implements the interface that the AWS SDK's retry.RetryableError
// policy asks for.
func (e *marked) RetryableError() bool { return e.retryable }
