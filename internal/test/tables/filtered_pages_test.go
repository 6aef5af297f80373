package tables

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// TestFiltersAfterPaging checks reads whose filters AWS applies to the items of a page:
// many pages in a row are then empty, and a short page would be empty more often.
func TestFiltersAfterPaging(t *testing.T) {
	sim := awssim.New(awssim.Options{}, awssim.Account{AccessKeyID: awssim.DefaultAccessKeyID, Fleet: fleet.New(fleet.Options{})})
	for _, test := range []struct{ action, list, item, sql string }{
		{rig.InvocationsOp, "CommandInvocations", `{"CommandId":"c","InstanceId":"i-1","Status":"Cancelled"}`,
			"select title from " + rig.InvocationTable + " where status = 'Cancelled'"},
		{rig.AutomationsOp, "AutomationExecutionMetadataList", `{"AutomationExecutionId":"a","AutomationExecutionStatus":"Cancelled"}`,
			"select title from " + rig.AutomationTable + " where execution_status = 'Cancelled'"},
		{rig.SummariesOp, "ResourceComplianceSummaryItems", `{"ComplianceType":"Patch","ResourceId":"i-1","ResourceType":"ManagedInstance","Status":"NON_COMPLIANT"}`,
			"select title from " + rig.SummaryTable + " where status = 'NON_COMPLIANT'"},
		{rig.ListingOp, "InstanceInformationList", `{"InstanceId":"i-1","PingStatus":"Online"}`,
			"select title from " + rig.NodeTable + " where ping_status = 'Online'"},
		{rig.ExecutionsOp, "AssociationExecutions", `{"AssociationId":"00000000-0000-4000-8000-000000000000","ExecutionId":"00000000-0000-4000-8000-000000000001","Status":"Failed"}`,
			"select title from " + rig.ExecutionTable + " where association_id = '00000000-0000-4000-8000-000000000000' and status = 'Failed'"},
	} {
		t.Run(test.action, func(t *testing.T) {
			const before, after = 700, 600 // pages without items
			url := intercept(t, sim, func(w http.ResponseWriter, action, body string) bool {
				if action != test.action {
					return false
				}
				var request struct {
					NextToken  string
					MaxResults int
				}
				if err := json.Unmarshal([]byte(body), &request); err != nil {
					t.Error(err)
				}
				if request.MaxResults < 10 || !strings.Contains(body, "Filters") {
					t.Errorf("asked for %s", body)
				}
				page, _ := strconv.Atoi(request.NextToken)
				items, token := "", strconv.Quote(strconv.Itoa(page+1))
				if page == before {
					items = test.item
				}
				if page == before+after {
					token = "null"
				}
				_, _ = fmt.Fprintf(w, `{%q:[%s],"NextToken":%s}`, test.list, items, token)
				return true
			})
			db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(url, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
			for _, limit := range []string{"", " limit 1", " limit 2"} {
				if got, err := rig.Query(t.Context(), db, test.sql+limit); err != nil || len(got) != 1 {
					t.Errorf("%q: %d rows, %v", limit, len(got), err)
				}
			}
		})
	}
}

// TestItemsThatComeAgain checks that an item that AWS repeats on the next page, as happens
// when others arrive between two calls, is one row.
func TestItemsThatComeAgain(t *testing.T) {
	sim := awssim.New(awssim.Options{}, awssim.Account{AccessKeyID: awssim.DefaultAccessKeyID, Fleet: fleet.New(fleet.Options{})})
	const command = "00000000-0000-4000-8000-000000000000"
	for _, test := range []struct{ action, list, item, sql string }{
		{rig.ItemsOp, "ComplianceItems", `{"Id":%q,"ComplianceType":"Patch","ResourceId":"i-00000000000000001"}`,
			"select id as id from " + rig.ItemTable + " where resource_id = 'i-00000000000000001'"},
		{rig.InvocationsOp, "CommandInvocations", `{"CommandId":"` + command + `","InstanceId":%q}`,
			"select instance_id as id from " + rig.InvocationTable + " where command_id = '" + command + "'"},
		{rig.VersionsOp, "AssociationVersions", `{"AssociationId":"` + command + `","AssociationVersion":%q}`,
			"select association_version as id from " + rig.VersionTable + " where association_id = '" + command + "'"},
		{rig.StatusOp, "InstanceAssociationStatusInfos", `{"AssociationId":%q,"InstanceId":"i-00000000000000001"}`,
			"select association_id as id from " + rig.StatusTable + " where instance_id = 'i-00000000000000001'"},
	} {
		t.Run(test.action, func(t *testing.T) {
			url := intercept(t, sim, func(w http.ResponseWriter, action, body string) bool {
				if action != test.action {
					return false
				}
				item := func(id string) string { return fmt.Sprintf(test.item, id) }
				if strings.Contains(body, "NextToken") {
					_, _ = fmt.Fprintf(w, `{%q:[%s,%s]}`, test.list, item("b"), item("c"))
				} else {
					_, _ = fmt.Fprintf(w, `{%q:[%s,%s],"NextToken":"2"}`, test.list, item("a"), item("b"))
				}
				return true
			})
			db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(url, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
			got, err := rig.Query(t.Context(), db, test.sql)
			if err != nil {
				t.Fatal(err)
			}
			rig.SameTable(t, got, []rig.Row{{"id": "a"}, {"id": "b"}, {"id": "c"}})
		})
	}
}
