package await_test

import (
	"fmt"
	"runtime"
	"testing"
	"testing/synctest"
	"time"

	"steampipe-plugin-ssmassoc/internal/test/await"
)

func TestUntilReturnsOnceTheConditionHolds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begin := time.Now()
		await.Until(t, func() bool { return time.Since(begin) > time.Second }, func() string { return "not yet" })
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("it took %s", took)
		}
	})
}

// recorder is a test that records its failure instead of failing.
type recorder struct {
	testing.TB
	failure string
}

func (r *recorder) Helper() {}

func (r *recorder) Fatalf(format string, args ...any) {
	r.failure = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestUntilFailsTheTestInTheEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := &recorder{TB: t}
		done := make(chan struct{})
		go func() {
			defer close(done)
			await.Until(r, func() bool { return false }, func() string { return "3 goroutines" })
		}()
		<-done
		if want := "after 20s: 3 goroutines"; r.failure != want {
			t.Errorf("got %q, want %q", r.failure, want)
		}
	})
}
