package readcache

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"
)

// numbers is a fake source. It counts its reads.
type numbers struct {
	reads   int
	unknown error
	err     error
}

type number struct{ N int }

func (s *numbers) run(_ context.Context, send func(*number) error) (unknown, err error) {
	s.reads++
	for n := 1; n <= 4; n++ {
		if err := send(&number{n}); err != nil {
			return nil, err
		}
	}
	return s.unknown, s.err
}

// read reads the source through a cache.
func (s *numbers) read(t *testing.T, c *Cache, key Key, ttl time.Duration, options ...func(*Source[number])) ([]int, error, error) {
	t.Helper()
	source := Source[number]{Key: key, Run: s.run}
	for _, option := range options {
		option(&source)
	}
	var got []int
	unknown, err := Through(t.Context(), c, source, ttl, func(n *number) error {
		got = append(got, n.N)
		return nil
	})
	return got, unknown, err
}

// expect holds a read to its items and to the number of reads of the source so far.
func (s *numbers) expect(t *testing.T, reads int, want []int, got []int, err error) {
	t.Helper()
	if err != nil || !slices.Equal(got, want) || s.reads != reads {
		t.Errorf("%v after %d reads, error %v; want %v after %d", got, s.reads, err, want, reads)
	}
}

// withCache runs a test with a cache, in simulated time.
func withCache(t *testing.T, test func(*testing.T, *Cache)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		c := New(Options{})
		test(t, c)
		c.kept.StopAllGoroutines()
		time.Sleep(2 * workerIdle) // of the fake clock, on which the workers end
	})
}

var all = []int{1, 2, 3, 4}

func TestCompleteReadsAreKept(t *testing.T) {
	withCache(t, func(t *testing.T, c *Cache) {
		var s numbers
		for range 3 {
			got, _, err := s.read(t, c, Key{}, time.Minute)
			s.expect(t, 1, all, got, err)
		}
		got, _, err := s.read(t, c, Key{Region: "other"}, time.Minute)
		s.expect(t, 2, all, got, err)
	})
}

func TestNoCallerGetsAnOlderReadThanItAllows(t *testing.T) {
	withCache(t, func(t *testing.T, c *Cache) {
		var s numbers
		_, _, _ = s.read(t, c, Key{}, time.Minute)
		time.Sleep(20 * time.Second)
		got, _, err := s.read(t, c, Key{}, 30*time.Second)
		s.expect(t, 1, all, got, err)
		got, _, err = s.read(t, c, Key{}, 10*time.Second)
		s.expect(t, 2, all, got, err)
	})
}

func TestReadsExpire(t *testing.T) {
	for name, test := range map[string]struct{ maxTTL, ttl, age time.Duration }{
		"without a bound":                 {0, time.Minute, leastLifetime},
		"without a bound, one wants more": {0, time.Hour, time.Hour},
		"with a bound":                    {10 * time.Minute, time.Minute, 10 * time.Minute},
	} {
		t.Run(name, func(t *testing.T) {
			withCache(t, func(t *testing.T, c *Cache) {
				c.Configure(true, test.maxTTL, 0)
				var s numbers
				_, _, _ = s.read(t, c, Key{}, test.ttl)
				time.Sleep(test.age - time.Second)
				if c.kept.CleanUp(); c.kept.EstimatedSize() != 1 {
					t.Errorf("the read is gone after %s", test.age-time.Second)
				}
				time.Sleep(5 * time.Second)
				if c.kept.CleanUp(); c.kept.EstimatedSize() != 0 {
					t.Errorf("the read is there after %s", test.age+4*time.Second)
				}
				got, _, err := s.read(t, c, Key{}, test.ttl)
				s.expect(t, 2, all, got, err)
			})
		})
	}
}

// TestSessions compares what sessions with their own times to live read, some of them after
// a clear, with a model: a read serves each session that allows its age, whoever made it.
func TestSessions(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		type step struct{ wait, ttl, cleared time.Duration }
		second := func(name string, most int) time.Duration {
			return time.Duration(rapid.IntRange(0, most*10).Draw(rt, name)) * time.Second / 10
		}
		var steps []step
		for range rapid.IntRange(2, 15).Draw(rt, "steps") {
			steps = append(steps, step{second("wait", 40), second("ttl", 300), second("cleared", 60)})
		}
		maxTTL := second("maxTTL", 100)
		wrong := ""
		withCache(t, func(t *testing.T, c *Cache) {
			c.Configure(true, maxTTL, 0)
			var s numbers
			begun, reads, last := time.Now(), 0, time.Time{}
			for i, step := range steps {
				time.Sleep(step.wait)
				// As the wrapper does: a session's time to live, or the whole seconds since
				// its clear.
				ttl := step.ttl
				if since := time.Since(begun.Add(step.cleared)); since >= 0 {
					ttl = min(ttl, since)
				}
				ttl = c.TTL(ttl.Truncate(time.Second))
				if ttl == 0 || last.IsZero() || time.Since(last) >= ttl {
					reads++
					if ttl > 0 {
						last = time.Now()
					}
				}
				got, _, err := s.read(t, c, Key{}, ttl)
				if err != nil || !slices.Equal(got, all) || s.reads != reads {
					wrong = fmt.Sprintf("%v after %d reads, want %d, error %v, steps %v", got, s.reads, reads, err, steps[:i+1])
					break
				}
			}
		})
		if wrong != "" {
			rt.Fatal(wrong)
		}
	})
}

func TestASlowReadDoesNotReplaceAYoungerOne(t *testing.T) {
	withCache(t, func(t *testing.T, c *Cache) {
		slow := func(ctx context.Context, send func(*number) error) (unknown, err error) {
			time.Sleep(20 * time.Second)
			return nil, send(&number{1})
		}
		go func() {
			_, _ = Through(t.Context(), c, Source[number]{Run: slow}, time.Minute, func(*number) error { return nil })
		}()
		time.Sleep(10 * time.Second)
		var s numbers
		_, _, _ = s.read(t, c, Key{}, 5*time.Second) // the slow one is too old for it
		time.Sleep(20 * time.Second)
		got, _, err := s.read(t, c, Key{}, 25*time.Second)
		s.expect(t, 1, all, got, err)
	})
}

func TestWithoutATimeToLiveNothingIsKept(t *testing.T) {
	withCache(t, func(t *testing.T, c *Cache) {
		var s numbers
		for reads := range 3 {
			got, _, err := s.read(t, c, Key{}, 0)
			s.expect(t, reads+1, all, got, err)
		}
	})
}

func TestFailedReadsAreNotKept(t *testing.T) {
	withCache(t, func(t *testing.T, c *Cache) {
		failure := errors.New("failure")
		s := numbers{err: failure}
		if _, _, err := s.read(t, c, Key{}, time.Minute); !errors.Is(err, failure) {
			t.Errorf("error %v, want %v", err, failure)
		}
		s.err = nil
		got, _, err := s.read(t, c, Key{}, time.Minute)
		s.expect(t, 2, all, got, err)
	})
}

func TestPartialReadsAreNotKept(t *testing.T) {
	withCache(t, func(t *testing.T, c *Cache) {
		var s numbers
		partial := func(source *Source[number]) { source.Partial = true }
		_, _, _ = s.read(t, c, Key{}, time.Minute, partial)
		got, _, err := s.read(t, c, Key{}, time.Minute)
		s.expect(t, 2, all, got, err)
		got, _, err = s.read(t, c, Key{}, time.Minute, partial) // from the complete one
		s.expect(t, 2, all, got, err)
	})
}

func TestAReadWithoutFiltersServesThoseWithSome(t *testing.T) {
	withCache(t, func(t *testing.T, c *Cache) {
		var s numbers
		even := func(source *Source[number]) { source.Selects = func(n *number) bool { return n.N%2 == 0 } }
		_, _, _ = s.read(t, c, Key{}, time.Minute)
		got, _, err := s.read(t, c, Key{Filters: "even"}, time.Minute, even)
		s.expect(t, 1, []int{2, 4}, got, err)
		_, _, _ = s.read(t, c, Key{Region: "b", Filters: "even"}, time.Minute, even)
		got, _, err = s.read(t, c, Key{Region: "b"}, time.Minute)
		s.expect(t, 3, all, got, err)
	})
}

func TestThatNothingIsKnownIsKept(t *testing.T) {
	withCache(t, func(t *testing.T, c *Cache) {
		s := numbers{unknown: errors.New("no such parent")}
		for range 2 {
			_, unknown, err := s.read(t, c, Key{}, time.Minute)
			if !errors.Is(unknown, s.unknown) || err != nil || s.reads != 1 {
				t.Errorf("unknown %v, error %v after %d reads", unknown, err, s.reads)
			}
		}
	})
}

func TestForgetDropsTheReadsOfOneOwner(t *testing.T) {
	withCache(t, func(t *testing.T, c *Cache) {
		var s numbers
		mine, other := new(int), new(int)
		_, _, _ = s.read(t, c, Key{Owner: mine}, time.Minute)
		_, _, _ = s.read(t, c, Key{Owner: other}, time.Minute)
		c.Forget(mine)
		got, _, err := s.read(t, c, Key{Owner: other}, time.Minute)
		s.expect(t, 2, all, got, err)
		got, _, err = s.read(t, c, Key{Owner: mine}, time.Minute)
		s.expect(t, 3, all, got, err)
	})
}

func TestConfigure(t *testing.T) {
	withCache(t, func(t *testing.T, c *Cache) {
		for name, test := range map[string]struct {
			enabled      bool
			maxTTL, want time.Duration // for a minute
		}{
			"enabled":           {true, 0, time.Minute},
			"a shorter bound":   {true, time.Second, time.Second},
			"a longer bound":    {true, time.Hour, time.Minute},
			"disabled":          {false, 0, 0},
			"disabled, a bound": {false, time.Hour, 0},
		} {
			c.Configure(test.enabled, test.maxTTL, 0)
			if got := c.TTL(time.Minute); got != test.want {
				t.Errorf("%s: got %s, want %s", name, got, test.want)
			}
		}
		if got := c.TTL(-time.Second); got != 0 {
			t.Errorf("a negative time to live became %s", got)
		}
	})
}

func TestDisablingDropsEverything(t *testing.T) {
	withCache(t, func(t *testing.T, c *Cache) {
		var s numbers
		_, _, _ = s.read(t, c, Key{}, time.Minute)
		c.Configure(false, 0, 0)
		c.Configure(true, 0, 0)
		got, _, err := s.read(t, c, Key{}, time.Minute)
		s.expect(t, 2, all, got, err)
	})
}

func TestATakerCanEndARead(t *testing.T) {
	withCache(t, func(t *testing.T, c *Cache) {
		var s numbers
		enough := errors.New("enough")
		for _, ttl := range []time.Duration{0, time.Minute, time.Minute} {
			taken := 0
			_, err := Through(t.Context(), c, Source[number]{Run: s.run}, ttl, func(*number) error {
				if taken++; taken == 2 {
					return enough
				}
				return nil
			})
			if !errors.Is(err, enough) || taken != 2 {
				t.Errorf("time to live %s: %v after %d items", ttl, err, taken)
			}
		}
	})
}
