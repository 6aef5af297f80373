package throttle

// Again calls f until it succeeds or fails with an error for which worthIt returns
// false, and at most most times after the first.
func Again(most int, worthIt func(error) bool, f func() error) error {
	for {
		err := f()
		if err == nil || most == 0 || !worthIt(err) {
			return err
		}
		most--
	}
}

// Repeat marks an error of an attempt as one that the [Retryer] tries again after.
func Repeat(err error) error { return &marked{err, true} }

// Final marks an error of an attempt as one that another attempt cannot change.
func Final(err error) error { return &marked{err, false} }

type marked struct {
	error
	retryable bool
}

func (e *marked) Unwrap() error { return e.error }

// RetryableError implements the interface that retry.RetryableError of the AWS SDK
// looks for.
func (e *marked) RetryableError() bool { return e.retryable }
