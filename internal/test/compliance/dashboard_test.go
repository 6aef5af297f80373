package compliance

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/test/pgtest"
	"steampipe-plugin-ssmassoc/internal/test/pptest"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// dashboard runs the dashboard with its inputs and returns the rows of its
// elements: of cards by label, of others by title.
func (a *audited) dashboard(account, region string) map[string][]rig.Row {
	a.t.Helper()
	result := a.pp.Run("dashboard", "run", "association_status", "--arg", "account_id="+account, "--arg", "region="+region, "--output", "snapshot", "--progress=false")
	if result.Code != pptest.ExitOK {
		a.t.Fatalf("exit code %d: %s", result.Code, result.Stderr)
	}
	var snapshot struct {
		Panels map[string]struct {
			Type   string `json:"panel_type"`
			Title  string
			Status string
			Error  string
			SQL    string
			Data   struct{ Rows []rig.Row }
		}
	}
	if err := json.Unmarshal([]byte(result.Stdout), &snapshot); err != nil {
		a.t.Fatalf("%v\n%s", err, result.Stdout)
	}
	panels := map[string][]rig.Row{}
	for name, panel := range snapshot.Panels {
		if panel.Status != "complete" {
			a.t.Errorf("%s is %s: %s", name, panel.Status, panel.Error)
		}
		if panel.SQL == "" {
			continue
		}
		title, rows := panel.Title, panel.Data.Rows
		if panel.Type == "card" && len(rows) > 0 {
			title, _ = rows[0]["label"].(string)
		}
		if title == "" {
			a.t.Errorf("%s has no title", name)
		}
		if _, twice := panels[title]; twice {
			a.t.Errorf("two elements are called %s", title)
		}
		panels[title] = rows
	}
	return panels
}

// charted is the expected content of the dashboard, computed from the fleets
// without SQL.
type charted struct {
	nodes, silentNodes, failingNodes, failingAssociations, neverRun int
	byStatus, byAge, byRegion, byTitle                              map[string]int
	failures                                                        []rig.Row // of the table, without URLs
	disagreeing                                                     []rig.Row // nodes, of the table of snapshots
}

// ageBucket is a bar of the chart of ages.
type ageBucket struct {
	label string
	most  float64 // days
}

var ageBuckets = []ageBucket{{"up to 1 day", 1}, {"1 to 7 days", 7}, {"7 to 30 days", 30}, {"30 to 90 days", 90}, {"over 90 days", math.Inf(1)}}

func bucketOfAge(executed *fleet.Timestamp, now time.Time) string {
	if executed == nil {
		return "never"
	}
	days := now.Sub(executed.Time()).Hours() / 24
	return ageBuckets[slices.IndexFunc(ageBuckets, func(b ageBucket) bool { return days <= b.most })].label
}

// chart reads the fleets of an account and a region, or all.
func (a *audited) chart(account, region string, now time.Time) charted {
	c := charted{byStatus: map[string]int{}, byAge: map[string]int{}, byRegion: map[string]int{}, byTitle: map[string]int{}}
	failing := map[string]bool{} // nodes and associations
	a.eachNode(func(simulated *fleet.Fleet, node *fleet.Node) {
		if account != "all" && account != simulated.AccountID() || region != "all" && region != node.Region {
			return
		}
		c.nodes++
		if node.StatusCount() == 0 {
			c.silentNodes++
		}
		if snapshot := rig.Agree(node, "Failed", "TimedOut"); snapshot.Outcome() == "alarm" && snapshot.Associations > 0 {
			c.disagreeing = append(c.disagreeing, rig.Row{
				"Node": node.InstanceID, "Snapshot": cmp.Or(snapshot.Snapshot, "NotApplicable"), "Reason": snapshot.Reason(),
				"Failed": snapshot.Failed, "Never ran": snapshot.NeverRan, "Region": node.Region, "Account": simulated.AccountID(),
			})
		}
		for _, s := range node.Statuses() {
			c.byStatus[cmp.Or(rig.Dereference(s.Status), "no status")]++
			c.byAge[bucketOfAge(s.ExecutionDate, now)]++
			if s.ExecutionDate == nil {
				c.neverRun++
			}
			if !slices.Contains([]string{"Failed", "TimedOut"}, rig.Dereference(s.Status)) {
				continue
			}
			title := cmp.Or(rig.Dereference(s.AssociationName), rig.Dereference(s.Name), rig.Dereference(s.AssociationID))
			where := simulated.AccountID() + node.Region
			if key := where + node.InstanceID; !failing[key] {
				failing[key], c.failingNodes = true, c.failingNodes+1
			}
			if key := where + cmp.Or(rig.Dereference(s.AssociationID), title); !failing[key] {
				failing[key], c.failingAssociations = true, c.failingAssociations+1
			}
			short := title[strings.LastIndex(title, "/")+1:]
			c.byTitle[short]++
			c.byRegion[node.Region]++
			c.failures = append(c.failures, failureRow(simulated, node, s, short))
		}
	})
	return c
}

// failureRow is the row of a status in the table of failures.
func failureRow(simulated *fleet.Fleet, node *fleet.Node, s fleet.AssociationStatus, title string) rig.Row {
	r := rig.Row{
		"Node": node.InstanceID, "Association": title, "Status": cmp.Or(rig.Dereference(s.DetailedStatus), rig.Dereference(s.Status)),
		"Error code": rig.Value(s.ErrorCode), "Last run (UTC)": nil, "Region": node.Region, "Account": simulated.AccountID(),
		"Output": "not kept", "Summary": nil,
	}
	if s.ExecutionDate != nil {
		r["Last run (UTC)"] = s.ExecutionDate.Time().Format("2006-01-02 15:04")
	}
	if s.OutputURL != nil {
		r["Output"] = "in S3"
	}
	// All failures of the fleet are of one plugin.
	switch {
	case s.ExecutionSummary == nil:
	case strings.Contains(*s.ExecutionSummary, "1 failed"):
		r["Summary"] = "1 of 1 plugin processed, 1 failed"
	case strings.Contains(*s.ExecutionSummary, "1 timedout"):
		r["Summary"] = "1 of 1 plugin processed, 1 timedout"
	}
	return r
}

func testDashboard(t *testing.T, a *audited) {
	for name, where := range map[string]struct{ account, region string }{
		"everything":             {"all", "all"},
		"an account":             {a.fleets[1].AccountID(), "all"},
		"a region":               {"all", "eu-west-1"},
		"a region of an account": {a.fleets[0].AccountID(), "us-east-1"},
	} {
		t.Run(name, func(t *testing.T) {
			want := a.chart(where.account, where.region, time.Now())
			if len(want.failures) == 0 || want.silentNodes == 0 || want.neverRun == 0 {
				t.Errorf("the fleet shows little: %+v", want)
			}
			shown := a.as(t).dashboard(where.account, where.region)
			want.checkCards(t, shown)
			want.checkCharts(t, shown)
			want.checkFailures(t, shown["Failing associations in detail"])
			disagreeing := shown["Nodes whose compliance snapshot disagrees with the executions"]
			checkNodeURLs(t, disagreeing)
			rig.SameRows(t, disagreeing, want.disagreeing)
		})
	}
	t.Run("the inputs offer all, the accounts and the regions", func(t *testing.T) {
		shown := a.as(t).dashboard("all", "all")
		rig.SameRows(t, shown["Region"], []rig.Row{
			{"label": "All regions", "value": "all"}, {"label": "eu-west-1", "value": "eu-west-1"}, {"label": "us-east-1", "value": "us-east-1"}})
		rig.SameRows(t, shown["Account"], []rig.Row{
			{"label": "All accounts", "value": "all"},
			{"label": a.fleets[0].AccountID(), "value": a.fleets[0].AccountID()},
			{"label": a.fleets[1].AccountID(), "value": a.fleets[1].AccountID()}})
	})
}

func (c charted) checkCards(t *testing.T, shown map[string][]rig.Row) {
	t.Helper()
	for label, want := range map[string]int{
		"Managed nodes": c.nodes, "Failing nodes": c.failingNodes, "Nodes that report nothing": c.silentNodes,
		"Failing associations": c.failingAssociations, "Never run": c.neverRun,
	} {
		if got := shown[label]; len(got) != 1 || got[0]["value"] != float64(want) {
			t.Errorf("%s: got %v, want %d", label, got, want)
		}
	}
	if got := shown["Oldest execution"]; len(got) != 1 || !strings.HasSuffix(got[0]["value"].(string), " days ago") {
		t.Errorf("oldest execution: %v", got)
	}
}

func (c charted) checkCharts(t *testing.T, shown map[string][]rig.Row) {
	t.Helper()
	var statuses, ages, regions []rig.Row
	for status, n := range c.byStatus {
		r := rig.Row{"Status": fmt.Sprintf("%s: %d", status, n), "Succeeded": 0, "Failed": 0, "Neither": 0}
		switch status {
		case "Success":
			r["Succeeded"] = n
		case "Failed", "TimedOut":
			r["Failed"] = n
		default:
			r["Neither"] = n
		}
		statuses = append(statuses, r)
	}
	rig.SameRows(t, shown["Associations on nodes by status"], statuses)

	labels := []string{"never"} // the first row of a bar chart is at the bottom
	for _, b := range slices.Backward(ageBuckets) {
		labels = append(labels, b.label)
	}
	for _, label := range labels {
		ages = append(ages, rig.Row{"Days": fmt.Sprintf("%s: %d", label, c.byAge[label]), "Associations on nodes": float64(c.byAge[label])})
	}
	if got := shown["Days since the last execution"]; !reflect.DeepEqual(got, ages) {
		t.Errorf("ages: got %v, want %v", got, ages)
	}

	for region, n := range c.byRegion {
		regions = append(regions, rig.Row{"Region": region, "Failures": n})
	}
	rig.SameRows(t, shown["Failures by region"], regions)

	worst := shown["Failures by association (the 10 with most)"]
	counts := slices.Sorted(maps.Values(c.byTitle))
	counts = counts[max(0, len(counts)-10):]
	if len(worst) != len(counts) {
		t.Fatalf("%d failing associations, want %d", len(worst), len(counts))
	}
	for i, r := range worst {
		title, _ := r["Association"].(string)
		if r["Nodes"] != float64(counts[i]) || c.byTitle[title] != counts[i] {
			t.Errorf("bar %d: got %v, want %d nodes and %s to have %d", i, r, counts[i], title, c.byTitle[title])
		}
	}
}

func (c charted) checkFailures(t *testing.T, got []rig.Row) {
	t.Helper()
	checkNodeURLs(t, got)
	rig.SameRows(t, got, c.failures)
}

// checkNodeURLs checks the addresses to which the nodes of a table link.
func checkNodeURLs(t *testing.T, table []rig.Row) {
	t.Helper()
	for _, r := range table {
		region, node := r["Region"].(string), r["Node"].(string)
		want := fmt.Sprintf("https://%s.console.aws.amazon.com/systems-manager/managed-instances/%s/description?region=%s",
			region, node, region)
		if r["Node URL"] != want {
			t.Errorf("the URL of node %s is %q, want %q", node, r["Node URL"], want)
		}
	}
}

// TestLongNamesLeaveRoomForBars checks that names do not take the width of the
// chart.
func TestLongNamesLeaveRoomForBars(t *testing.T) {
	pptest.Require(t)
	pg := pgtest.Open(t)
	if err := pg.Exec(t.Context(), `
		create table ssm_instance_association_status (
			instance_id text, association_id text, title text, name text, status text, detailed_status text, error_code text,
			execution_summary text, execution_date timestamptz, output_url text, partition text, region text, account_id text
		);
		insert into ssm_instance_association_status (association_id, title, status, region, account_id) values
			('a', 'arn:aws:ssm:eu-west-1:111122223333:document/Baseline-Hardening', 'Failed', 'eu-west-1', '111122223333'),
			('b', 'configure-the-operating-system-of-web-servers-2', 'Failed', 'eu-west-1', '111122223333'),
			('c', null, 'Failed', 'eu-west-1', '111122223333');`); err != nil {
		t.Fatal(err)
	}
	result := pptest.New(t, modFolder, pg.URL()).Run("query", "run", "association_status_failures_by_association", "--output", "json")
	var listed struct{ Rows []rig.Row }
	if err := json.Unmarshal([]byte(result.Stdout), &listed); err != nil {
		t.Fatalf("%v: %s", err, result.Stderr)
	}
	rig.SameRows(t, listed.Rows, []rig.Row{
		{"Association": "Baseline-Hardening", "Nodes": 1}, {"Association": "configure-the-o...-web-servers-2", "Nodes": 1}, {"Association": "c", "Nodes": 1},
	})
}
