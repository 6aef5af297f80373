package throttle

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

func TestGate(t *testing.T) {
	const a, b, c = "a", "b", "c"
	// enter starts to enter and reports whether that has succeeded so far.
	enter := func(ctx context.Context, g *Gate[string], holder string) func() (error, bool) {
		done := make(chan error, 1)
		go func() { done <- g.Enter(ctx, holder) }()
		return func() (error, bool) {
			synctest.Wait()
			select {
			case err := <-done:
				done <- err
				return err, true
			default:
				return nil, false
			}
		}
	}
	in := func(t *testing.T, entered func() (error, bool), want bool) {
		t.Helper()
		if err, done := entered(); err != nil || done != want {
			t.Fatalf("entered %t (%v), want %t", done, err, want)
		}
	}

	t.Run("a holder has at most half of the places", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			g := NewGate[string](4)
			ctx, cancel := context.WithCancel(t.Context())
			in(t, enter(ctx, g, a), true)
			in(t, enter(ctx, g, a), true)
			in(t, enter(ctx, g, a), false)
			in(t, enter(ctx, g, b), true)
			cancel()
		})
	})
	t.Run("a free place goes to the holder with the fewest", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			g := NewGate[string](2)
			ctx, cancel := context.WithCancel(t.Context())
			in(t, enter(ctx, g, a), true)
			in(t, enter(ctx, g, b), true)
			again, first := enter(ctx, g, a), enter(ctx, g, c)
			in(t, again, false)
			in(t, first, false)
			g.Leave(b)
			in(t, first, true)
			in(t, again, false)
			g.Leave(a)
			in(t, again, true)
			cancel()
		})
	})
	t.Run("a holder that gives up takes no place", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			g := NewGate[string](1)
			in(t, enter(t.Context(), g, a), true)
			ctx, cancel := context.WithCancel(t.Context())
			turned := enter(ctx, g, b)
			in(t, turned, false)
			cancel()
			if err, done := turned(); !done || !errors.Is(err, context.Canceled) {
				t.Fatalf("%t, %v", done, err)
			}
			g.Leave(a)
			in(t, enter(t.Context(), g, b), true)
			g.Leave(b)
			if g.free != 1 || len(g.held)+len(g.waiting) > 0 {
				t.Errorf("%d places, %v, %v", g.free, g.held, g.waiting)
			}
		})
	})
}
