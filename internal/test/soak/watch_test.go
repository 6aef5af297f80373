package soak

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/test/processes"
)

// watch is what a process takes over time.
type watch struct {
	name string
	pid  int
	// thirds are the most that it took in each third of the time, after the first fifth of
	// it, in which the process warms up.
	thirds [3]processes.Usage
}

// look looks at the process until ctx ends, or the process does.
func (w *watch) look(ctx context.Context, t *testing.T, length time.Duration) {
	start := time.Now()
	turn := time.NewTicker(200 * time.Millisecond)
	defer turn.Stop()
	for {
		select {
		case <-turn.C:
		case <-ctx.Done():
			return
		}
		if !processes.Runs(w.pid) {
			t.Errorf("the %s has ended", w.name)
			return
		}
		warm := length / 5
		since := time.Since(start) - warm
		if since < 0 {
			continue
		}
		third := &w.thirds[min(2, int(3*since/(length-warm)))]
		now := processes.UsageOf(t, w.pid)
		third.Memory = max(third.Memory, now.Memory)
		third.Descriptors = max(third.Descriptors, now.Descriptors)
		third.Threads = max(third.Threads, now.Threads)
	}
}

func (w *watch) String() string {
	var parts []string
	for _, u := range w.thirds {
		parts = append(parts, fmt.Sprintf("%d MiB, %d descriptors, %d threads", u.Memory>>20, u.Descriptors, u.Threads))
	}
	return w.name + " at most: " + strings.Join(parts, "; ")
}

// check fails the test if the process took more in the last third than in the first, apart
// from what varies anyway.
func (w *watch) check(t *testing.T) {
	t.Helper()
	const memory, descriptors, threads = 48 << 20, 40, 8
	first, last := w.thirds[0], w.thirds[2]
	if last.Memory > first.Memory+first.Memory/5+memory || last.Descriptors > first.Descriptors+descriptors ||
		last.Threads > first.Threads+threads {
		t.Errorf("%s grows", w)
	}
}
