package tables

import (
	"fmt"
	"io"
	"net/http"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// TestInvocationsOfManyNodes joins nodes with their invocations over an AWS that lists
// none unless a node is named: the number of nodes must not matter.
func TestInvocationsOfManyNodes(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: 235, Regions: []string{"us-east-1"}}})
	unlisted := intercept(t, w.Sim, func(w http.ResponseWriter, action, body string) bool {
		if action != rig.InvocationsOp || strings.Contains(body, "InstanceId") {
			return false
		}
		_, _ = io.WriteString(w, `{"CommandInvocations":[]}`)
		return true
	})
	db := rig.Open(t, embedded.Options{CacheTTLSeconds: 300}, embedded.Connection{Name: "c", Config: rig.Arguments(unlisted, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
	ofNode := map[string]int64{}
	for _, c := range w.Fleet.Region("us-east-1").CommandInvocations() {
		ofNode[c.InstanceID]++
	}
	nodes, err := rig.Query(t.Context(), db, "select instance_id from "+rig.NodeTable+" order by 1")
	if err != nil || len(nodes) <= 210 {
		t.Fatalf("%d nodes, error %v", len(nodes), err)
	}
	for _, n := range []int{20, len(nodes)} {
		var want int64
		for _, node := range nodes[:n] {
			want += ofNode[node["instance_id"].(string)]
		}
		for _, sql := range []string{
			"with n as materialized (select instance_id from %s order by 1 limit %d) select count(*) as n from n join %s i on i.instance_id = n.instance_id",
			"with n as materialized (select instance_id from %s order by 1 limit %d) select count(*) as n from %s i where i.instance_id in (select instance_id from n)",
		} {
			sql = fmt.Sprintf(sql, rig.NodeTable, n, rig.InvocationTable)
			got, err := rig.Query(t.Context(), db, sql)
			if err != nil || got[0]["n"] != want {
				t.Errorf("%s: got %v, want %d; error %v", sql, got, want, err)
			}
		}
	}
}

// TestARepeatedInvocationIsOneRow lets AWS return an invocation twice on a page.
func TestARepeatedInvocationIsOneRow(t *testing.T) {
	const command, node = "11111111-1111-4111-8111-111111111111", "i-00000000000000001"
	w := rig.NewWorld(t, rig.WorldOptions{Regions: []string{"us-east-1"}})
	repeating := intercept(t, w.Sim, func(w http.ResponseWriter, action, _ string) bool {
		if action == rig.InvocationsOp {
			one := `{"CommandId":"` + command + `","InstanceId":"` + node + `","Status":"`
			_, _ = io.WriteString(w, `{"CommandInvocations":[`+one+`Success"},`+one+`Failed"},`+
				strings.Replace(one, "00001", "00002", 1)+`Success"}]}`)
		}
		return action == rig.InvocationsOp
	})
	db := rig.Open(t, embedded.Options{}, embedded.Connection{Name: "c", Config: rig.Arguments(repeating, awssim.DefaultAccessKeyID, []string{"us-east-1"})})
	for where, want := range map[string]int{
		"":                                     2,
		"where instance_id = '" + node + "'":   1,
		"where command_id = '" + command + "'": 2,
		"where command_id = '" + command + "' and instance_id = '" + node + "'": 1,
		"where command_id = '" + command + "' limit 2":                          2,
	} {
		got, err := rig.Query(t.Context(), db, "select instance_id, status from "+rig.InvocationTable+" "+where)
		if err != nil || len(got) != want {
			t.Errorf("%q: got %v, want %d rows; error %v", where, got, want, err)
		}
	}
}
