package awsconn

import (
	"context"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/hashicorp/go-hclog"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin/context_key"

	"steampipe-plugin-ssmassoc/internal/aws/throttle"
)

const (
	// defaultMaxCallSeconds is how long the attempts of a call may take in all, unless
	// the connection sets max_call_seconds. AWS answers within a second or two.
	defaultMaxCallSeconds = 60
	// warnAfter is how long an attempt may take before it is logged.
	warnAfter = 5 * time.Second
)

// patience is how long an endpoint may stay silent before the attempt fails, and how long
// the whole attempt may take.
type patience struct{ silence, attempt time.Duration }

var usualPatience = patience{20 * time.Second, 30 * time.Second}

// callTime is the time that the attempts of one call have taken, without the waits between
// them. The attempts come one after another.
type callTime struct {
	most, taken time.Duration
	// refusedSince is when the endpoint first refused a connection; zero for never.
	refusedSince time.Time
}

// refused notes that the endpoint refuses connections, and returns for how long it has.
func (t *callTime) refused() time.Duration {
	if t.refusedSince.IsZero() {
		t.refusedSince = time.Now()
	}
	return time.Since(t.refusedSince)
}

type callTimeKey struct{}

func callTimeFrom(ctx context.Context) *callTime {
	if t, ok := ctx.Value(callTimeKey{}).(*callTime); ok {
		return t
	}
	return &callTime{most: defaultMaxCallSeconds * time.Second}
}

// watch ends an attempt that makes no progress or takes too long. For an attempt that goes
// well it takes one timer, which never fires.
type watch struct {
	patience
	call    *callTime
	host    string
	started time.Time
	last    atomic.Int64 // when a byte last came, in nanoseconds since the epoch
	cancel  context.CancelCauseFunc
	warn    func(silent time.Duration)

	mu     sync.Mutex
	timer  *time.Timer
	paused time.Time // when it was paused; zero if it is not
	warned bool
	ended  bool
}

// startWatch starts a watch of an attempt of a call. The caller must end it.
func startWatch(
	p patience, call *callTime, host string, cancel context.CancelCauseFunc, warn func(time.Duration),
) *watch {
	w := &watch{patience: p, call: call, host: host, started: time.Now(), cancel: cancel, warn: warn}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(min(warnAfter, call.most-call.taken), w.look)
	return w
}

// progress notes that a byte came.
func (w *watch) progress() { w.last.Store(time.Now().UnixNano()) }

// pause stops the clock of the attempt while the plugin itself makes it wait.
func (w *watch) pause() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer.Stop()
	w.paused = time.Now()
}

// resume starts the clock again.
func (w *watch) resume() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.started = w.started.Add(time.Since(w.paused))
	w.paused = time.Time{}
	w.timer.Reset(0)
}

// end ends the watch and adds the attempt's time to that of the call.
func (w *watch) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
	w.timer.Stop()
	w.call.taken += time.Since(w.started)
}

// look ends the attempt if its time is up, and otherwise sets the timer to look again.
func (w *watch) look() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.ended || !w.paused.IsZero() {
		return
	}
	taken := time.Since(w.started)
	silent := taken
	if last := w.last.Load(); last > 0 {
		silent = min(taken, time.Since(time.Unix(0, last)))
	}
	left := w.call.most - w.call.taken - taken
	switch {
	case left <= 0:
		w.cancel(throttle.Final(&callTimeError{host: w.host, most: w.call.most}))
		return
	case silent >= w.silence:
		w.cancel(stalled(w.host, "sent nothing", w.silence))
		return
	case taken >= w.attempt:
		w.cancel(stalled(w.host, "did not finish its answer", w.attempt))
		return
	}
	next := min(left, w.silence-silent, w.attempt-taken)
	switch {
	case w.warned:
	case taken >= warnAfter:
		w.warned = true
		w.warn(taken)
	default:
		next = min(next, warnAfter-taken)
	}
	w.timer.Reset(next)
}

// progressReader reads an answer that is watched.
type progressReader struct {
	io.Reader
	watch *watch
}

// Read reads the next part.
func (r *progressReader) Read(p []byte) (int, error) {
	n, err := r.Reader.Read(p)
	if n > 0 {
		r.watch.progress()
	}
	return n, err
}

// stalled returns the error of an attempt that took too long, after which another may help.
func stalled(host, what string, within time.Duration) error {
	return throttle.Repeat(&stallError{host, what, within})
}

// stallError is the error of an attempt that took too long.
type stallError struct {
	host, what string
	within     time.Duration
}

func (e *stallError) Error() string { return fmt.Sprintf("%s %s within %s", e.host, e.what, e.within) }

// callTimeError is the error of a call whose attempts took too long together.
type callTimeError struct {
	host string
	most time.Duration
}

func (e *callTimeError) Error() string {
	return fmt.Sprintf("no whole answer from %s within %s; check the network and the endpoint, "+
		`or raise the argument "max_call_seconds"`, e.host, e.most)
}

// logger returns the logger of the query that ctx belongs to or, outside of queries, a
// logger that discards everything. (plugin.Logger panics there.)
func logger(ctx context.Context) hclog.Logger {
	if l, ok := ctx.Value(context_key.Logger).(hclog.Logger); ok {
		return l
	}
	return hclog.NewNullLogger()
}
