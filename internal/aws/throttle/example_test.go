package throttle_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"steampipe-plugin-ssmassoc/internal/aws/throttle"
)

// A holder gets at most half of the places, so that others find some free.
func ExampleGate() {
	gate := throttle.NewGate[string](4)
	for _, holder := range []string{"a", "a", "a", "b"} {
		ctx, cancel := context.WithTimeout(context.Background(), time.Millisecond)
		err := gate.Enter(ctx, holder)
		cancel()
		fmt.Println(holder, err)
	}
	// Output:
	// a <nil>
	// a <nil>
	// a context deadline exceeded
	// b <nil>
}

// A read restarts when its pagination token has expired.
func ExampleAgain() {
	errExpired := errors.New("expired")
	reads := 0
	err := throttle.Again(3, func(err error) bool { return errors.Is(err, errExpired) }, func() error {
		reads++
		if reads < 3 {
			return errExpired
		}
		return nil
	})
	fmt.Println(reads, err)
	// Output: 3 <nil>
}
