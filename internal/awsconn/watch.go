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

	"steampipe-plugin-ssmassoc/internal/throttle"
)

const (
	// defaultMaxCallSeconds is how long a call may wait for answers where the
	// connection does not say. AWS answers within a second or two.
	defaultMaxCallSeconds = 60
	// stallTimeout is how long an endpoint may send nothing before the attempt
	// counts as failed, and attemptTimeout how long an answer may take in all.
	stallTimeout   = 20 * time.Second
	attemptTimeout = 30 * time.Second
	// warnAfter is the silence after which the log tells what is waited for.
	warnAfter = 5 * time.Second
)

// callTime is the time that the attempts of one call have taken, apart from the
// waits between them. The attempts come one after another.
type callTime struct {
	most, taken time.Duration
}

type callTimeKey struct{}

func callTimeFrom(ctx context.Context) *callTime {
	if t, ok := ctx.Value(callTimeKey{}).(*callTime); ok {
		return t
	}
	return &callTime{most: defaultMaxCallSeconds * time.Second}
}

// watch ends an attempt that makes no progress or takes too long. An attempt
// that goes well costs it one timer that never fires.
type watch struct {
	call    *callTime
	host    string
	started time.Time
	last    atomic.Int64 // when something last came, in nanoseconds since the epoch
	cancel  context.CancelCauseFunc
	warn    func(silent time.Duration)

	mu     sync.Mutex
	timer  *time.Timer
	paused time.Time // since when it is, zero for not
	warned bool
	ended  bool
}

// startWatch watches an attempt of a call. It must be ended.
func startWatch(call *callTime, host string, cancel context.CancelCauseFunc, warn func(time.Duration)) *watch {
	w := &watch{call: call, host: host, started: time.Now(), cancel: cancel, warn: warn}
	w.mu.Lock()
	defer w.mu.Unlock()
	w.timer = time.AfterFunc(min(warnAfter, call.most-call.taken), w.look)
	return w
}

// progress notes that something came.
func (w *watch) progress() { w.last.Store(time.Now().UnixNano()) }

// pause stops the clock of the attempt: it is the plugin that makes it wait.
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

// look ends the attempt if it is time to, or looks again later.
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
	case silent >= stallTimeout:
		w.cancel(stalled(w.host, "sent nothing", stallTimeout))
		return
	case taken >= attemptTimeout:
		w.cancel(stalled(w.host, "did not finish its answer", attemptTimeout))
		return
	}
	next := min(left, stallTimeout-silent, attemptTimeout-taken)
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

// stalled is the error of an attempt that took too long.
func stalled(host, what string, within time.Duration) error {
	return throttle.Repeat(fmt.Errorf("%s %s within %s", host, what, within))
}

// callTimeError is the error of a call whose attempts took too long together.
type callTimeError struct {
	host string
	most time.Duration
}

func (e *callTimeError) Error() string {
	return fmt.Sprintf("no whole answer from %s within %s; check the network and the endpoint, or raise the argument \"max_call_seconds\"", e.host, e.most)
}

// logger returns the logger of a query, or one that drops what it gets for
// contexts that belong to none. (plugin.Logger panics for those.)
func logger(ctx context.Context) hclog.Logger {
	if l, ok := ctx.Value(context_key.Logger).(hclog.Logger); ok {
		return l
	}
	return hclog.NewNullLogger()
}
