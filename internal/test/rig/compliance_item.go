package rig

import (
	"fmt"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// The table of compliance items, and the operation that it calls.
const (
	ItemTable = "ssm_compliance_item"
	ItemsOp   = "ListComplianceItems"
)

var complianceItemCase = TableCase{
	Name: ItemTable,
	Keys: "compliance_type resource_id severity status",
	Read: func(simulated *fleet.Fleet, region string) ([]Row, Calls) {
		nodes := listedNodes(simulated, region)
		made := Calls{ListingOp: Pages(len(nodes), 50)}
		var rows []Row
		for _, node := range nodes {
			rows = append(rows, ExpectedItems(simulated, node)...)
			made[ItemsOp] += Pages(len(node.ComplianceItems()), 50)
		}
		return rows, made
	},
	Queries: func(simulated *fleet.Fleet, region string) map[string]string {
		return map[string]string{
			ItemsOp: fmt.Sprintf("select * from %s where resource_id = '%s'",
				ItemTable, NodeOfOnePage(simulated, region).InstanceID),
		}
	},
}

// ExpectedItems returns the rows of a node's compliance items.
func ExpectedItems(simulated *fleet.Fleet, node *fleet.Node) []Row {
	var rows []Row
	for _, i := range node.ComplianceItems() {
		rows = append(rows, readIn(simulated, node.Region, Row{
			"resource_id":       i.ResourceID,
			"resource_type":     i.ResourceType,
			"compliance_type":   i.ComplianceType,
			"id":                i.ID,
			"status":            FirstOf(&i.Status),
			"severity":          FirstOf(&i.Severity),
			"execution_time":    captured(i.ExecutionSummary),
			"execution_summary": summaryText(i.ExecutionSummary),
			"details":           jsonText(i.Details),
			"title":             FirstOf(&i.Title, &i.ID),
		}))
	}
	return rows
}

func captured(s *fleet.ComplianceExecutionSummary) any {
	if s == nil {
		return nil
	}
	return Date(&s.ExecutionTime)
}

// summaryText is an execution summary with its time as JSON has it.
func summaryText(s *fleet.ComplianceExecutionSummary) any {
	if s == nil {
		return nil
	}
	return jsonText(map[string]any{
		"ExecutionId": s.ExecutionID, "ExecutionTime": Date(&s.ExecutionTime), "ExecutionType": s.ExecutionType,
	})
}
