package e2e

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

const (
	itemTable = "ssm_compliance_item"
	itemsOp   = "ListComplianceItems"
)

var complianceItemCase = tableCase{
	name: itemTable,
	keys: "compliance_type resource_id severity status",
	read: func(simulated *fleet.Fleet, region string) ([]row, calls) {
		nodes := listedNodes(simulated, region)
		made := calls{listingOp: pages(len(nodes), 50)}
		var rows []row
		for _, node := range nodes {
			rows = append(rows, expectedItems(simulated, node)...)
			made[itemsOp] += pages(len(node.ComplianceItems()), 50)
		}
		return rows, made
	},
	queries: func(simulated *fleet.Fleet, region string) map[string]string {
		return map[string]string{
			itemsOp: fmt.Sprintf("select * from %s where resource_id = '%s'", itemTable, nodeOfOnePage(simulated, region).InstanceID),
		}
	},
}

func TestComplianceItems(t *testing.T) {
	w := twoRegions(t, embedded.Options{})
	us := w.listed("us-east-1")
	long := w.withRows(120)
	stopped := w.node(func(n *fleet.Node) bool { return !n.Listed && n.Region == "us-east-1" })
	all := func(nodes ...*fleet.Node) (rows []row) {
		for _, node := range nodes {
			rows = append(rows, expectedItems(w.fleet, node)...)
		}
		return rows
	}
	where := func(rows []row, condition func(row) bool) []row {
		return slices.DeleteFunc(slices.Clone(rows), func(r row) bool { return !condition(r) })
	}
	ofLong := fmt.Sprintf("resource_id = '%s'", long.InstanceID)
	associations := where(all(long), func(r row) bool { return r["compliance_type"] == "Association" })
	failing := where(all(long), func(r row) bool { return r["status"] == "NON_COMPLIANT" })
	severe := where(all(long), func(r row) bool { return r["severity"] == "CRITICAL" || r["severity"] == "HIGH" })
	both := where(associations, func(r row) bool { return r["status"] == "NON_COMPLIANT" })
	if len(both) == 0 || len(severe) == 0 {
		t.Fatalf("the fleet shows little: %d of associations failing, %d severe", len(both), len(severe))
	}
	for name, test := range map[string]struct {
		where string
		want  []row
		calls calls
	}{
		"of a node of many pages":                {ofLong, all(long), calls{itemsOp: pages(len(all(long)), 50)}},
		"of two nodes":                           {fmt.Sprintf("resource_id in ('%s', '%s')", us[0].InstanceID, us[5].InstanceID), all(us[0], us[5]), nil},
		"of a stopped node, by id":               {fmt.Sprintf("resource_id = '%s'", stopped.InstanceID), all(stopped), calls{itemsOp: 1}},
		"a type is AWS's filter":                 {ofLong + " and compliance_type = 'Association'", associations, calls{itemsOp: pages(len(associations), 50)}},
		"a status is AWS's filter":               {ofLong + " and status = 'NON_COMPLIANT'", failing, calls{itemsOp: pages(len(failing), 50)}},
		"severities are one filter":              {ofLong + " and severity in ('CRITICAL', 'HIGH')", severe, calls{itemsOp: pages(len(severe), 50)}},
		"two filters":                            {ofLong + " and compliance_type = 'Association' and status = 'NON_COMPLIANT'", both, calls{itemsOp: pages(len(both), 50)}},
		"a status that AWS does not document":    {ofLong + " and status = 'noncompliant'", nil, calls{itemsOp: pages(len(all(long)), 50)}},
		"an unknown node and an id that is none": {"resource_id in ('i-00000000000000000', 'web-1')", nil, calls{itemsOp: 2}},
		"nodes that exclude each other":          {"resource_id = 'a' and resource_id = 'b'", nil, calls{}},
	} {
		t.Run(name, func(t *testing.T) {
			w.check(t, "select * from "+itemTable+" where region = 'us-east-1' and "+test.where, test.want, test.calls)
		})
	}
	t.Run("a patch that is not applicable has no status", func(t *testing.T) {
		windows := w.node(func(n *fleet.Node) bool {
			return slices.ContainsFunc(n.ComplianceItems(), func(i fleet.ComplianceItem) bool { return i.Status == "" })
		})
		sql := fmt.Sprintf("select * from %s where resource_id = '%s' and region = '%s' and status is null", itemTable, windows.InstanceID, windows.Region)
		w.check(t, sql, where(all(windows), func(r row) bool { return r["status"] == nil }), nil)
	})
	t.Run("a limit counts what meets the conditions", func(t *testing.T) {
		w.sim.Reset()
		got := w.query("select * from " + itemTable + " where region = 'us-east-1' and " + ofLong + " and status = 'NON_COMPLIANT' limit 2")
		if len(got) != 2 {
			t.Errorf("got %d rows, want 2", len(got))
		}
		w.expectCalls(calls{itemsOp: 1})
	})
	for _, code := range []string{"InvalidFilter", "InvalidFilterValue"} {
		t.Run("filters that AWS refuses are compared by the plugin: "+code, func(t *testing.T) {
			refusing := refuse(t, w.sim, func(_, body string) bool { return strings.Contains(body, `"Filters"`) }, code)
			db := open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: arguments(refusing, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
			got, err := query(t.Context(), db, "select * from "+itemTable+" where "+ofLong+" and compliance_type = 'Association' and status = 'NON_COMPLIANT' limit 1000")
			if err != nil {
				t.Fatal(err)
			}
			sameTable(t, got, both)
		})
	}
}

func expectedItems(simulated *fleet.Fleet, node *fleet.Node) []row {
	var rows []row
	for _, i := range node.ComplianceItems() {
		rows = append(rows, readIn(simulated, node.Region, row{
			"resource_id":       i.ResourceID,
			"resource_type":     i.ResourceType,
			"compliance_type":   i.ComplianceType,
			"id":                i.ID,
			"status":            firstOf(&i.Status),
			"severity":          firstOf(&i.Severity),
			"execution_time":    captured(i.ExecutionSummary),
			"execution_summary": summaryText(i.ExecutionSummary),
			"details":           jsonText(i.Details),
			"title":             firstOf(&i.Title, &i.ID),
		}))
	}
	return rows
}

func captured(s *fleet.ComplianceExecutionSummary) any {
	if s == nil {
		return nil
	}
	return date(&s.ExecutionTime)
}

// summaryText is an execution summary with its time as JSON has it.
func summaryText(s *fleet.ComplianceExecutionSummary) any {
	if s == nil {
		return nil
	}
	return jsonText(map[string]any{"ExecutionId": s.ExecutionID, "ExecutionTime": date(&s.ExecutionTime), "ExecutionType": s.ExecutionType})
}
