// Package await lets tests wait for other goroutines or processes.
package await

import (
	"testing"
	"time"
)

// The polling interval, and the longest wait.
const (
	interval = 10 * time.Millisecond
	patience = 20 * time.Second
)

// Until returns as soon as the condition holds. If it does not hold within 20 seconds,
// or before the test ends, Until fails the test with the message returned by its last
// argument.
func Until(t testing.TB, condition func() bool, what func() string) {
	t.Helper()
	late := time.NewTimer(patience)
	defer late.Stop()
	look := time.NewTicker(interval)
	defer look.Stop()
	for !condition() {
		select {
		case <-look.C:
		case <-late.C:
			t.Fatalf("after %s: %s", patience, what())
		case <-t.Context().Done():
			t.Fatalf("%v: %s", t.Context().Err(), what())
		}
	}
}
