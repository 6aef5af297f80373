package rig

import (
	"fmt"
	"strings"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// The table of executions, and the operation that it calls.
const (
	ExecutionTable = "ssm_association_execution"
	ExecutionsOp   = "DescribeAssociationExecutions"
)

var associationExecutionCase = TableCase{
	Name: ExecutionTable,
	Keys: "association_id created_time execution_id status",
	Read: func(simulated *fleet.Fleet, region string) ([]Row, Calls) {
		associations := simulated.Associations(region)
		made := Calls{AssociationsOp: Pages(len(associations), 50)}
		var rows []Row
		for _, a := range associations {
			executions := a.Executions()
			for _, e := range executions {
				rows = append(rows, ExpectedExecution(simulated, region, e))
			}
			made[ExecutionsOp] += Pages(len(executions), 50)
		}
		return rows, made
	},
	Queries: func(simulated *fleet.Fleet, region string) map[string]string {
		return map[string]string{
			ExecutionsOp: fmt.Sprintf("select * from %s where association_id = '%s'",
				ExecutionTable, simulated.Associations(region)[0].AssociationID),
		}
	},
}

// ExpectedExecution returns the row of an execution.
func ExpectedExecution(simulated *fleet.Fleet, region string, e fleet.Execution) Row {
	r := Row{
		"association_id":           e.AssociationID,
		"execution_id":             e.ExecutionID,
		"association_version":      Value(e.AssociationVersion),
		"status":                   Value(e.Status),
		"detailed_status":          Value(e.DetailedStatus),
		"created_time":             Date(e.CreatedTime),
		"last_execution_date":      Date(e.LastExecutionDate),
		"resource_count_by_status": nil,
		"alarm_configuration":      jsonText(e.AlarmConfiguration),
		"triggered_alarms":         jsonText(e.TriggeredAlarms),
		"title":                    e.ExecutionID,
	}
	if text := e.ResourceCountByStatus; text != nil {
		// {Success=12, Failed=1}
		counts := strings.NewReplacer("{", `{"`, "=", `":`, ", ", `,"`).Replace(*text)
		r["resource_count_by_status"] = Canonical(counts)
	}
	return readIn(simulated, region, r)
}
