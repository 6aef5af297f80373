package fleet_test

import (
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// failed reports whether a row is a failure.
func failed(row fleet.AssociationStatus) bool {
	return row.Status != nil && (*row.Status == "Failed" || *row.Status == "TimedOut")
}

// TestComplianceAgreesWithTheRunsButForAKnownFew compares the compliance of each
// node's associations with its rows.
func TestComplianceAgreesWithTheRunsButForAKnownFew(t *testing.T) {
	f := fleet.New(fleet.Options{Nodes: 200})
	for _, region := range f.Regions() {
		seen := make(sightings)
		for _, n := range f.Nodes(region) {
			items := make(map[string]fleet.ComplianceItem)
			for _, item := range n.ComplianceItems() {
				if item.ComplianceType == "Association" {
					items[item.ID] = item
				}
			}
			if n.Snapshot() == fleet.SnapshotNone && len(items) > 0 {
				t.Errorf("node %s has %d items and no snapshot", n.InstanceID, len(items))
			}
			for _, row := range n.Statuses() {
				if row.AssociationID != nil {
					observeItem(t, seen, n, row, items)
				}
			}
		}
		for _, name := range []string{
			"agrees that it failed", "agrees that it succeeded", "stale, failed since", "stale, succeeded since",
			"never ran and is compliant", "never ran and is not compliant", "no snapshot", "kept by others",
		} {
			if seen[name] == 0 {
				t.Errorf("%s has none of %q: %v", region, name, seen)
			}
		}
		if agree, differ := seen["agrees that it failed"]+seen["agrees that it succeeded"], seen["stale, failed since"]+seen["stale, succeeded since"]; differ > agree/10 {
			t.Errorf("%s: %d items agree, %d differ", region, agree, differ)
		}
	}
}

func observeItem(t *testing.T, seen sightings, n *fleet.Node, row fleet.AssociationStatus, items map[string]fleet.ComplianceItem) {
	t.Helper()
	item, ok := items[*row.AssociationID]
	nonCompliant := item.Status == "NON_COMPLIANT"
	switch {
	case !ok && n.Snapshot() == fleet.SnapshotNone:
		seen.see("no snapshot", true)
	case !ok:
		seen.see("kept by others", true)
	case row.ExecutionDate == nil && !failed(row) && row.Status != nil && *row.Status != "Success":
		seen.see("never ran and is compliant", !nonCompliant)
		seen.see("never ran and is not compliant", nonCompliant)
	case failed(row) == nonCompliant:
		seen.see("agrees that it failed", nonCompliant)
		seen.see("agrees that it succeeded", !nonCompliant)
	case row.ExecutionDate != nil && *row.ExecutionDate > item.ExecutionSummary.ExecutionTime && n.Snapshot() == fleet.SnapshotStale:
		seen.see("stale, failed since", !nonCompliant)
		seen.see("stale, succeeded since", nonCompliant)
	default:
		t.Errorf("node %s: row %+v, item %+v", n.InstanceID, row, item)
	}
}

func TestSummariesCountTheItems(t *testing.T) {
	f := fleet.New(fleet.Options{})
	for _, region := range f.Regions() {
		seen := make(sightings)
		for _, n := range f.Nodes(region) {
			summaries := make(map[string]fleet.ResourceComplianceSummary)
			for _, s := range n.ComplianceSummaries() {
				summaries[s.ComplianceType] = s
			}
			compliant, not := make(sightings), make(sightings)
			for _, item := range n.ComplianceItems() {
				compliant.see(item.ComplianceType, item.Status == "COMPLIANT")
				not.see(item.ComplianceType, item.Status == "NON_COMPLIANT")
				seen.see(item.ComplianceType+" "+item.Status, true)
			}
			for kind, s := range summaries {
				if s.CompliantSummary.CompliantCount != compliant[kind] || s.NonCompliantSummary.NonCompliantCount != not[kind] {
					t.Errorf("node %s, %s: %+v, %d items are compliant and %d not", n.InstanceID, kind, s, compliant[kind], not[kind])
				}
				if (s.Status == "NON_COMPLIANT") != (not[kind] > 0) {
					t.Errorf("node %s, %s is %s", n.InstanceID, kind, s.Status)
				}
				if total := total(s.CompliantSummary.SeveritySummary) + total(s.NonCompliantSummary.SeveritySummary); total != compliant[kind]+not[kind] {
					t.Errorf("node %s, %s: %d by severity", n.InstanceID, kind, total)
				}
			}
		}
		for _, name := range []string{
			"Association COMPLIANT", "Association NON_COMPLIANT", "Patch COMPLIANT", "Patch NON_COMPLIANT", "Patch ",
			"Custom:Antivirus COMPLIANT",
		} {
			if seen[name] == 0 {
				t.Errorf("%s has none of %q: %v", region, name, seen)
			}
		}
	}
}

func total(s fleet.SeveritySummary) int {
	return s.CriticalCount + s.HighCount + s.MediumCount + s.LowCount + s.InformationalCount + s.UnspecifiedCount
}
