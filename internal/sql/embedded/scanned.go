package embedded

import (
	"slices"
	"sync"
)

// scanned are the schemas of a host's scans so far.
type scanned struct {
	mu     sync.Mutex
	scans  int            // how many there were
	last   map[string]int // by the schema's name, the number of the last scan
	byName map[string]Schema
}

func newScanned() scanned {
	return scanned{last: map[string]int{}, byName: map[string]Schema{}}
}

// add notes a scan.
func (s *scanned) add(schema Schema) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.scans++
	s.last[schema.Name], s.byName[schema.Name] = s.scans, schema
}

// Scans returns the number of scans so far.
func (h *Host) Scans() int {
	h.scanned.mu.Lock()
	defer h.scanned.mu.Unlock()
	return h.scanned.scans
}

// ReadSince returns the number of connections that scans have read after the given
// number of scans.
func (h *Host) ReadSince(scans int) int {
	h.scanned.mu.Lock()
	defer h.scanned.mu.Unlock()
	read := map[string]bool{}
	for name, last := range h.scanned.last {
		if last <= scans {
			continue
		}
		for _, member := range h.scanned.byName[name].Members {
			read[member] = true
		}
	}
	return len(read)
}

// ReadTogether returns those of the connections that some scan has read together
// with another of them.
func (h *Host) ReadTogether(connections []string) []string {
	h.scanned.mu.Lock()
	defer h.scanned.mu.Unlock()
	together := map[string]bool{}
	for _, schema := range h.scanned.byName {
		of := slices.DeleteFunc(slices.Clone(connections), func(c string) bool { return !slices.Contains(schema.Members, c) })
		for _, name := range of {
			together[name] = together[name] || len(of) > 1
		}
	}
	return slices.DeleteFunc(slices.Clone(connections), func(c string) bool { return !together[c] })
}
