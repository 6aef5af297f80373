package ssmassoc

import (
	"context"
	"maps"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/engine"
)

// triage leaves nodes out of a scan of association statuses: those of whose associations
// AWS's listing counts none by a status that the query asks for. A node that AWS counts
// nothing of is read. AWS does not promise that the counts are as recent as the statuses,
// so the statuses of each node that is read are compared with its counts.
type triage struct {
	sc     *engine.Scan
	counts map[string]bool // the names by which a wanted status may be counted; nil if all are wanted

	mu   sync.Mutex
	read map[string]map[string]int32 // the counts of the nodes that are read
}

// triageOf returns the triage of a scan, or nil if its connection has none.
func triageOf(sc *engine.Scan) *triage {
	if !sc.Connection.Triages() {
		return nil
	}
	t := &triage{sc: sc, read: map[string]map[string]int32{}}
	if wanted, given := sc.Hints[statusColumn]; given {
		t.counts = map[string]bool{}
		for _, status := range wanted {
			t.counts[status], t.counts[overallStatus(status)] = true, true
		}
	}
	return t
}

const statusColumn = "status"

// overallStatus returns the name by which AWS may count a status other than by its own:
// one of the three of AssociationStatusName.
func overallStatus(status string) string {
	switch {
	case status == "Success":
		return status
	case slices.Contains(FailingStatuses, status):
		return string(types.AssociationStatusNameFailed)
	}
	return string(types.AssociationStatusNamePending)
}

// countsOf returns AWS's counts of a node's associations by status; none where AWS left
// them out.
func countsOf(node *types.InstanceInformation) map[string]int32 {
	return nodeOverview(node).InstanceAssociationStatusAggregatedCount
}

// admits reports whether a listed node is read. A nil triage admits all.
func (t *triage) admits(sc *engine.Scan, id string, counts map[string]int32) bool {
	if t == nil {
		return true
	}
	admitted := t.counts == nil || countsAny(t.counts, counts) || sc.Statement != nil && sc.Statement.IsNamed(id)
	if t.counts != nil {
		sc.NoteListed(id, !admitted)
	}
	if admitted && len(counts) > 0 {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.read[id] = counts
	}
	return admitted
}

// countsAny reports whether AWS counts associations by one of the names, or gives no counts.
func countsAny(names map[string]bool, counts map[string]int32) bool {
	for name, n := range counts {
		if n != 0 && names[name] {
			return true
		}
	}
	return len(counts) == 0
}

// watch has a read of a node's statuses compare them with the node's counts.
func (t *triage) watch(
	ctx context.Context, node string, read engine.ParentRead[types.InstanceAssociationStatusInfo],
) engine.ParentRead[types.InstanceAssociationStatusInfo] {
	if t == nil {
		return read
	}
	t.mu.Lock()
	counts := t.read[node]
	delete(t.read, node)
	t.mu.Unlock()
	if counts == nil {
		return read
	}
	seen := map[string]int32{}
	read.Seen = func(a *types.InstanceAssociationStatusInfo) {
		if a.Status != nil { // AWS counts no other
			seen[*a.Status]++
		}
	}
	read.Ended = func() {
		agree := agreeing(counts, seen)
		t.sc.NoteCompared(node, agree)
		if !agree {
			plugin.Logger(ctx).Debug("the statuses of a node disagree with its counts in the listing", "node", node,
				"region", t.sc.Region.Name, "connection", t.sc.Connection.Name, "counts", counts, "statuses", seen)
		}
	}
	return read
}

// agreeing reports whether counts are those of statuses, each counted by its own name or
// all by their overall names.
func agreeing(counts, statuses map[string]int32) bool {
	counted, overall := map[string]int32{}, map[string]int32{}
	for name, n := range counts {
		if n != 0 {
			counted[name] = n
		}
	}
	for status, n := range statuses {
		overall[overallStatus(status)] += n
	}
	return maps.Equal(counted, statuses) || maps.Equal(counted, overall)
}

// begin notes that the triage may leave out nodes of its scan.
func (t *triage) begin() {
	if t != nil && t.counts != nil {
		t.sc.NoteTriage()
	}
}

// selection selects the listed nodes that are read. A nil triage selects all.
func (t *triage) selection(sc *engine.Scan) engine.Selection[types.InstanceInformation] {
	if t == nil {
		return engine.Selection[types.InstanceInformation]{}
	}
	t.begin()
	return engine.Selection[types.InstanceInformation]{Meets: func(node *types.InstanceInformation) bool {
		return t.admits(sc, aws.ToString(node.InstanceId), countsOf(node))
	}}
}
