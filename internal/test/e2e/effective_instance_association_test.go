package e2e

import (
	"fmt"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

const (
	effectiveTable = "ssm_effective_instance_association"
	effectiveOp    = "DescribeEffectiveInstanceAssociations"
)

var effectiveInstanceAssociationCase = tableCase{
	name: effectiveTable,
	keys: "instance_id",
	read: func(simulated *fleet.Fleet, region string) ([]row, calls) {
		nodes := listedNodes(simulated, region)
		made := calls{listingOp: pages(len(nodes), 50)}
		var rows []row
		for _, node := range nodes {
			rows = append(rows, expectedEffective(simulated, node)...)
			made[effectiveOp] += pages(len(node.EffectiveAssociations()), 5)
		}
		return rows, made
	},
	queries: func(simulated *fleet.Fleet, region string) map[string]string {
		return map[string]string{
			effectiveOp: fmt.Sprintf("select * from %s where instance_id = '%s'",
				effectiveTable, nodeOfOnePage(simulated, region).InstanceID),
		}
	},
}

func TestEffectiveAssociations(t *testing.T) {
	w := twoRegions(t, embedded.Options{})
	us := w.listed("us-east-1")
	stopped := w.node(func(n *fleet.Node) bool { return !n.Listed && n.Region == "us-east-1" })
	none := w.node(func(n *fleet.Node) bool { return n.Listed && len(n.EffectiveAssociations()) == 0 })

	read := func(nodes ...*fleet.Node) (rows []row, reads int) {
		for _, node := range nodes {
			rows = append(rows, expectedEffective(w.fleet, node)...)
			reads += pages(len(node.EffectiveAssociations()), 5)
		}
		return rows, reads
	}
	t.Run("every node", func(t *testing.T) {
		rows, reads := read(w.everyNode()...)
		listings := pages(len(us), 50) + pages(len(w.listed("eu-west-1")), 50)
		w.check(t, "select * from "+effectiveTable, rows, calls{listingOp: listings, effectiveOp: reads})
	})
	for name, nodes := range map[string][]*fleet.Node{
		"a node":                   {us[0]},
		"a node of many pages":     {w.withRows(120)},
		"nodes":                    {us[0], us[5]},
		"a stopped node, by id":    {stopped},
		"a node that has no drift": {none},
	} {
		t.Run(name, func(t *testing.T) {
			var ids []string
			for _, node := range nodes {
				ids = append(ids, node.InstanceID)
			}
			rows, reads := read(nodes...)
			w.check(t, fmt.Sprintf("select * from %s where region = '%s' and instance_id in ('%s')", effectiveTable, nodes[0].Region, strings.Join(ids, "', '")),
				rows, calls{effectiveOp: reads})
		})
	}
	t.Run("an unknown node and a malformed id have no rows", func(t *testing.T) {
		w.check(t, "select * from "+effectiveTable+" where instance_id in ('i-00000000000000000', 'web-1')", nil, calls{effectiveOp: 4})
	})
	t.Run("a limit", func(t *testing.T) {
		long := w.withRows(120)
		w.sim.Reset()
		got := w.query(fmt.Sprintf("select * from %s where instance_id = '%s' and region = '%s' limit 7", effectiveTable, long.InstanceID, long.Region))
		if len(got) != 7 {
			t.Errorf("got %d rows, want 7", len(got))
		}
		w.expectCalls(calls{effectiveOp: 2})
	})
}

func expectedEffective(simulated *fleet.Fleet, node *fleet.Node) []row {
	var rows []row
	for _, e := range node.EffectiveAssociations() {
		rows = append(rows, readIn(simulated, node.Region, row{
			"instance_id":         node.InstanceID,
			"association_id":      e.AssociationID,
			"association_version": value(e.AssociationVersion),
			"content":             value(e.Content),
			"title":               e.AssociationID,
		}))
	}
	return rows
}
