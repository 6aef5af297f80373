// Package lifetime ends a process in bounded time, and undoes what would outlive it.
//
// A signal or a time limit ends a context, and the process has a grace to end by itself.
// Where it does not, because it is in one long function of SQLite, or writes to a pipe
// that nobody reads, the process is ended: [OnEnd] then undoes what it has begun.
package lifetime

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"
)

const (
	// grace is the time to end by itself, once the process is to end.
	grace = 1300 * time.Millisecond
	// lastSteps bounds each of the last steps: undoing, and saying why.
	lastSteps = 300 * time.Millisecond
)

// Interrupted is the cause of the end of a context that a signal has ended.
type Interrupted struct{ Signal os.Signal }

func (e *Interrupted) Error() string { return "interrupted" }

// process is the running process.
type process struct {
	cancel context.CancelCauseFunc
	last   func(cause error) (message string, status int)

	mu     sync.Mutex
	told   bool  // to end
	prompt bool  // a person is typing, see Prompting
	work   *work // at the prompt, or nil

	ending sync.Once
}

type processKey struct{}

func processOf(ctx context.Context) *process {
	p, _ := ctx.Value(processKey{}).(*process)
	return p
}

// Begin returns the context of the process, which SIGINT, SIGTERM or SIGHUP ends. If the
// process does not end within a grace, or at a second signal, it is ended with the message
// and the exit status that last returns. end, called last, undoes what is left.
func Begin(last func(cause error) (message string, status int)) (_ context.Context, end func()) {
	ctx, cancel := context.WithCancelCause(context.Background())
	p := &process{cancel: cancel, last: last}
	signals, handled := make(chan os.Signal, 4), make(chan struct{})
	signal.Notify(signals, os.Interrupt, syscall.SIGTERM)
	if !signal.Ignored(syscall.SIGHUP) { // as nohup has it
		signal.Notify(signals, syscall.SIGHUP)
	}
	go func() {
		defer close(handled)
		for s := range signals {
			p.signalled(&Interrupted{s})
		}
	}()
	return context.WithValue(ctx, processKey{}, p), func() {
		undone.end()
		signal.Stop(signals)
		close(signals)
		<-handled
		cancel(nil)
	}
}

func (p *process) signalled(cause *Interrupted) {
	p.mu.Lock()
	if p.prompt && cause.Signal == os.Interrupt {
		p.interrupt(cause)
		return
	}
	now := p.told || p.prompt // a prompt waits for keys, not for a context
	p.told = true
	p.mu.Unlock()
	if now {
		p.end(cause)
	}
	p.cancel(cause)
	time.AfterFunc(grace, func() { p.end(cause) })
}

// end ends the process.
func (p *process) end(cause error) {
	p.ending.Do(func() {
		within(lastSteps, undone.end)
		message, status := p.last(cause)
		within(lastSteps, func() { _, _ = os.Stderr.WriteString(message) })
		os.Exit(status)
	})
}

// within waits for f for some time: the reader of a pipe may no longer read.
func within(most time.Duration, f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		f()
	}()
	select {
	case <-done:
	case <-time.After(most):
	}
}
