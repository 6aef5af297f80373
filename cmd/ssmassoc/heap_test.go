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
