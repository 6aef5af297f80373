package fleet

import (
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/random"
)

const (
	// longHistory is the association of the varied mix with more than a hundred
	// executions. Some of them, or their targets, lack a member.
	longHistory = 1
	// fixedExecutions is the number of executions of each association if the
	// number of rows is fixed.
	fixedExecutions = 3
	// leastInterval is the smallest average interval between executions.
	leastInterval = 2 * time.Minute
	// longestRun bounds the duration of a target. It is shorter than any interval
	// between executions, which is at least half of the average.
	longestRun = 30 * time.Second
)

// pastExecution is the part of an execution that is kept.
type pastExecution struct {
	id      string
	key     uint64 // root of the execution's randomness
	created Timestamp
	last    *Timestamp
	tally   tally
}

// history returns the executions of association k, newest first. The first call
// reads the targets of all of them.
func (r *Region) history(k int) []pastExecution {
	p := r.reports(k)
	p.historyOnce.Do(func() {
		newest, span := r.historySpan(k, p)
		p.executions = make([]pastExecution, r.executionCount(k, p, span))
		for e := range p.executions {
			interval := max(leastInterval, span/time.Duration(len(p.executions)))
			p.executions[e] = r.begin(k, e, newest, interval)
			r.sumUp(k, e)
		}
	})
	return p.executions
}

// historySpan returns when the newest execution of association k began, just
// before the last of its targets ran, and how far executions can go back from
// there.
func (r *Region) historySpan(k int, p *reports) (newest Timestamp, span time.Duration) {
	s := random.NewStream(r.associationKey(k) ^ saltHistory)
	newest = r.now.add(-time.Duration(s.Below(3600)) * time.Second)
	if p.last != nil {
		newest = p.last.add(-time.Duration(s.Below(int(longestRun.Seconds()))) * time.Second)
	}
	return newest, max(0, time.Duration(newest-r.now.add(-history))*time.Millisecond)
}

// executionCount returns the number of executions of association k, typically
// 10 to 30.
func (r *Region) executionCount(k int, p *reports, span time.Duration) int {
	switch {
	case r.fixedRows > 0:
		return fixedExecutions
	case p.rows == 0:
		return 0
	case len(p.runs) == 0:
		return 1
	}
	s := random.NewStream(r.associationKey(k) ^ saltExecutions)
	count := 10 + s.Below(21)
	switch p := s.Below(10); {
	case k == longHistory:
		count = 101 + s.Below(10)
	case p == 0:
		count = 1 + s.Below(9)
	case p == 1:
		count = 51 + s.Below(50)
	}
	return min(count, 1+int(span/leastInterval))
}

// begin sets when execution e of association k began.
func (r *Region) begin(k, e int, newest Timestamp, interval time.Duration) pastExecution {
	key := random.Keyed(r.associationKey(k)^saltExecution, uint64(e))
	h := pastExecution{id: random.UUID(key), key: key, created: newest}
	if e > 0 {
		s := random.NewStream(key)
		later := time.Duration(s.Below(int(interval.Milliseconds()/2))) * time.Millisecond
		h.created = newest.add(later - time.Duration(e)*interval)
	}
	return h
}

// sumUp counts the results of execution e of association k.
func (r *Region) sumUp(k, e int) {
	p := r.reports(k)
	h := &p.executions[e]
	if e == 0 {
		h.last = p.last
	}
	for t := range p.runs {
		h.tally.add(r.targetStatus(k, e, t))
		if e > 0 && r.targetLacks(k, e, t) != lacksDate {
			_, date := r.pastTarget(h, p.runs[t])
			h.last = latest(h.last, &date)
		}
	}
}
