package engine

import (
	"context"
	"maps"
	"slices"
	"sync"
)

// Peers are the scans of one query in the regions of one connection.
type Peers struct {
	// Regions are the names of the regions that the query reads.
	Regions []string
	// Open returns a scan of one of the regions whose rows go where those of sc go.
	Open func(ctx context.Context, sc *Scan, region string) (*Scan, error)

	mu      sync.Mutex
	places  *Places
	claimed map[string]bool
}

// Places are the regions in which AWS lists the things that a query names by ID.
type Places struct {
	// listed holds IDs by region. A region that is not in it may list any.
	listed map[string]map[string]bool
}

// NewPlaces returns the places in which nothing is known to be.
func NewPlaces() *Places { return &Places{listed: map[string]map[string]bool{}} }

// Set records which of the named things a region lists. It must not be called at the same
// time as other methods.
func (p *Places) Set(region string, ids map[string]bool) { p.listed[region] = ids }

// Elsewhere reports whether a thing is listed in another region and not in this one.
func (p *Places) Elsewhere(region, id string) bool {
	here, known := p.listed[region]
	return known && !here[id] && p.isListed(id)
}

func (p *Places) isListed(id string) bool {
	for _, ids := range p.listed {
		if ids[id] {
			return true
		}
	}
	return false
}

// Listed returns the number of things that a region is known to list.
func (p *Places) Listed() int {
	all := map[string]bool{}
	for _, ids := range p.listed {
		maps.Copy(all, ids)
	}
	return len(all)
}

// LeftOut returns the regions, among those given, that a thing is not read in because it is
// listed in another.
func (p *Places) LeftOut(regions []string, id string) []string {
	return slices.DeleteFunc(slices.Clone(regions), func(region string) bool { return !p.Elsewhere(region, id) })
}

// Places returns the places that find returns. The scans of a connection find them once.
func (p *Peers) Places(find func() (*Places, error)) (*Places, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.places != nil {
		return p.places, nil
	}
	places, err := find()
	if err != nil {
		return nil, err
	}
	p.places = places
	return places, nil
}

// Claim reports whether the caller is the first to claim a thing.
func (p *Peers) Claim(id string) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.claimed[id] {
		return false
	}
	if p.claimed == nil {
		p.claimed = map[string]bool{}
	}
	p.claimed[id] = true
	return true
}
