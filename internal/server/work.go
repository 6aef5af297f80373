package server

// Work is the work of a server so far, over all queries.
type Work struct {
	// Requests is the number of requests sent to AWS for Operations calls; the
	// difference is retries. Throttled counts the requests that AWS throttled.
	Requests, Operations, Throttled int
	// CacheHits counts the reads that needed no request.
	CacheHits int
	// Regions counts the started scans of a region, RegionsDone those that have ended.
	Regions, RegionsDone int
	// Listed counts the nodes, associations or executions known so far that are read
	// one by one, and Read those already read. More may follow while Listing is above
	// 0.
	Listed, Read, Listing int
	// Rows counts the rows sent to the host.
	Rows int
}

// Work returns the server's work so far.
func (s *Server) Work() Work {
	w := &s.service.work
	requests, operations, throttled := s.service.shared.Attempts()
	return Work{
		Requests: requests, Operations: operations, Throttled: throttled,
		CacheHits: int(s.service.cache.Hits()),
		Regions:   int(w.Regions.Load()), RegionsDone: int(w.RegionsDone.Load()),
		Listed: int(w.Listed.Load()), Read: int(w.Read.Load()), Listing: int(w.Listing.Load()),
		Rows: int(w.Rows.Load()),
	}
}
