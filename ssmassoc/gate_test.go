package ssmassoc

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
)

func TestGate(t *testing.T) {
	a, b := &connection{name: "a"}, &connection{name: "b"}
	// enter starts to enter and returns whether that has succeeded so far.
	enter := func(ctx context.Context, g *gate, c *connection) func() (error, bool) {
		done := make(chan error, 1)
		go func() { done <- g.enter(ctx, c) }()
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

	t.Run("a connection holds at most half", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			g := newGate(4)
			ctx, cancel := context.WithCancel(t.Context())
			in(t, enter(ctx, g, a), true)
			in(t, enter(ctx, g, a), true)
			in(t, enter(ctx, g, a), false)
			in(t, enter(ctx, g, b), true)
			cancel()
		})
	})
	t.Run("a place goes to the connection that holds the fewest", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			g := newGate(2)
			c := &connection{name: "c"}
			ctx, cancel := context.WithCancel(t.Context())
			in(t, enter(ctx, g, a), true)
			in(t, enter(ctx, g, b), true)
			again, first := enter(ctx, g, a), enter(ctx, g, c)
			in(t, again, false)
			in(t, first, false)
			g.leave(b)
			in(t, first, true)
			in(t, again, false)
			g.leave(a)
			in(t, again, true)
			cancel()
		})
	})
	t.Run("who turns away takes no place", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			g := newGate(1)
			in(t, enter(t.Context(), g, a), true)
			ctx, cancel := context.WithCancel(t.Context())
			turned := enter(ctx, g, b)
			in(t, turned, false)
			cancel()
			if err, done := turned(); !done || !errors.Is(err, context.Canceled) {
				t.Fatalf("%t, %v", done, err)
			}
			g.leave(a)
			in(t, enter(t.Context(), g, b), true)
			g.leave(b)
			if g.free != 1 || len(g.held)+len(g.waiting) > 0 {
				t.Errorf("%d places, %v, %v", g.free, g.held, g.waiting)
			}
		})
	})
}
