package fleet

import (
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/random"
)

// Statuses of compliance items. The status of a Windows patch that is not
// applicable is empty.
const (
	compliant     = "COMPLIANT"
	nonCompliant  = "NON_COMPLIANT"
	notApplicable = ""
)

// Types of compliance.
const (
	associationCompliance = "Association"
	patchCompliance       = "Patch"
	customCompliance      = "Custom:Antivirus"
)

// ComplianceItem is an entry of ListComplianceItems. The tags are the API's
// names.
type ComplianceItem struct {
	ComplianceType   string                      `json:"ComplianceType"`
	Details          map[string]string           `json:"Details,omitzero"`
	ExecutionSummary *ComplianceExecutionSummary `json:"ExecutionSummary,omitzero"`
	ID               string                      `json:"Id"`
	ResourceID       string                      `json:"ResourceId"`
	ResourceType     string                      `json:"ResourceType"`
	Severity         string                      `json:"Severity"`
	Status           string                      `json:"Status"`
	Title            string                      `json:"Title"`
}

// ComplianceExecutionSummary is when a compliance status was captured and, for
// patches, by which command.
type ComplianceExecutionSummary struct {
	ExecutionID   *string   `json:"ExecutionId,omitzero"`
	ExecutionTime Timestamp `json:"ExecutionTime"` // for associations, the time of the snapshot, not of the run
	ExecutionType *string   `json:"ExecutionType,omitzero"`
}

// Snapshot is how the compliance of a node's associations relates to their
// runs.
type Snapshot uint8

const (
	// SnapshotCurrent was taken after all runs: each item has the outcome of the
	// last run of its association.
	SnapshotCurrent Snapshot = iota
	// SnapshotStale was taken before the last runs: the items of associations that
	// have run since may have the opposite status.
	SnapshotStale
	// SnapshotNone is the absence of association compliance on a node that reports
	// runs.
	SnapshotNone
)

// Snapshot returns how the compliance of the node's associations relates to
// their runs. Every region of ten nodes has each kind; among ordinary nodes
// about one in ten is stale and one in twenty has none.
func (n *Node) Snapshot() Snapshot {
	switch n.index {
	case 8:
		return SnapshotNone
	case 9, int(roleLost):
		return SnapshotStale
	}
	if roleOf(n.index) != roleOrdinary {
		return SnapshotCurrent
	}
	switch p := n.complianceStream(0).Below(20); {
	case p == 0:
		return SnapshotNone
	case p < 3:
		return SnapshotStale
	default:
		return SnapshotCurrent
	}
}

func (n *Node) complianceStream(of uint64) *random.Stream {
	return random.NewStream(random.Keyed(n.home.nodeKey(n.index)^saltCompliance, of))
}

// ComplianceItems returns the compliance items of the node in listing order:
// associations, patches, custom items. Each call generates them again, with
// equal values.
//
// Every row has an item unless its association's SyncCompliance is MANUAL. An
// association that has not run on the node yet is compliant in one case of
// three.
func (n *Node) ComplianceItems() []ComplianceItem {
	var items []ComplianceItem
	if n.Snapshot() != SnapshotNone {
		items = n.associationCompliance()
	}
	return append(append(items, n.patchCompliance()...), n.customCompliance()...)
}

func (n *Node) associationCompliance() []ComplianceItem {
	taken := n.snapshotTime()
	var items []ComplianceItem
	for j := range n.StatusCount() {
		k, row := n.associationIndex(j), n.Status(j)
		severity, manual := n.home.severity(k)
		if manual {
			continue
		}
		c := &n.home.catalogue[k]
		items = append(items, ComplianceItem{
			ComplianceType:   associationCompliance,
			Details:          map[string]string{"DocumentName": *c.document, "DocumentVersion": *c.documentVersion},
			ExecutionSummary: &ComplianceExecutionSummary{ExecutionTime: taken},
			ID:               *c.id,
			ResourceID:       n.InstanceID,
			ResourceType:     resourceType,
			Severity:         severity,
			Status:           n.complianceOf(j, row, taken),
		})
	}
	return items
}

// severity returns the compliance severity of association k, and whether its
// compliance is synchronised manually.
func (r *Region) severity(k int) (severity string, manual bool) {
	a := Association{index: k, home: r}
	a.settle(random.NewStream(r.associationKey(k) ^ saltSettings))
	severity = "UNSPECIFIED"
	if a.ComplianceSeverity != nil {
		severity = *a.ComplianceSeverity
	}
	return severity, a.SyncCompliance != nil && *a.SyncCompliance == "MANUAL"
}

// snapshotTime returns when the compliance of the node's associations was
// captured. State Manager captures all of them when one has run. A stale
// snapshot is at least a day older than the last run.
func (n *Node) snapshotTime() Timestamp {
	var last *Timestamp
	for j := range n.StatusCount() {
		last = latest(last, n.Status(j).ExecutionDate)
	}
	s := n.complianceStream(1)
	taken := n.home.now.add(-time.Duration(1+s.Below(48)) * time.Hour)
	if last != nil {
		taken = min(n.home.now, last.add(time.Duration(1+s.Below(60))*time.Second))
	}
	if n.Snapshot() == SnapshotStale {
		taken = taken.add(-time.Duration(24+s.Below(10*24)) * time.Hour)
	}
	return taken
}

// complianceOf returns the status of row j in the snapshot.
func (n *Node) complianceOf(j int, row AssociationStatus, taken Timestamp) string {
	s := n.complianceStream(uint64(2 + j))
	is, other := compliant, nonCompliant
	if row.Status != nil && (*row.Status == "Failed" || *row.Status == "TimedOut") {
		is, other = other, is
	}
	switch {
	case row.ExecutionDate == nil: // it has not run, or AWS omits the date
		if row.Status == nil || *row.Status == "Success" || *row.Status == "Failed" || *row.Status == "TimedOut" {
			return is
		}
		if s.Below(3) == 0 {
			return compliant
		}
		return nonCompliant
	case *row.ExecutionDate > taken && s.Permille(600): // the previous run had the other outcome
		return other
	default:
		return is
	}
}

// customCompliance returns the items that an operator's tool puts on one node
// in four.
func (n *Node) customCompliance() []ComplianceItem {
	s := n.complianceStream(1 << 32)
	if !s.Permille(250) || roleOf(n.index) == roleBare {
		return nil
	}
	status := compliant
	if s.Permille(200) {
		status = nonCompliant
	}
	return []ComplianceItem{{
		ComplianceType: customCompliance,
		Details:        map[string]string{"SignatureVersion": "2025.12.31", "Engine": "1.4"},
		ExecutionSummary: &ComplianceExecutionSummary{
			ExecutionID:   new(random.UUID(s.Next())),
			ExecutionTime: n.home.now.add(-time.Duration(1+s.Below(72)) * time.Hour),
			ExecutionType: new("Custom"),
		},
		ID:           "signatures",
		ResourceID:   n.InstanceID,
		ResourceType: resourceType,
		Severity:     []string{"HIGH", "INFORMATIONAL"}[s.Below(2)],
		Status:       status,
		Title:        "Antivirus signatures",
	}}
}
