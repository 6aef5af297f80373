package ssmassoc

import (
	"context"
	"sync/atomic"
)

// Work is what a server has done so far, over all queries.
type Work struct {
	// Requests were sent to AWS for Operations: the others are repetitions.
	// Throttled of them AWS refused as too many.
	Requests, Operations, Throttled int
	// CacheHits are the reads that needed no request.
	CacheHits int
	// Regions are the scans of a region that have begun, RegionsDone those of them
	// that have ended.
	Regions, RegionsDone int
	// Listed are the nodes, associations or executions to read one by one, as far
	// as they are known, and Read those of them that were read. More are to come
	// while Listing is above 0.
	Listed, Read, Listing int
	// Rows were sent to the host.
	Rows int
}

// Work returns what the server has done so far.
func (s *Server) Work() Work {
	w := &s.service.work
	requests, operations, throttled := s.service.shared.Attempts()
	return Work{
		Requests: requests, Operations: operations, Throttled: throttled,
		CacheHits: int(s.service.cache.Hits()),
		Regions:   int(w.regions.Load()), RegionsDone: int(w.regionsDone.Load()),
		Listed: int(w.listed.Load()), Read: int(w.read.Load()), Listing: int(w.listing.Load()),
		Rows: int(w.rows.Load()),
	}
}

// work counts what the scans of a service do.
type work struct {
	regions, regionsDone  atomic.Int64
	listed, read, listing atomic.Int64
	rows                  atomic.Int64
}

// counted returns parents that are counted when they are known.
func (p parents[Parent]) counted(w *work) parents[Parent] {
	each := p.each
	p.each = func(ctx context.Context, send func(Parent) error) error {
		w.listing.Add(1)
		defer w.listing.Add(-1)
		return each(ctx, func(parent Parent) error {
			w.listed.Add(1)
			return send(parent)
		})
	}
	return p
}
