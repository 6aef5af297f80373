package tables

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

func TestComplianceItems(t *testing.T) {
	w := rig.SharedRegions(t)
	us := w.Listed("us-east-1")
	long := w.WithRows(120)
	stopped := w.Node(func(n *fleet.Node) bool { return !n.Listed && n.Region == "us-east-1" })
	all := func(nodes ...*fleet.Node) (rows []rig.Row) {
		for _, node := range nodes {
			rows = append(rows, rig.ExpectedItems(w.Fleet, node)...)
		}
		return rows
	}
	where := func(rows []rig.Row, condition func(rig.Row) bool) []rig.Row {
		return slices.DeleteFunc(slices.Clone(rows), func(r rig.Row) bool { return !condition(r) })
	}
	ofLong := fmt.Sprintf("resource_id = '%s'", long.InstanceID)
	associations := where(all(long), func(r rig.Row) bool { return r["compliance_type"] == "Association" })
	failing := where(all(long), func(r rig.Row) bool { return r["status"] == "NON_COMPLIANT" })
	severe := where(all(long), func(r rig.Row) bool { return r["severity"] == "CRITICAL" || r["severity"] == "HIGH" })
	both := where(associations, func(r rig.Row) bool { return r["status"] == "NON_COMPLIANT" })
	if len(both) == 0 || len(severe) == 0 {
		t.Fatalf("the fleet shows little: %d of associations failing, %d severe", len(both), len(severe))
	}
	for name, test := range map[string]struct {
		where string
		want  []rig.Row
		calls rig.Calls
	}{
		"of a node of many pages":                {ofLong, all(long), rig.Calls{rig.ItemsOp: rig.Pages(len(all(long)), 50)}},
		"of two nodes":                           {fmt.Sprintf("resource_id in ('%s', '%s')", us[0].InstanceID, us[5].InstanceID), all(us[0], us[5]), nil},
		"of a stopped node, by id":               {fmt.Sprintf("resource_id = '%s'", stopped.InstanceID), all(stopped), rig.Calls{rig.ItemsOp: 1}},
		"a type is AWS's filter":                 {ofLong + " and compliance_type = 'Association'", associations, rig.Calls{rig.ItemsOp: rig.Pages(len(associations), 50)}},
		"a status is AWS's filter":               {ofLong + " and status = 'NON_COMPLIANT'", failing, rig.Calls{rig.ItemsOp: rig.Pages(len(failing), 50)}},
		"severities are one filter":              {ofLong + " and severity in ('CRITICAL', 'HIGH')", severe, rig.Calls{rig.ItemsOp: rig.Pages(len(severe), 50)}},
		"two filters":                            {ofLong + " and compliance_type = 'Association' and status = 'NON_COMPLIANT'", both, rig.Calls{rig.ItemsOp: rig.Pages(len(both), 50)}},
		"a status that AWS does not document":    {ofLong + " and status = 'noncompliant'", nil, rig.Calls{rig.ItemsOp: rig.Pages(len(all(long)), 50)}},
		"an unknown node and an id that is none": {"resource_id in ('i-00000000000000000', 'web-1')", nil, rig.Calls{rig.ItemsOp: 2}},
		"nodes that exclude each other":          {"resource_id = 'a' and resource_id = 'b'", nil, rig.Calls{}},
	} {
		t.Run(name, func(t *testing.T) {
			w.Check(t, "select * from "+rig.ItemTable+" where region = 'us-east-1' and "+test.where, test.want, test.calls)
		})
	}
	t.Run("a patch that is not applicable has no status", func(t *testing.T) {
		windows := w.Node(func(n *fleet.Node) bool {
			return slices.ContainsFunc(n.ComplianceItems(), func(i fleet.ComplianceItem) bool { return i.Status == "" })
		})
		sql := fmt.Sprintf("select * from %s where resource_id = '%s' and region = '%s' and status is null", rig.ItemTable, windows.InstanceID, windows.Region)
		w.Check(t, sql, where(all(windows), func(r rig.Row) bool { return r["status"] == nil }), nil)
	})
	t.Run("a limit counts what meets the conditions", func(t *testing.T) {
		w.Sim.Reset()
		got := w.Query("select * from " + rig.ItemTable + " where region = 'us-east-1' and " + ofLong + " and status = 'NON_COMPLIANT' limit 2")
		if len(got) != 2 {
			t.Errorf("got %d rows, want 2", len(got))
		}
		w.ExpectCalls(rig.Calls{rig.ItemsOp: 1})
	})
	for _, code := range []string{"InvalidFilter", "InvalidFilterValue"} {
		t.Run("filters that AWS refuses are compared by the plugin: "+code, func(t *testing.T) {
			refusing := refuse(t, w.Sim, func(_, body string) bool { return strings.Contains(body, `"Filters"`) }, code)
			db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(refusing, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
			got, err := rig.Query(t.Context(), db, "select * from "+rig.ItemTable+" where "+ofLong+" and compliance_type = 'Association' and status = 'NON_COMPLIANT' limit 1000")
			if err != nil {
				t.Fatal(err)
			}
			rig.SameTable(t, got, both)
		})
	}
}
