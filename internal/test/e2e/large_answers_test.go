package e2e

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
	w := newWorld(t, worldOptions{fleet: fleet.Options{Nodes: 60, Regions: []string{"us-east-1"}, Associations: 6}, regions: []string{"us-east-1"}})
	for _, c := range []struct{ table, operation, list, member, column, key string }{
		{table, statusOp, "InstanceAssociationStatusInfos", "ExecutionSummary", "execution_summary", "instance_id"},
		{nodeTable, listingOp, "InstanceInformationList", "PlatformName", "platform_name", ""},
		{associationTable, associationsOp, "Associations", "Name", "name", ""},
		{associationTable, descriptionOp, "AssociationDescription", "MaxErrors", "max_errors", ""},
		{effectiveTable, effectiveOp, "Associations", "Content", "content", "instance_id"},
		{executionTable, executionsOp, "AssociationExecutions", "DetailedStatus", "detailed_status", ""},
		{targetTable, targetsOp, "AssociationExecutionTargets", "DetailedStatus", "detailed_status", "association_id"},
		{versionTable, versionsOp, "AssociationVersions", "Name", "name", ""},
		{invocationTable, invocationsOp, "CommandInvocations", "TraceOutput", "trace_output", ""},
		{summaryTable, summariesOp, "ResourceComplianceSummaryItems", "OverallSeverity", "overall_severity", ""},
		{itemTable, itemsOp, "ComplianceItems", "Title", "title", "resource_id"},
		{automationTable, automationsOp, "AutomationExecutionMetadataList", "DocumentVersion", "document_version", ""},
	} {
		where := ""
		if key := c.key; key != "" {
			id := w.query(fmt.Sprintf("select %s as k from %s limit 1", key, c.table))[0]["k"]
			where = fmt.Sprintf(" where %s = '%s'", key, id)
		}
		rows := w.query("select count(*) as n from " + c.table + where)[0]["n"].(int64)
		for _, kilobytes := range []int{30, 1_200, 5_000} {
			if kilobytes*int(rows) > 60_000 {
				continue
			}
			t.Run(fmt.Sprintf("%s %s, %d rows of %d KB", c.table, c.operation, rows, kilobytes), func(t *testing.T) {
				p := &padded{sim: w.sim, operation: c.operation, list: c.list, member: c.member, text: strings.Repeat("x", kilobytes<<10)}
				listener := httptest.NewServer(p)
				defer listener.Close()
				db := open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: arguments(listener.URL, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
				got, err := query(t.Context(), db, fmt.Sprintf("select count(*) as n, min(length(%[1]s)) as least, max(length(%[1]s)) as most from %[2]s%[3]s",
					c.column, c.table, where))
				if err != nil {
					t.Fatal(err)
				}
				sameRows(t, got, []row{{"n": rows, "least": int64(kilobytes << 10), "most": int64(kilobytes << 10)}})
			})
		}
	}
}
