package shell

import "fmt"

// Triage says what scans left out because of nodes' counts, and how often the counts and
// the statuses of a node disagreed.
type Triage struct {
	Scans     int `json:"-"` // of a region in which nodes could be left out
	Listed    int `json:"listed"`
	LeftOut   int `json:"left_out"`
	Compared  int `json:"compared"`
	Disagreed int `json:"disagreed"`
}

func (t Triage) minus(before Triage) Triage {
	return Triage{
		t.Scans - before.Scans, t.Listed - before.Listed, t.LeftOut - before.LeftOut,
		t.Compared - before.Compared, t.Disagreed - before.Disagreed,
	}
}

// String describes the triage in a line, or returns "" if there was none.
func (t Triage) String() string {
	if t == (Triage{}) {
		return ""
	}
	return fmt.Sprintf("%d of %d listed nodes left out; the counts of %d of %d disagree with their statuses",
		t.LeftOut, t.Listed, t.Disagreed, t.Compared)
}

// warnings says what an answer may lack.
func (t Triage) warnings() []string {
	var warnings []string
	if t.Scans > 0 {
		warnings = append(warnings, fmt.Sprintf("triage: %d of %d listed nodes were not read, because AWS counts none of "+
			"their associations by a status that the query asks for; the counts may be older than the statuses",
			t.LeftOut, t.Listed))
	}
	if t.Disagreed > 0 {
		warnings = append(warnings, fmt.Sprintf("triage: the statuses of %d of %d nodes disagree with AWS's counts: rows of "+
			"nodes that were not read may be missing; --triage=false reads every node", t.Disagreed, t.Compared))
	}
	return warnings
}
