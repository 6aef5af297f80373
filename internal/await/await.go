// Package await waits in tests for what other goroutines or processes bring about.
package await

import (
	"testing"
	"time"
)

// How often a condition is looked at, and for how long.
const (
	interval = 10 * time.Millisecond
	patience = 20 * time.Second
)

// Until returns as soon as the condition holds. After 20 seconds without, or when
// the test ends, it fails the test with the message that what returns.
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
