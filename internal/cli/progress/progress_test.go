package progress

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// terminal records its output.
type terminal struct {
	mu      sync.Mutex
	written strings.Builder
}

func (t *terminal) Write(b []byte) (int, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.written.Write(b)
}

// take returns the output since the last call of take.
func (t *terminal) take() string {
	t.mu.Lock()
	defer t.mu.Unlock()
	defer t.written.Reset()
	return t.written.String()
}

const erased = "\r\x1b[K"

func TestProgress(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var screen terminal
		var mu sync.Mutex // Follow samples from its own goroutine
		state := State{Connections: 2, Regions: 10, RegionsDone: 10, Listed: 500, Read: 500, Rows: 900, Calls: 1000, Throttled: 7, All: true}
		stop := Follow(t.Context(), NewLine(&screen), func() int { return 120 }, func() State {
			mu.Lock()
			defer mu.Unlock()
			return state
		})
		time.Sleep(999 * time.Millisecond)
		if got := screen.take(); got != "" {
			t.Errorf("it shows %q before a second", got)
		}

		mu.Lock()
		state.Regions, state.Listed, state.Read, state.Rows, state.Calls, state.All = 13, 600, 530, 950, 1050, false
		mu.Unlock()
		time.Sleep(2 * time.Millisecond)
		if got, want := screen.take(), "0 of 3 regions of 2 connections, 30 of 100+ read, 50 rows, 50 calls/s"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}

		mu.Lock()
		state.RegionsDone, state.Read, state.Calls, state.Throttled, state.All = 12, 550, 1060, 10, true
		mu.Unlock()
		time.Sleep(200 * time.Millisecond)
		want := erased + "2 of 3 regions of 2 connections, [#####-----] 50 of 100 read, 1s left, 50 rows, 50 calls/s, 3 throttled"
		if got := screen.take(); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		stop()
		stop()
		if got := screen.take(); got != erased {
			t.Errorf("it leaves %q", got)
		}
	})
}

func TestMessagesStandAboveTheLine(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var screen terminal
		line := NewLine(&screen)
		stop := Follow(t.Context(), line, func() int { return 20 }, func() State { return State{Regions: 3} })
		time.Sleep(1100 * time.Millisecond)
		fmt.Fprintln(line, "message")
		if got, want := screen.take(), "running for 1s"+erased+"message\n"; got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		stop()
		if got := screen.take(); got != "" {
			t.Errorf("it erases %q, which is the message", got)
		}
	})
}

func TestShortStatementsShowNothing(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var screen terminal
		stop := Follow(t.Context(), NewLine(&screen), func() int { return 80 }, func() State { return State{} })
		time.Sleep(900 * time.Millisecond)
		stop()
		if got := screen.take(); got != "" {
			t.Errorf("it shows %q", got)
		}
	})
}
