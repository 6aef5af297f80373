package lifetime

import (
	"context"
	"time"
)

// Prompting declares that a person is at a prompt, until leave is called. An interrupt
// then ends only the work that [Interruptible] has begun; other signals end the process
// at once.
func Prompting(ctx context.Context) (leave func()) {
	p := processOf(ctx)
	if p == nil {
		return func() {}
	}
	set := func(prompt bool) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.prompt = prompt
	}
	set(true)
	return func() { set(false) }
}

// work is what is done for the person at a prompt.
type work struct {
	cancel context.CancelCauseFunc
	deaf   func() (told bool)
	told   bool
	timer  *time.Timer // since the interrupt, or nil
}

// Interruptible returns a context for work at a prompt, which an interrupt ends, until
// done is called. If the work goes on nevertheless, deaf is to tell the person so, and
// reports whether it did: the next interrupt then ends the process.
func Interruptible(ctx context.Context, deaf func() (told bool)) (_ context.Context, done func()) {
	ctx, cancel := context.WithCancelCause(ctx)
	p := processOf(ctx)
	if p == nil {
		return ctx, func() { cancel(nil) }
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.work = &work{cancel: cancel, deaf: deaf}
	return ctx, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		if p.work.timer != nil {
			p.work.timer.Stop()
		}
		p.work = nil
		cancel(nil)
	}
}

// interrupt ends the work at the prompt, if there is any. The caller holds p.mu, which
// interrupt releases.
func (p *process) interrupt(cause *Interrupted) {
	work := p.work
	told := work != nil && work.told
	if work != nil && !told {
		work.cancel(cause)
		if work.timer != nil {
			work.timer.Stop()
		}
		work.timer = time.AfterFunc(grace, func() { p.tell(work) })
	}
	p.mu.Unlock()
	if told {
		p.end(cause)
	}
}

// tell tells the person at the prompt that work goes on.
func (p *process) tell(w *work) {
	p.mu.Lock()
	silent := p.work == w && !w.told
	p.mu.Unlock()
	if silent && w.deaf() {
		p.mu.Lock()
		defer p.mu.Unlock()
		w.told = true
	}
}
