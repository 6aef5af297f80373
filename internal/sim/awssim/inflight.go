package awssim

import "sync"

// gauge is a level and its peak.
type gauge struct{ level, peak int }

func (g *gauge) up() {
	g.level++
	g.peak = max(g.peak, g.level)
}

// inflight counts the requests being served at a time.
type inflight struct {
	mu       sync.Mutex
	overall  gauge
	byRegion map[string]*gauge
}

func newInflight() *inflight { return &inflight{byRegion: make(map[string]*gauge)} }

// enter counts a request in and returns the function that counts it out, once.
func (f *inflight) enter(region string) (leave func()) {
	f.mu.Lock()
	defer f.mu.Unlock()
	g := f.byRegion[region]
	if g == nil {
		g = new(gauge)
		f.byRegion[region] = g
	}
	g.up()
	f.overall.up()
	return sync.OnceFunc(func() {
		f.mu.Lock()
		defer f.mu.Unlock()
		g.level--
		f.overall.level--
	})
}

// reset forgets the peaks; requests being served still count.
func (f *inflight) reset() {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.overall.peak = f.overall.level
	for _, g := range f.byRegion {
		g.peak = g.level
	}
}

func (f *inflight) peak() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	highest := 0
	for _, g := range f.byRegion {
		highest = max(highest, g.peak)
	}
	return highest
}

func (f *inflight) peakIn(region string) int {
	f.mu.Lock()
	defer f.mu.Unlock()
	if g := f.byRegion[region]; g != nil {
		return g.peak
	}
	return 0
}

func (f *inflight) peakOverall() int {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.overall.peak
}
