package compliance

import (
	"cmp"
	"slices"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// failedOutputs are the outcomes of the control of the output of failures.
func (a *audited) failedOutputs(failed ...string) []rig.Row {
	var rows []rig.Row
	a.eachNode(func(simulated *fleet.Fleet, node *fleet.Node) {
		for _, s := range node.Statuses() {
			if !slices.Contains(failed, rig.Dereference(s.Status)) {
				continue
			}
			status := "alarm"
			switch {
			case s.OutputURL != nil && rig.Dereference(s.OutputURL) != "", commandKept(simulated, node, s):
				status = "ok"
			case s.AssociationID == nil:
				status = "info"
			}
			resource := node.InstanceID + "/" + cmp.Or(rig.Dereference(s.AssociationID), rig.Dereference(s.AssociationName), rig.Dereference(s.Name), "unknown")
			rows = append(rows, outcome(simulated, node.Region, resource, status))
		}
	})
	return rows
}

// commandKept reports whether the failure's newest execution names an output that there
// still is.
func commandKept(simulated *fleet.Fleet, node *fleet.Node, s fleet.AssociationStatus) bool {
	region := simulated.Region(node.Region)
	association, known := region.AssociationByID(rig.Dereference(s.AssociationID))
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
	if rig.Dereference(target.OutputSource.OutputSourceType) == "S3" {
		return true
	}
	places, _ := region.InvocationsOfCommand(*target.OutputSource.OutputSourceID)
	return slices.ContainsFunc(places, func(i int32) bool { return region.CommandInvocation(int(i)).InstanceID == node.InstanceID })
}
