package tables

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

func TestResourceComplianceSummaries(t *testing.T) {
	w := rig.SharedRegions(t)
	all, scan := rig.ResourceComplianceSummaryCase.Read(w.Fleet, "us-east-1")
	where := func(condition func(rig.Row) bool) []rig.Row {
		return slices.DeleteFunc(slices.Clone(all), func(r rig.Row) bool { return !condition(r) })
	}
	associations := where(func(r rig.Row) bool { return r["compliance_type"] == "Association" })
	failing := where(func(r rig.Row) bool { return r["compliance_type"] == "Association" && r["status"] == "NON_COMPLIANT" })
	a, b := all[0]["resource_id"], all[len(all)-1]["resource_id"]
	ofNodes := where(func(r rig.Row) bool { return r["resource_id"] == a || r["resource_id"] == b })
	many := make([]string, 21) // more than AWS's filter takes
	for i, node := range w.Listed("us-east-1")[:len(many)] {
		many[i] = node.InstanceID
	}
	for name, test := range map[string]struct {
		where string
		want  []rig.Row
		calls rig.Calls
	}{
		"of a region":                      {"true", all, scan},
		"of a type":                        {"compliance_type = 'Association'", associations, rig.Calls{rig.SummariesOp: rig.Pages(len(associations), 50)}},
		"of a type and a status":           {"compliance_type = 'Association' and status = 'NON_COMPLIANT'", failing, rig.Calls{rig.SummariesOp: rig.Pages(len(failing), 50)}},
		"of two nodes":                     {fmt.Sprintf("resource_id in ('%s', '%s')", a, b), ofNodes, rig.Calls{rig.SummariesOp: 1}},
		"of more nodes than AWS filters":   {fmt.Sprintf("resource_id in ('%s')", strings.Join(many, "', '")), where(func(r rig.Row) bool { return slices.Contains(many, r["resource_id"].(string)) }), scan},
		"of an unknown node":               {"resource_id = 'i-00000000000000000'", nil, rig.Calls{rig.SummariesOp: 1}},
		"of a status that there is not":    {"status = 'UNKNOWN'", nil, scan},
		"statuses that exclude each other": {"status = 'COMPLIANT' and status = 'NON_COMPLIANT'", nil, rig.Calls{}},
	} {
		t.Run(name, func(t *testing.T) {
			w.Check(t, "select * from "+rig.SummaryTable+" where region = 'us-east-1' and "+test.where, test.want, test.calls)
		})
	}
	t.Run("a limit makes a page short", func(t *testing.T) {
		w.Sim.Reset()
		if got := w.Query("select resource_id from " + rig.SummaryTable + " where region = 'us-east-1' limit 3"); len(got) != 3 {
			t.Errorf("got %d rows, want 3", len(got))
		}
		w.ExpectCalls(rig.Calls{rig.SummariesOp: 1})
	})
	t.Run("filters that AWS refuses are compared by the plugin", func(t *testing.T) {
		refusing := refuse(t, w.Sim, func(_, body string) bool { return strings.Contains(body, `"Filters"`) }, "InvalidFilter")
		db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(refusing, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
		got, err := rig.Query(t.Context(), db, "select * from "+rig.SummaryTable+" where compliance_type = 'Association' and status = 'NON_COMPLIANT'")
		if err != nil {
			t.Fatal(err)
		}
		rig.SameTable(t, got, failing)
	})
}
