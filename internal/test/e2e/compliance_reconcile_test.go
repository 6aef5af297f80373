package e2e

import (
	"cmp"
	"slices"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// agreed is what a node's compliance snapshot and its executions say.
type agreed struct {
	snapshot                                  string // "" for none
	associations, failed, succeeded, neverRan int
	older                                     bool // the snapshot, than the last run
}

// agreement reads a node, where some statuses count as failed.
func agreement(node *fleet.Node, failed ...string) agreed {
	var a agreed
	var taken, last time.Time
	for _, s := range node.ComplianceSummaries() {
		if s.ComplianceType == "Association" {
			a.snapshot, taken = s.Status, s.ExecutionSummary.ExecutionTime.Time()
		}
	}
	for _, s := range node.Statuses() {
		a.associations++
		switch {
		case slices.Contains(failed, dereference(s.Status)):
			a.failed++
		case dereference(s.Status) == "Success":
			a.succeeded++
		case s.ExecutionDate == nil:
			a.neverRan++
		}
		if s.ExecutionDate != nil && s.ExecutionDate.Time().After(last) {
			last = s.ExecutionDate.Time()
		}
	}
	a.older = taken.Before(last)
	return a
}

// outcome is that of the control of nodes.
func (a agreed) outcome() string {
	allSucceeded := a.associations > 0 && a.succeeded == a.associations
	switch a.snapshot {
	case "COMPLIANT":
		switch {
		case a.failed > 0 || a.neverRan > 0 || a.associations == 0:
			return "alarm"
		case allSucceeded:
			return "ok"
		}
	case "NON_COMPLIANT":
		switch {
		case a.failed > 0:
			return "ok"
		case allSucceeded:
			return "alarm"
		}
	default:
		switch {
		case a.associations == 0:
			return "skip"
		case a.failed > 0:
			return "alarm"
		}
	}
	return "info"
}

// reason is that of the dashboard's panel.
func (a agreed) reason() string {
	switch {
	case a.snapshot == "":
		return "no snapshot"
	case a.snapshot == "COMPLIANT" && a.failed == 0:
		return "never ran"
	case a.older:
		return "snapshot older than the run"
	}
	return "snapshot does not follow the runs"
}

// failedOutputs are the outcomes of the control of the output of failures.
func (a *audited) failedOutputs(failed ...string) []row {
	var rows []row
	a.eachNode(func(simulated *fleet.Fleet, node *fleet.Node) {
		for _, s := range node.Statuses() {
			if !slices.Contains(failed, dereference(s.Status)) {
				continue
			}
			status := "alarm"
			switch {
			case s.OutputURL != nil && dereference(s.OutputURL) != "", commandKept(simulated, node, s):
				status = "ok"
			case s.AssociationID == nil:
				status = "info"
			}
			resource := node.InstanceID + "/" + cmp.Or(dereference(s.AssociationID), dereference(s.AssociationName), dereference(s.Name), "unknown")
			rows = append(rows, outcome(simulated, node.Region, resource, status))
		}
	})
	return rows
}

// commandKept reports whether the failure's newest execution names an output that there
// still is.
func commandKept(simulated *fleet.Fleet, node *fleet.Node, s fleet.AssociationStatus) bool {
	region := simulated.Region(node.Region)
	association, known := region.AssociationByID(dereference(s.AssociationID))
	if !known || association.ExecutionCount() == 0 {
		return false
	}
	execution := association.Execution(0)
	place, reached := execution.TargetPlace(node.InstanceID)
	if !reached || place >= execution.TargetCount() {
		return false
	}
	target := execution.Target(place)
	if target.ResourceID != node.InstanceID || target.OutputSource == nil || target.OutputSource.OutputSourceID == nil {
		return false
	}
	if dereference(target.OutputSource.OutputSourceType) == "S3" {
		return true
	}
	places, _ := region.InvocationsOfCommand(*target.OutputSource.OutputSourceID)
	return slices.ContainsFunc(places, func(i int32) bool { return region.CommandInvocation(int(i)).InstanceID == node.InstanceID })
}
