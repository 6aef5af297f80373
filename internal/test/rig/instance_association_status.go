package rig

import (
	"cmp"
	"fmt"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// StatusTable is the main table.
const StatusTable = "ssm_instance_association_status"

var instanceAssociationStatusCase = TableCase{
	Name: StatusTable,
	Keys: "instance_id",
	Read: func(simulated *fleet.Fleet, region string) ([]Row, Calls) {
		nodes := listedNodes(simulated, region)
		var rows []Row
		for _, node := range nodes {
			for _, a := range node.Statuses() {
				rows = append(rows, ExpectedStatus(simulated, node, a))
			}
		}
		return rows, ScanCalls(nodes)
	},
	Queries: func(simulated *fleet.Fleet, region string) map[string]string {
		return map[string]string{
			StatusOp: fmt.Sprintf("select * from %s where instance_id = '%s'",
				StatusTable, NodeOfOnePage(simulated, region).InstanceID),
		}
	},
}

// ExpectedStatus returns the row of a status.
func ExpectedStatus(simulated *fleet.Fleet, node *fleet.Node, a fleet.AssociationStatus) Row {
	r := Row{
		"instance_id":         node.InstanceID,
		"association_id":      Value(a.AssociationID),
		"association_name":    Value(a.AssociationName),
		"association_version": Value(a.AssociationVersion),
		"name":                Value(a.Name),
		"document_version":    Value(a.DocumentVersion),
		"status":              Value(a.Status),
		"detailed_status":     Value(a.DetailedStatus),
		"execution_summary":   Value(a.ExecutionSummary),
		"error_code":          Value(a.ErrorCode),
		"execution_date":      nil,
		"output_url":          Value(a.OutputURL),
		"title":               cmp.Or(Dereference(a.AssociationName), Dereference(a.Name), Dereference(a.AssociationID)),
		"partition":           simulated.Partition(),
		"region":              node.Region,
		"account_id":          simulated.AccountID(),
	}
	if r["title"] == "" {
		r["title"] = nil
	}
	if a.ExecutionDate != nil {
		r["execution_date"] = a.ExecutionDate.Time().Format(time.RFC3339Nano)
	}
	return r
}
