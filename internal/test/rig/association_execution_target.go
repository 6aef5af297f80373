package rig

import (
	"fmt"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// The table of executions' targets, and the operation that it calls.
const (
	TargetTable = "ssm_association_execution_target"
	TargetsOp   = "DescribeAssociationExecutionTargets"
)

var associationExecutionTargetCase = TableCase{
	Name: TargetTable,
	Keys: "association_id execution_id resource_id resource_type status",
	Read: func(simulated *fleet.Fleet, region string) ([]Row, Calls) {
		_, made := associationExecutionCase.Read(simulated, region)
		var rows []Row
		for _, a := range simulated.Associations(region) {
			for _, e := range a.Executions() {
				targets := e.Targets()
				for _, target := range targets {
					rows = append(rows, ExpectedTarget(simulated, region, target))
				}
				made[TargetsOp] += Pages(len(targets), 50)
			}
		}
		return rows, made
	},
	Queries: func(simulated *fleet.Fleet, region string) map[string]string {
		a := simulated.Associations(region)[0]
		return map[string]string{
			TargetsOp: fmt.Sprintf("select * from %s where association_id = '%s' and execution_id = '%s'",
				TargetTable, a.AssociationID, a.Executions()[0].ExecutionID),
		}
	},
}

// ExpectedTarget returns the row of an execution's target.
func ExpectedTarget(simulated *fleet.Fleet, region string, t fleet.ExecutionTarget) Row {
	r := Row{
		"association_id":      t.AssociationID,
		"execution_id":        t.ExecutionID,
		"resource_id":         t.ResourceID,
		"resource_type":       Value(t.ResourceType),
		"association_version": Value(t.AssociationVersion),
		"status":              Value(t.Status),
		"detailed_status":     Value(t.DetailedStatus),
		"last_execution_date": Date(t.LastExecutionDate),
		"output_source_id":    nil,
		"output_source_type":  nil,
		"title":               t.ResourceID,
	}
	if o := t.OutputSource; o != nil {
		r["output_source_id"], r["output_source_type"] = Value(o.OutputSourceID), Value(o.OutputSourceType)
	}
	return readIn(simulated, region, r)
}
