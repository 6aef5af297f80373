// Package progress shows the progress of a statement on one line of a terminal.
package progress

import (
	"context"
	"fmt"
	"io"
	"strings"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
)

const (
	// patience is how long a statement runs before its progress appears.
	patience = time.Second
	// every is the interval between redraws.
	every = 200 * time.Millisecond
	// recent is the window over which calls per second are counted.
	recent = 2 * time.Second
)

// State is the progress of a statement.
type State struct {
	// Connections is the number of connections read, Regions that of their regions, and
	// RegionsDone that of the completed regions.
	Connections, Regions, RegionsDone int
	// Listed is the number of nodes (or associations, or executions) found so far, and
	// Read the number of those already read. All is set when the listing is complete.
	Listed, Read int
	All          bool
	Rows         int
	// Calls is the number of requests sent, Throttled the number that AWS throttled.
	Calls, Throttled int
}

// Line is the last line of a terminal. Messages appear above it.
type Line struct {
	mu    sync.Mutex
	w     io.Writer
	shown bool
}

// NewLine returns the last line of the terminal that w writes to.
func NewLine(w io.Writer) *Line { return &Line{w: w} }

// Write writes a message above the line.
func (l *Line) Write(message []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
	return l.w.Write(message)
}

// Show replaces the status on the line.
func (l *Line) Show(status string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
	_, _ = io.WriteString(l.w, status)
	l.shown = true
}

// Erase clears the line.
func (l *Line) Erase() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
}

func (l *Line) erase() {
	if l.shown {
		_, _ = io.WriteString(l.w, "\r\x1b[K")
		l.shown = false
	}
}

// Follow samples the progress of a statement and shows it on a line of the given width
// in cells, once the statement takes longer than a second, until stop is called or ctx
// ends. It then clears the line. stop may be called more than once.
func Follow(ctx context.Context, line *Line, width func() int, sample func() State) (stop func()) {
	ctx, cancel := context.WithCancel(ctx)
	done := make(chan struct{})
	f := follower{first: sample(), start: time.Now()}
	f.calls = append(f.calls, callsAt{f.start, f.first.Calls})
	go func() {
		defer close(done)
		defer line.Erase()
		timer := time.NewTimer(patience)
		defer timer.Stop()
		for {
			select {
			case <-ctx.Done():
				return
			case now := <-timer.C:
				line.Show(text.Trim(f.text(now, sample()), width()-1))
				timer.Reset(every)
			}
		}
	}()
	return func() {
		cancel()
		<-done
	}
}

// callsAt is the number of calls made by a time.
type callsAt struct {
	at    time.Time
	calls int
}

// follower turns states into text.
type follower struct {
	start time.Time
	first State // the baseline for counts
	calls []callsAt
}

// text returns the line for a state.
func (f *follower) text(now time.Time, s State) string {
	if s.Regions == f.first.Regions {
		return fmt.Sprintf("running for %s", now.Sub(f.start).Round(time.Second)) // reads no table
	}
	var parts []string
	regions := fmt.Sprintf("%d of %d regions", s.RegionsDone-f.first.RegionsDone, s.Regions-f.first.Regions)
	if s.Connections > 1 {
		regions += fmt.Sprintf(" of %d connections", s.Connections)
	}
	parts = append(parts, regions)
	if listed, read := s.Listed-f.first.Listed, s.Read-f.first.Read; listed > 0 {
		parts = append(parts, f.nodes(now, listed, read, s.All))
	}
	parts = append(parts, fmt.Sprintf("%d rows", s.Rows-f.first.Rows), fmt.Sprintf("%.0f calls/s", f.rate(now, s.Calls)))
	if throttled := s.Throttled - f.first.Throttled; throttled > 0 {
		parts = append(parts, fmt.Sprintf("%d throttled", throttled))
	}
	return strings.Join(parts, ", ")
}

// nodes formats the number of nodes read; once the total is known, also a bar and an
// estimate of the time left.
func (f *follower) nodes(now time.Time, listed, read int, all bool) string {
	if !all {
		return fmt.Sprintf("%d of %d+ read", read, listed)
	}
	const cells = 10 // keeps the line within 80
	full := cells * read / listed
	part := fmt.Sprintf("[%s%s] %d of %d read", strings.Repeat("#", full), strings.Repeat("-", cells-full), read, listed)
	if read > 0 && read < listed {
		left := time.Duration(float64(now.Sub(f.start)) * float64(listed-read) / float64(read))
		part += fmt.Sprintf(", %s left", max(left, time.Second).Round(time.Second))
	}
	return part
}

// rate returns the recent rate of calls per second.
func (f *follower) rate(now time.Time, calls int) float64 {
	f.calls = append(f.calls, callsAt{now, calls})
	for len(f.calls) > 2 && now.Sub(f.calls[1].at) >= recent {
		f.calls = f.calls[1:]
	}
	oldest := f.calls[0]
	if seconds := now.Sub(oldest.at).Seconds(); seconds > 0 {
		return float64(calls-oldest.calls) / seconds
	}
	return 0
}
