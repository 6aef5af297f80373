package rig

import (
	"sync"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// lent is the world of SharedRegions, which one test uses at a time.
var lent struct {
	sync.Mutex
	world *World
}

// SharedRegions is TwoRegions without a cache, over a simulated AWS that the tests of a
// package use one after another: its server is seasoned once. A test calls it once, and
// finds no faults, latency or counts of others.
func SharedRegions(t *testing.T) *World {
	t.Helper()
	lent.Lock()
	t.Cleanup(lent.Unlock)
	if lent.world == nil {
		lent.world = newSharedRegions(t)
	}
	w := *lent.world
	w.T = t
	w.Sim.SetFaults()
	w.Sim.SetLatency(0)
	w.Sim.Reset()
	w.DB = Open(t, embedded.Options{}, w.Connection)
	return &w
}

func newSharedRegions(t *testing.T) *World {
	t.Helper()
	o := twoRegions()
	w := &World{Fleet: fleet.New(o.Fleet)}
	w.Sim = awssim.New(awssim.Options{}, awssim.Account{AccessKeyID: awssim.DefaultAccessKeyID, Fleet: w.Fleet})
	listener, err := w.Sim.Start("127.0.0.1:0") // until the process ends
	if err != nil {
		t.Fatal(err)
	}
	w.URL = listener.URL()
	w.connect(o, func(func()) {})
	return w
}
