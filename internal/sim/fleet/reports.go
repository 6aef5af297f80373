package fleet

import "sync"

// reports is what the nodes of a region report of an association.
type reports struct {
	rows        int
	tally       tally
	last        *Timestamp
	lastSuccess *Timestamp
	runs        []run // in the listing order of the nodes

	historyOnce sync.Once
	executions  []pastExecution // newest first
}

// run is a row of an association that has run.
type run struct {
	node, row int32 // places in the region and among the rows of the node
	status    *string
}

// reports returns the reports of association k. The first call reads all rows
// of the region, at about half a microsecond each.
func (r *Region) reports(k int) *reports {
	r.indexOnce.Do(func() {
		r.index = make([]reports, len(r.catalogue))
		for i := range r.nodes {
			n := &r.nodes[i]
			for j := range n.StatusCount() {
				r.index[n.associationIndex(j)].add(n.Status(j), run{node: int32(i), row: int32(j)})
			}
		}
	})
	return &r.index[k]
}

func (p *reports) add(row AssociationStatus, at run) {
	p.rows++
	p.tally.add(row.Status)
	if row.ExecutionDate == nil {
		return
	}
	at.status = row.Status
	p.runs = append(p.runs, at)
	p.last = latest(p.last, row.ExecutionDate)
	if row.Status != nil && *row.Status == "Success" {
		p.lastSuccess = latest(p.lastSuccess, row.ExecutionDate)
	}
}
