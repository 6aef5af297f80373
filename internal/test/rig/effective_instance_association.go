package rig

import (
	"fmt"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// The table of effective associations, and the operation that it calls.
const (
	EffectiveTable = "ssm_effective_instance_association"
	EffectiveOp    = "DescribeEffectiveInstanceAssociations"
)

var effectiveInstanceAssociationCase = TableCase{
	Name: EffectiveTable,
	Keys: "instance_id",
	Read: func(simulated *fleet.Fleet, region string) ([]Row, Calls) {
		nodes := listedNodes(simulated, region)
		made := Calls{ListingOp: Pages(len(nodes), 50)}
		var rows []Row
		for _, node := range nodes {
			rows = append(rows, ExpectedEffective(simulated, node)...)
			made[EffectiveOp] += Pages(len(node.EffectiveAssociations()), 5)
		}
		return rows, made
	},
	Queries: func(simulated *fleet.Fleet, region string) map[string]string {
		return map[string]string{
			EffectiveOp: fmt.Sprintf("select * from %s where instance_id = '%s'",
				EffectiveTable, NodeOfOnePage(simulated, region).InstanceID),
		}
	},
}

// ExpectedEffective returns the rows of the associations that apply to a node.
func ExpectedEffective(simulated *fleet.Fleet, node *fleet.Node) []Row {
	var rows []Row
	for _, e := range node.EffectiveAssociations() {
		rows = append(rows, readIn(simulated, node.Region, Row{
			"instance_id":         node.InstanceID,
			"association_id":      e.AssociationID,
			"association_version": Value(e.AssociationVersion),
			"content":             Value(e.Content),
			"title":               e.AssociationID,
		}))
	}
	return rows
}
