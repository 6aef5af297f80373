package rig

import (
	"slices"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// Agreement is what a node's compliance snapshot and its executions say.
type Agreement struct {
	Snapshot                                  string // "" for none
	Associations, Failed, Succeeded, NeverRan int
	older                                     bool // the snapshot, than the last run
}

// Agree reads a node, where some statuses count as failed.
func Agree(node *fleet.Node, failed ...string) Agreement {
	var a Agreement
	var taken, last time.Time
	for _, s := range node.ComplianceSummaries() {
		if s.ComplianceType == "Association" {
			a.Snapshot, taken = s.Status, s.ExecutionSummary.ExecutionTime.Time()
		}
	}
	for _, s := range node.Statuses() {
		a.Associations++
		switch {
		case slices.Contains(failed, Dereference(s.Status)):
			a.Failed++
		case Dereference(s.Status) == "Success":
			a.Succeeded++
		case s.ExecutionDate == nil:
			a.NeverRan++
		}
		if s.ExecutionDate != nil && s.ExecutionDate.Time().After(last) {
			last = s.ExecutionDate.Time()
		}
	}
	a.older = taken.Before(last)
	return a
}

// Outcome is that of the control of nodes.
func (a Agreement) Outcome() string {
	allSucceeded := a.Associations > 0 && a.Succeeded == a.Associations
	switch a.Snapshot {
	case "COMPLIANT":
		switch {
		case a.Failed > 0 || a.NeverRan > 0 || a.Associations == 0:
			return "alarm"
		case allSucceeded:
			return "ok"
		}
	case "NON_COMPLIANT":
		switch {
		case a.Failed > 0:
			return "ok"
		case allSucceeded:
			return "alarm"
		}
	default:
		switch {
		case a.Associations == 0:
			return "skip"
		case a.Failed > 0:
			return "alarm"
		}
	}
	return "info"
}

// Reason is that of the dashboard's panel.
func (a Agreement) Reason() string {
	switch {
	case a.Snapshot == "":
		return "no snapshot"
	case a.Snapshot == "COMPLIANT" && a.Failed == 0:
		return "never ran"
	case a.older:
		return "snapshot older than the run"
	}
	return "snapshot does not follow the runs"
}
