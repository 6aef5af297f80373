package hostile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// padded serves a simulated AWS whose items have a long text in a member.
type padded struct {
	sim             http.Handler
	operation, list string
	member          string
	text            string
}

func (p *padded) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	r.Body = io.NopCloser(bytes.NewReader(body))
	if _, action, _ := strings.Cut(r.Header.Get("X-Amz-Target"), "."); action != p.operation {
		p.sim.ServeHTTP(w, r)
		return
	}
	recorded := httptest.NewRecorder()
	p.sim.ServeHTTP(recorded, r)
	var answer map[string]any
	_ = json.Unmarshal(recorded.Body.Bytes(), &answer)
	items, _ := answer[p.list].([]any)
	if one, ok := answer[p.list].(map[string]any); ok {
		items = []any{one}
	}
	for _, item := range items {
		item.(map[string]any)[p.member] = p.text
	}
	_ = json.NewEncoder(w).Encode(answer)
}

// TestLargePages checks that a valid page of any size is read, in the end item by item.
func TestLargePages(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: 60, Regions: []string{"us-east-1"}, Associations: 6}, Regions: []string{"us-east-1"}})
	for _, c := range []struct{ table, operation, list, member, column, key string }{
		{rig.StatusTable, rig.StatusOp, "InstanceAssociationStatusInfos", "ExecutionSummary", "execution_summary", "instance_id"},
		{rig.NodeTable, rig.ListingOp, "InstanceInformationList", "PlatformName", "platform_name", ""},
		{rig.AssociationTable, rig.AssociationsOp, "Associations", "Name", "name", ""},
		{rig.AssociationTable, rig.DescriptionOp, "AssociationDescription", "MaxErrors", "max_errors", ""},
		{rig.EffectiveTable, rig.EffectiveOp, "Associations", "Content", "content", "instance_id"},
		{rig.ExecutionTable, rig.ExecutionsOp, "AssociationExecutions", "DetailedStatus", "detailed_status", ""},
		{rig.TargetTable, rig.TargetsOp, "AssociationExecutionTargets", "DetailedStatus", "detailed_status", "association_id"},
		{rig.VersionTable, rig.VersionsOp, "AssociationVersions", "Name", "name", ""},
		{rig.InvocationTable, rig.InvocationsOp, "CommandInvocations", "TraceOutput", "trace_output", ""},
		{rig.SummaryTable, rig.SummariesOp, "ResourceComplianceSummaryItems", "OverallSeverity", "overall_severity", ""},
		{rig.ItemTable, rig.ItemsOp, "ComplianceItems", "Title", "title", "resource_id"},
		{rig.AutomationTable, rig.AutomationsOp, "AutomationExecutionMetadataList", "DocumentVersion", "document_version", ""},
	} {
		where := ""
		if key := c.key; key != "" {
			id := w.Query(fmt.Sprintf("select %s as k from %s limit 1", key, c.table))[0]["k"]
			where = fmt.Sprintf(" where %s = '%s'", key, id)
		}
		rows := w.Query("select count(*) as n from " + c.table + where)[0]["n"].(int64)
		for _, kilobytes := range []int{30, 1_200, 5_000} {
			if kilobytes*int(rows) > 60_000 {
				continue
			}
			t.Run(fmt.Sprintf("%s %s, %d rows of %d KB", c.table, c.operation, rows, kilobytes), func(t *testing.T) {
				p := &padded{sim: w.Sim, operation: c.operation, list: c.list, member: c.member, text: strings.Repeat("x", kilobytes<<10)}
				listener := httptest.NewServer(p)
				defer listener.Close()
				db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(listener.URL, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
				got, err := rig.Query(t.Context(), db, fmt.Sprintf("select count(*) as n, min(length(%[1]s)) as least, max(length(%[1]s)) as most from %[2]s%[3]s",
					c.column, c.table, where))
				if err != nil {
					t.Fatal(err)
				}
				rig.SameRows(t, got, []rig.Row{{"n": rows, "least": int64(kilobytes << 10), "most": int64(kilobytes << 10)}})
			})
		}
	}
}
