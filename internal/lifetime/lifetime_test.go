package lifetime

import (
	"context"
	"errors"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestUndoingIsInReverse(t *testing.T) {
	var r registry
	var got []string
	undo := func(name string) func() { return func() { got = append(got, name) } }
	r.add(undo("first"))
	done := r.add(undo("second"))
	r.add(undo("third"))
	done()
	r.end()
	r.end()
	r.add(undo("too late"))()
	if want := []string{"third", "first", "too late"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestLimits(t *testing.T) {
	late := errors.New("too late")
	for name, test := range map[string]struct {
		during func(*Limit)
		want   error
	}{
		"over":   {func(*Limit) {}, late},
		"lifted": {(*Limit).Lift, nil},
		"ended":  {(*Limit).End, context.Canceled},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx, limit := WithDeadline(t.Context(), time.Now().Add(time.Second), late)
				test.during(limit)
				time.Sleep(time.Minute)
				if got := context.Cause(ctx); !errors.Is(got, test.want) {
					t.Errorf("got %v, want %v", got, test.want)
				}
				limit.End()
			})
		})
	}
	var none *Limit
	none.Lift()
	none.End()
}

// A signal ends the context; at a prompt Ctrl-C ends the work alone, and a second one
// after the notice ends the process.
func TestInterruptsAtAPrompt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		root, cancel := context.WithCancelCause(t.Context())
		p := &process{cancel: cancel}
		ctx := context.WithValue(root, processKey{}, p)
		leave := Prompting(ctx)
		p.ctrlC()
		for _, told := range []bool{false, true} {
			notices := 0
			work, done := Interruptible(ctx, func() bool { notices++; return told })
			p.ctrlC()
			p.ctrlC()
			if work.Err() == nil || root.Err() != nil {
				t.Errorf("the work has %v, the process %v", work.Err(), root.Err())
			}
			time.Sleep(2 * grace)
			synctest.Wait()
			if notices != 1 || p.work.told != told {
				t.Errorf("%d notices; told %v, want %v", notices, p.work.told, told)
			}
			done()
		}
		leave()
		if p.prompt || p.work != nil {
			t.Error("the prompt goes on")
		}
	})
}

// ctrlC is a Ctrl-C at the prompt.
func (p *process) ctrlC() {
	p.mu.Lock()
	p.interrupt(&Interrupted{})
}
