package main

import (
	"runtime/debug"
	"testing"
)

func TestBoundHeap(t *testing.T) {
	t.Setenv("GOMEMLIMIT", "")
	before := debug.SetMemoryLimit(-1)
	t.Cleanup(func() { debug.SetMemoryLimit(before) })
	for name, test := range map[string]struct {
		limit       string // GOMEMLIMIT
		first, then int    // MB
		want        int64
	}{
		"a bound":                      {"", 512, 0, 512},
		"a tighter one":                {"", 512, 300, 300},
		"a looser one":                 {"", 512, 900, 512},
		"that of the environment wins": {"1GiB", 512, 0, 2000},
	} {
		t.Run(name, func(t *testing.T) {
			debug.SetMemoryLimit(2000 << 20)
			t.Setenv("GOMEMLIMIT", test.limit)
			boundHeap(test.first)
			boundHeap(test.then)
			if got := debug.SetMemoryLimit(-1) >> 20; got != test.want {
				t.Errorf("%d MB, want %d", got, test.want)
			}
		})
	}
}

func TestGrowHeap(t *testing.T) {
	limit, percent := debug.SetMemoryLimit(-1), debug.SetGCPercent(100)
	t.Cleanup(func() {
		debug.SetMemoryLimit(limit)
		debug.SetGCPercent(percent)
	})
	for name, test := range map[string]struct {
		gogc, gomemlimit string
		percent          int
		limit            int64 // MB
	}{
		"neither is set":    {percent: 200, limit: 32 + 150},
		"GOGC is set":       {gogc: "50", percent: 50, limit: 32 + 150},
		"GOMEMLIMIT is set": {gomemlimit: "1GiB", percent: 200, limit: 1024},
		"both of them are":  {gogc: "50", gomemlimit: "1GiB", percent: 50, limit: 1024},
	} {
		t.Run(name, func(t *testing.T) {
			// What Go's runtime has taken from the environment.
			debug.SetGCPercent(50)
			debug.SetMemoryLimit(1024 << 20)
			t.Setenv("GOGC", test.gogc)
			t.Setenv("GOMEMLIMIT", test.gomemlimit)
			growHeap(100)
			if got := debug.SetMemoryLimit(-1) >> 20; got != test.limit {
				t.Errorf("%d MB, want %d", got, test.limit)
			}
			if got := debug.SetGCPercent(100); got != test.percent {
				t.Errorf("%d %%, want %d", got, test.percent)
			}
		})
	}
}
