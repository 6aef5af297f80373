package lifetime

import (
	"context"
	"time"
)

// Limit is a time limit of a part of what the process does. A nil one limits nothing.
type Limit struct {
	process *process // nil in tests
	cause   error
	cancel  context.CancelCauseFunc
	timer   *time.Timer // of the limit
	late    *time.Timer // of the grace after it
}

// WithDeadline returns a context that ends at a time, with a cause. A process that has not
// ended the limit within a grace after that is ended, unless a person is at its prompt.
// Call [Limit.End] when the limited part is over.
func WithDeadline(ctx context.Context, at time.Time, cause error) (context.Context, *Limit) {
	ctx, cancel := context.WithCancelCause(ctx)
	l := &Limit{process: processOf(ctx), cause: cause, cancel: cancel}
	l.late = time.AfterFunc(time.Until(at)+grace, l.overrun)
	l.timer = time.AfterFunc(time.Until(at), func() { cancel(cause) })
	return ctx, l
}

// overrun ends the process, or tells the person at its prompt.
func (l *Limit) overrun() {
	if l.process == nil {
		return
	}
	l.process.mu.Lock()
	work := l.process.work
	prompt := l.process.prompt
	l.process.mu.Unlock()
	switch {
	case !prompt:
		l.process.end(l.cause)
	case work != nil:
		l.process.tell(work)
	}
}

// Lift lifts the limit: only the user's reading is left, in a pager. The context goes on.
func (l *Limit) Lift() {
	if l != nil {
		l.timer.Stop()
		l.late.Stop()
	}
}

// End ends the limit and its context. It may be called again.
func (l *Limit) End() {
	if l != nil {
		l.Lift()
		l.cancel(nil)
	}
}
