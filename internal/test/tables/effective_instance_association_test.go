package tables

import (
	"fmt"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

func TestEffectiveAssociations(t *testing.T) {
	w := rig.SharedRegions(t)
	us := w.Listed("us-east-1")
	stopped := w.Node(func(n *fleet.Node) bool { return !n.Listed && n.Region == "us-east-1" })
	none := w.Node(func(n *fleet.Node) bool { return n.Listed && len(n.EffectiveAssociations()) == 0 })

	read := func(nodes ...*fleet.Node) (rows []rig.Row, reads int) {
		for _, node := range nodes {
			rows = append(rows, rig.ExpectedEffective(w.Fleet, node)...)
			reads += rig.Pages(len(node.EffectiveAssociations()), 5)
		}
		return rows, reads
	}
	t.Run("every node", func(t *testing.T) {
		rows, reads := read(w.EveryNode()...)
		listings := rig.Pages(len(us), 50) + rig.Pages(len(w.Listed("eu-west-1")), 50)
		w.Check(t, "select * from "+rig.EffectiveTable, rows, rig.Calls{rig.ListingOp: listings, rig.EffectiveOp: reads})
	})
	for name, nodes := range map[string][]*fleet.Node{
		"a node":                   {us[0]},
		"a node of many pages":     {w.WithRows(120)},
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
			w.Check(t, fmt.Sprintf("select * from %s where region = '%s' and instance_id in ('%s')", rig.EffectiveTable, nodes[0].Region, strings.Join(ids, "', '")),
				rows, rig.Calls{rig.EffectiveOp: reads})
		})
	}
	t.Run("an unknown node and a malformed id have no rows", func(t *testing.T) {
		w.Check(t, "select * from "+rig.EffectiveTable+" where instance_id in ('i-00000000000000000', 'web-1')", nil, rig.Calls{rig.EffectiveOp: 4})
	})
	t.Run("a limit", func(t *testing.T) {
		long := w.WithRows(120)
		w.Sim.Reset()
		got := w.Query(fmt.Sprintf("select * from %s where instance_id = '%s' and region = '%s' limit 7", rig.EffectiveTable, long.InstanceID, long.Region))
		if len(got) != 7 {
			t.Errorf("got %d rows, want 7", len(got))
		}
		w.ExpectCalls(rig.Calls{rig.EffectiveOp: 2})
	})
}
