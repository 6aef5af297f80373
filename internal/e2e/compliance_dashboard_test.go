package e2e

import (
	"cmp"
	"encoding/json"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/awssim"
	"steampipe-plugin-ssmassoc/internal/pptest"
)

// dashboard runs the dashboard with its inputs and returns the rows of its
// elements: of a card by its label, of any other by its title.
func (a *audited) dashboard(account, region string) map[string][]row {
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
			Data   struct{ Rows []row }
		}
	}
	if err := json.Unmarshal([]byte(result.Stdout), &snapshot); err != nil {
		a.t.Fatalf("%v\n%s", err, result.Stdout)
	}
	panels := map[string][]row{}
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

func testDashboard(t *testing.T, a *audited) {
	for name, where := range map[string]struct{ account, region string }{
		"everything":             {"all", "all"},
		"an account":             {a.fleets[1].AccountID(), "all"},
		"a region":               {"all", "eu-west-1"},
		"a region of an account": {a.fleets[0].AccountID(), "us-east-1"},
	} {
		t.Run(name, func(t *testing.T) {
			now := time.Now()
			var nodes, failures, rows, never float64
			failingNodes, failingAssociations := map[string]bool{}, map[string]bool{}
			byStatus, byTitle, byRegion, byAge := map[any]float64{}, map[any]float64{}, map[any]float64{}, map[any]float64{}
			a.eachNode(func(fleet *awssim.Fleet, node *awssim.Node) {
				if where.account != "all" && where.account != fleet.AccountID() || where.region != "all" && where.region != node.Region {
					return
				}
				nodes++
				for _, s := range node.Statuses() {
					rows++
					byStatus[cmp.Or(dereference(s.Status), "none")]++
					bucket := "never"
					if s.ExecutionDate == nil {
						never++
					} else {
						bucket = "over 90"
						days := now.Sub(s.ExecutionDate.Time()).Hours() / 24
						for _, b := range []struct {
							most  float64
							label string
						}{{90, "30 to 90"}, {30, "7 to 30"}, {7, "1 to 7"}, {1, "up to 1"}} {
							if days <= b.most {
								bucket = b.label
							}
						}
					}
					byAge[bucket]++
					if !slices.Contains([]string{"Failed", "TimedOut"}, dereference(s.Status)) {
						continue
					}
					failures++
					title := cmp.Or(dereference(s.AssociationName), dereference(s.Name), dereference(s.AssociationID))
					failingNodes[fleet.AccountID()+node.Region+node.InstanceID] = true
					failingAssociations[fleet.AccountID()+node.Region+cmp.Or(dereference(s.AssociationID), title)] = true
					byTitle[title]++
					byRegion[node.Region]++
				}
			})
			shown := a.as(t).dashboard(where.account, where.region)
			show := func(title string) []row {
				t.Helper()
				rows, ok := shown[title]
				if !ok {
					t.Errorf("no element is called %s", title)
				}
				return rows
			}
			card := func(label string, want float64) {
				t.Helper()
				if got := show(label); len(got) != 1 || got[0]["value"] != want {
					t.Errorf("%s: got %v, want %g", label, got, want)
				}
			}
			chart := func(title, label, value string, want map[any]float64) {
				t.Helper()
				got := map[any]float64{}
				for _, r := range show(title) {
					if n, _ := r[value].(float64); n != 0 {
						got[r[label]] = n
					}
				}
				if !maps.Equal(got, want) {
					t.Errorf("%s: got %v, want %v", title, got, want)
				}
			}
			card("Managed nodes", nodes)
			card("Failing nodes", float64(len(failingNodes)))
			card("Failing associations", float64(len(failingAssociations)))
			card("Never run", never)
			if got := show("Oldest execution"); len(got) != 1 || !strings.HasSuffix(got[0]["value"].(string), " days ago") {
				t.Errorf("oldest execution: %v", got)
			}
			chart("Associations on nodes by status", "Status", "Associations on nodes", byStatus)
			chart("Failures by region", "Region", "Failures", byRegion)
			chart("Time since the last execution", "Days", "Associations on nodes", byAge)
			// The chart has the twenty with most failures.
			for _, r := range show("Failures by association (the 20 with most)") {
				if got := r["Nodes"]; got != byTitle[r["Association"]] {
					t.Errorf("%v failed %v times, want %g", r["Association"], got, byTitle[r["Association"]])
				}
			}
			table := show("Failing associations in detail")
			if float64(len(table)) != failures {
				t.Errorf("%d failures, want %g", len(table), failures)
			}
			for _, r := range table {
				url, _ := r["Node URL"].(string)
				if !strings.HasPrefix(url, "https://"+r["Region"].(string)+".console.aws.amazon.com/") || !strings.Contains(url, r["Node"].(string)) {
					t.Errorf("the URL of node %v is %q", r["Node"], url)
				}
				if r["Reason"] == "" || r["Reason"] == nil {
					t.Errorf("no reason: %v", r)
				}
			}
		})
	}
	t.Run("the inputs offer all, the accounts and the regions", func(t *testing.T) {
		shown := a.as(t).dashboard("all", "all")
		sameRows(t, shown["Region"], []row{
			{"label": "All regions", "value": "all"}, {"label": "eu-west-1", "value": "eu-west-1"}, {"label": "us-east-1", "value": "us-east-1"}})
		sameRows(t, shown["Account"], []row{
			{"label": "All accounts", "value": "all"},
			{"label": a.fleets[0].AccountID(), "value": a.fleets[0].AccountID()},
			{"label": a.fleets[1].AccountID(), "value": a.fleets[1].AccountID()}})
	})
}
