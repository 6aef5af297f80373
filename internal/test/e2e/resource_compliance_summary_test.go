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
	summaryTable = "ssm_resource_compliance_summary"
	summariesOp  = "ListResourceComplianceSummaries"
)

var resourceComplianceSummaryCase = tableCase{
	name: summaryTable,
	keys: "compliance_type resource_id status",
	read: func(simulated *fleet.Fleet, region string) ([]row, calls) {
		var rows []row
		for _, node := range simulated.Nodes(region) {
			rows = append(rows, expectedSummaries(simulated, node)...)
		}
		return rows, calls{summariesOp: pages(len(rows), 50)}
	},
	queries: func(*fleet.Fleet, string) map[string]string {
		return map[string]string{summariesOp: "select * from " + summaryTable}
	},
}

func TestResourceComplianceSummaries(t *testing.T) {
	w := twoRegions(t, embedded.Options{})
	all, scan := resourceComplianceSummaryCase.read(w.fleet, "us-east-1")
	where := func(condition func(row) bool) []row {
		return slices.DeleteFunc(slices.Clone(all), func(r row) bool { return !condition(r) })
	}
	associations := where(func(r row) bool { return r["compliance_type"] == "Association" })
	failing := where(func(r row) bool { return r["compliance_type"] == "Association" && r["status"] == "NON_COMPLIANT" })
	a, b := all[0]["resource_id"], all[len(all)-1]["resource_id"]
	ofNodes := where(func(r row) bool { return r["resource_id"] == a || r["resource_id"] == b })
	many := make([]string, 21) // more than AWS's filter takes
	for i, node := range w.listed("us-east-1")[:len(many)] {
		many[i] = node.InstanceID
	}
	for name, test := range map[string]struct {
		where string
		want  []row
		calls calls
	}{
		"of a region":                      {"true", all, scan},
		"of a type":                        {"compliance_type = 'Association'", associations, calls{summariesOp: pages(len(associations), 50)}},
		"of a type and a status":           {"compliance_type = 'Association' and status = 'NON_COMPLIANT'", failing, calls{summariesOp: pages(len(failing), 50)}},
		"of two nodes":                     {fmt.Sprintf("resource_id in ('%s', '%s')", a, b), ofNodes, calls{summariesOp: 1}},
		"of more nodes than AWS filters":   {fmt.Sprintf("resource_id in ('%s')", strings.Join(many, "', '")), where(func(r row) bool { return slices.Contains(many, r["resource_id"].(string)) }), scan},
		"of an unknown node":               {"resource_id = 'i-00000000000000000'", nil, calls{summariesOp: 1}},
		"of a status that there is not":    {"status = 'UNKNOWN'", nil, scan},
		"statuses that exclude each other": {"status = 'COMPLIANT' and status = 'NON_COMPLIANT'", nil, calls{}},
	} {
		t.Run(name, func(t *testing.T) {
			w.check(t, "select * from "+summaryTable+" where region = 'us-east-1' and "+test.where, test.want, test.calls)
		})
	}
	t.Run("a limit makes a page short", func(t *testing.T) {
		w.sim.Reset()
		if got := w.query("select resource_id from " + summaryTable + " where region = 'us-east-1' limit 3"); len(got) != 3 {
			t.Errorf("got %d rows, want 3", len(got))
		}
		w.expectCalls(calls{summariesOp: 1})
	})
	t.Run("filters that AWS refuses are compared by the plugin", func(t *testing.T) {
		refusing := refuse(t, w.sim, func(_, body string) bool { return strings.Contains(body, `"Filters"`) }, "InvalidFilter")
		db := open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: arguments(refusing, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
		got, err := query(t.Context(), db, "select * from "+summaryTable+" where compliance_type = 'Association' and status = 'NON_COMPLIANT'")
		if err != nil {
			t.Fatal(err)
		}
		sameTable(t, got, failing)
	})
}

func expectedSummaries(simulated *fleet.Fleet, node *fleet.Node) []row {
	var rows []row
	for _, s := range node.ComplianceSummaries() {
		rows = append(rows, readIn(simulated, node.Region, row{
			"resource_id":           s.ResourceID,
			"resource_type":         s.ResourceType,
			"compliance_type":       s.ComplianceType,
			"status":                s.Status,
			"overall_severity":      s.OverallSeverity,
			"compliant_count":       int64(s.CompliantSummary.CompliantCount),
			"non_compliant_count":   int64(s.NonCompliantSummary.NonCompliantCount),
			"execution_time":        captured(s.ExecutionSummary),
			"execution_summary":     summaryText(s.ExecutionSummary),
			"compliant_summary":     jsonText(s.CompliantSummary),
			"non_compliant_summary": jsonText(s.NonCompliantSummary),
			"title":                 s.ResourceID,
		}))
	}
	return rows
}
