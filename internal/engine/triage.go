package engine

import (
	"fmt"
	"sync/atomic"

	"github.com/hashicorp/go-hclog"
)

// Triage counts what scans left out because of the counts that AWS lists with each node,
// and how often the counts and the statuses of a node disagree.
type Triage struct {
	scans, listed, leftOut, compared, disagreed atomic.Int64
}

// Triaged is a state of a [Triage].
type Triaged struct {
	// Scans is the number of scans of a region in which nodes could be left out, of the
	// Listed nodes as many as LeftOut.
	Scans, Listed, LeftOut int
	// Compared is the number of nodes whose statuses were compared with their counts, of
	// which as many as Disagreed disagree.
	Compared, Disagreed int
}

// Count returns the counts so far.
func (t *Triage) Count() Triaged {
	return Triaged{
		Scans: int(t.scans.Load()), Listed: int(t.listed.Load()), LeftOut: int(t.leftOut.Load()),
		Compared: int(t.compared.Load()), Disagreed: int(t.disagreed.Load()),
	}
}

func (t *Triage) scan() { t.scans.Add(1) }

func (t *Triage) list(leftOut bool) {
	t.listed.Add(1)
	if leftOut {
		t.leftOut.Add(1)
	}
}

func (t *Triage) compare(agree bool) {
	t.compared.Add(1)
	if !agree {
		t.disagreed.Add(1)
	}
}

// Log logs the triage of a query, if there was any: its answer may lack rows.
func (t *Triage) Log(logger hclog.Logger, table string) {
	if c := t.Count(); c.Scans > 0 || c.Disagreed > 0 {
		logger.Warn("triage: nodes were left out because of their counts in AWS's listing", "table", table,
			"listed", c.Listed, "left out", c.LeftOut, "compared", c.Compared, "disagree", c.Disagreed)
	}
}

// NoteTriage counts a scan in which nodes can be left out.
func (sc *Scan) NoteTriage() {
	sc.Triage.scan()
	sc.Triaged.scan()
}

// NoteListed counts a node that is read or left out. A statement counts it once.
func (sc *Scan) NoteListed(id string, leftOut bool) {
	if !sc.Statement.countsFirst(sc.triageKey("listed", id)) {
		return
	}
	sc.Triage.list(leftOut)
	sc.Triaged.list(leftOut)
}

// NoteCompared counts a node whose statuses agree with its counts, or do not. A statement
// counts it once.
func (sc *Scan) NoteCompared(id string, agree bool) {
	if !sc.Statement.countsFirst(sc.triageKey("compared", id)) {
		return
	}
	sc.Triage.compare(agree)
	sc.Triaged.compare(agree)
}

// triageKey identifies what is counted of a node in the scan's region, for what the query
// asks for.
func (sc *Scan) triageKey(what, id string) string {
	return fmt.Sprintf("%s %q %q %q %q", what, sc.Connection.Name, sc.Region.Name, id, sc.Hints)
}
