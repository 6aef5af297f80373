package tables

import (
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// answering opens the tables over a server that answers each operation with what answer
// returns, in one region.
func answering(t *testing.T, answer func(operation string) string) *embedded.DB {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, operation, _ := strings.Cut(r.Header.Get("X-Amz-Target"), ".")
		_, _ = io.WriteString(w, answer(operation))
	}))
	t.Cleanup(server.Close)
	return rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(server.URL, "key", []string{"us-east-1"})})
}

// TestMembersThatAreLeftOut checks that an item without members is a row of nulls, and an
// empty list no row.
func TestMembersThatAreLeftOut(t *testing.T) {
	const id = "00000000-0000-4000-8000-000000000000"
	lists := map[string]string{
		rig.VersionsOp: "AssociationVersions", rig.InvocationsOp: "CommandInvocations", rig.ItemsOp: "ComplianceItems",
		rig.SummariesOp: "ResourceComplianceSummaryItems", rig.AutomationsOp: "AutomationExecutionMetadataList",
	}
	for operation, test := range map[string]struct{ table, where, known string }{
		rig.VersionsOp:    {rig.VersionTable, "association_id = '" + id + "'", "apply_only_at_cron_interval association_id title"},
		rig.InvocationsOp: {rig.InvocationTable, "true", ""},
		rig.ItemsOp:       {rig.ItemTable, "resource_id = 'i-00000000000000000'", "resource_id"},
		rig.SummariesOp:   {rig.SummaryTable, "true", ""},
		rig.AutomationsOp: {rig.AutomationTable, "true", ""},
	} {
		t.Run(test.table, func(t *testing.T) {
			db := answering(t, func(string) string { return `{"` + lists[operation] + `":[]}` })
			if got, err := rig.Query(t.Context(), db, "select title from "+test.table+" where "+test.where); err != nil || len(got) > 0 {
				t.Errorf("an empty list: %d rows, %v", len(got), err)
			}
			db = answering(t, func(string) string { return `{"` + lists[operation] + `":[{}, {"Added":1}]}` })
			var columns []string
			for _, table := range db.Tables() {
				for _, c := range table.Columns {
					// The account is not asked for.
					if table.Name == test.table && !c.Hidden && !slices.Contains([]string{"partition", "region", "account_id"}, c.Name) {
						columns = append(columns, c.Name)
					}
				}
			}
			got, err := rig.Query(t.Context(), db, "select "+strings.Join(columns, ", ")+" from "+test.table+" where "+test.where)
			if err != nil {
				t.Fatal(err)
			}
			if len(got) == 0 {
				t.Fatal("no rows")
			}
			for column, v := range got[0] {
				if known := slices.Contains(strings.Fields(test.known), column); (v != nil) != known {
					t.Errorf("%s is %v", column, v)
				}
			}
		})
	}
}
