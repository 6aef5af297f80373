// Package progress shows on one line of a terminal how far a statement is.
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
	// patience is how long a statement takes before its progress is shown.
	patience = time.Second
	// every is how often the line is drawn.
	every = 200 * time.Millisecond
	// recent is the time over which calls per second are counted.
	recent = 2 * time.Second
)

// State is how far a statement is.
type State struct {
	// Connections are read, in Regions, of which RegionsDone are complete.
	Connections, Regions, RegionsDone int
	// Listed nodes (or associations, or executions) are known, of which Read were
	// read. All says that no more will become known.
	Listed, Read int
	All          bool
	Rows         int
	// Calls were made, of which AWS refused Throttled as too many.
	Calls, Throttled int
}

// Line is the last line of a terminal. What is written to it stands above what it
// shows.
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

// Show shows a status instead of the one before.
func (l *Line) Show(status string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.erase()
	_, _ = io.WriteString(l.w, status)
	l.shown = true
}

// Erase leaves the line empty.
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

// Follow shows on a line of so many cells what sample returns, once a statement
// takes longer than a second, until stop is called or ctx ends. The line is then
// empty. stop may be called more than once.
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

// callsAt is how many calls were made by a time.
type callsAt struct {
	at    time.Time
	calls int
}

// follower makes texts of states.
type follower struct {
	start time.Time
	first State // counts start from here
	calls []callsAt
}

// text returns the line for a state.
func (f *follower) text(now time.Time, s State) string {
	if s.Regions == f.first.Regions {
		return fmt.Sprintf("running for %s", now.Sub(f.start).Round(time.Second)) // no table is read
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

// nodes returns how many nodes were read: of all, with a bar and an estimate of the
// time left, once all are known.
func (f *follower) nodes(now time.Time, listed, read int, all bool) string {
	if !all {
		return fmt.Sprintf("%d of %d+ read", read, listed)
	}
	const cells = 10 // the whole line then fits 80
	full := cells * read / listed
	part := fmt.Sprintf("[%s%s] %d of %d read", strings.Repeat("#", full), strings.Repeat("-", cells-full), read, listed)
	if read > 0 && read < listed {
		left := time.Duration(float64(now.Sub(f.start)) * float64(listed-read) / float64(read))
		part += fmt.Sprintf(", %s left", max(left, time.Second).Round(time.Second))
	}
	return part
}

// rate returns the calls per second of late.
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
