package awsconn

import (
	"context"
	"errors"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// fetches counts the fetches of a value, which is that count.
type fetches struct {
	n   int
	err error
}

func (f *fetches) fetch(context.Context) (int, error) {
	time.Sleep(time.Second) // of the simulated clock
	f.n++
	return f.n, f.err
}

func TestAged(t *testing.T) {
	for name, test := range map[string]func(*testing.T, *aged[int], *fetches){
		"a value is fetched once": func(t *testing.T, a *aged[int], f *fetches) {
			for range 3 {
				if got, err := a.get(t.Context(), time.Minute, f.fetch); got != 1 || err != nil {
					t.Errorf("%d, %v", got, err)
				}
			}
		},
		"a value that is too old is fetched again": func(t *testing.T, a *aged[int], f *fetches) {
			_, _ = a.get(t.Context(), time.Minute, f.fetch)
			time.Sleep(2 * time.Minute)
			if got, err := a.get(t.Context(), time.Minute, f.fetch); got != 2 || err != nil {
				t.Errorf("%d, %v", got, err)
			}
		},
		"the age counts from the start of the fetch": func(t *testing.T, a *aged[int], f *fetches) {
			_, _ = a.get(t.Context(), time.Minute, f.fetch)
			time.Sleep(59*time.Second + time.Millisecond)
			if got, _ := a.get(t.Context(), time.Minute, f.fetch); got != 2 {
				t.Errorf("%d", got)
			}
		},
		"a failed fetch is not kept": func(t *testing.T, a *aged[int], f *fetches) {
			f.err = errors.New("failure")
			if _, err := a.get(t.Context(), time.Minute, f.fetch); !errors.Is(err, f.err) {
				t.Error(err)
			}
			if _, known := a.peek(); known {
				t.Error("the failed value is known")
			}
			f.err = nil
			if got, err := a.get(t.Context(), time.Minute, f.fetch); got != 2 || err != nil {
				t.Errorf("%d, %v", got, err)
			}
		},
		"callers share a fetch": func(t *testing.T, a *aged[int], f *fetches) {
			var callers sync.WaitGroup
			for range 5 {
				callers.Go(func() {
					if got, err := a.get(t.Context(), time.Minute, f.fetch); got != 1 || err != nil {
						t.Errorf("%d, %v", got, err)
					}
				})
			}
			callers.Wait()
		},
		"a caller that gives up does not wait for the fetch": func(t *testing.T, a *aged[int], f *fetches) {
			var first sync.WaitGroup
			first.Go(func() { _, _ = a.get(t.Context(), time.Minute, f.fetch) })
			synctest.Wait()
			ctx, cancel := context.WithTimeout(t.Context(), time.Millisecond)
			defer cancel()
			if _, err := a.get(ctx, time.Minute, f.fetch); !errors.Is(err, context.DeadlineExceeded) {
				t.Error(err)
			}
			if _, known := a.peek(); known {
				t.Error("peek waited for the fetch")
			}
			first.Wait()
			if got, known := a.peek(); got != 1 || !known {
				t.Errorf("%d, %v", got, known)
			}
		},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) { test(t, &aged[int]{}, &fetches{}) })
		})
	}
}
