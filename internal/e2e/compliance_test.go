package e2e

import (
	"cmp"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/awssim"
	"steampipe-plugin-ssmassoc/internal/awstables"
	"steampipe-plugin-ssmassoc/internal/embedded"
	"steampipe-plugin-ssmassoc/internal/pgtest"
	"steampipe-plugin-ssmassoc/internal/powerpipe"
)

// modFolder is the folder of the Powerpipe mod.
var modFolder = filepath.Join("..", "..", "compliance")

func loadMod(t *testing.T) *powerpipe.Mod {
	t.Helper()
	mod, err := powerpipe.Load(modFolder)
	if err != nil {
		t.Fatal(err)
	}
	return mod
}

// audited is a fleet of two accounts in PostgreSQL, as Steampipe shows it. The
// nodes and associations of the second have the ids of the first's, so that a
// join which forgets the account finds too much.
type audited struct {
	t      *testing.T
	mod    *powerpipe.Mod
	db     *embedded.DB
	pg     *pgtest.DB
	fleets []*awssim.Fleet
}

func audit(t *testing.T, nodes ...int) *audited {
	t.Helper()
	a := &audited{t: t, mod: loadMod(t), pg: pgtest.Open(t)}
	var accounts []awssim.Account
	for i, n := range nodes {
		fleet := awssim.NewFleet(awssim.FleetOptions{
			Seed: 3, AccountID: strings.Repeat(fmt.Sprint(i+1), 12), Nodes: n, Regions: []string{"us-east-1", "eu-west-1"}, Now: time.Now(),
		})
		a.fleets = append(a.fleets, fleet)
		accounts = append(accounts, awssim.Account{AccessKeyID: fmt.Sprintf("key-%d", i), Fleet: fleet})
	}
	c := newCloud(t, awssim.Options{}, accounts...)
	var connections []embedded.Connection
	for i, account := range accounts {
		connections = append(connections, embedded.Connection{Name: fmt.Sprintf("account_%d", i), Config: arguments(c.url, account.AccessKeyID, account.Fleet.Regions())})
	}
	a.db = open(t, embedded.Options{CacheTTLSeconds: 300}, connections...)
	if err := a.pg.Mirror(t.Context(), a.db); err != nil {
		t.Fatal(err)
	}
	// The AWS plugin has a connection to the first account alone.
	if err := a.pg.Exec(t.Context(), awstables.Script(a.fleets[0])); err != nil {
		t.Fatal(err)
	}
	return a
}

// run runs a query of the mod with its defaults, but for what is given.
func (a *audited) run(name string, given map[string]any) []row {
	a.t.Helper()
	q, ok := a.mod.Queries[name]
	if !ok {
		a.t.Fatalf("the mod has no query %s", name)
	}
	values, err := q.Values(given)
	if err != nil {
		a.t.Fatal(err)
	}
	got, err := a.pg.Query(a.t.Context(), q.SQL, values...)
	if err != nil {
		a.t.Fatalf("%s: %v", name, err)
	}
	rows := make([]row, len(got))
	for i, r := range got {
		rows[i] = row(r)
	}
	return rows
}

// eachNode calls f for every node that AWS lists.
func (a *audited) eachNode(f func(fleet *awssim.Fleet, node *awssim.Node)) {
	for _, fleet := range a.fleets {
		for _, region := range fleet.Regions() {
			for _, node := range fleet.Nodes(region) {
				if node.Listed {
					f(fleet, node)
				}
			}
		}
	}
}

// eachAssociation calls f for every association.
func (a *audited) eachAssociation(f func(fleet *awssim.Fleet, region string, association awssim.Association)) {
	for _, fleet := range a.fleets {
		for _, region := range fleet.Regions() {
			for _, association := range fleet.Associations(region) {
				f(fleet, region, association)
			}
		}
	}
}

// outcome is a row of a control, its reason apart.
func outcome(fleet *awssim.Fleet, region, resource, status string) row {
	return row{"resource": resource, "status": status, "region": region, "account_id": fleet.AccountID()}
}

// perStatus returns the outcomes of a control about each association on each
// node, where a node without any is information.
func (a *audited) perStatus(judge func(fleet *awssim.Fleet, region string, s awssim.AssociationStatus) string) []row {
	var rows []row
	a.eachNode(func(fleet *awssim.Fleet, node *awssim.Node) {
		statuses := node.Statuses()
		for _, s := range statuses {
			resource := node.InstanceID + "/" + cmp.Or(dereference(s.AssociationID), dereference(s.AssociationName), dereference(s.Name))
			rows = append(rows, outcome(fleet, node.Region, resource, judge(fleet, node.Region, s)))
		}
		if len(statuses) == 0 {
			rows = append(rows, outcome(fleet, node.Region, node.InstanceID, "info"))
		}
	})
	return rows
}

// perNode returns the outcomes of a control about each node.
func (a *audited) perNode(judge func(fleet *awssim.Fleet, node *awssim.Node) string) []row {
	var rows []row
	a.eachNode(func(fleet *awssim.Fleet, node *awssim.Node) {
		rows = append(rows, outcome(fleet, node.Region, node.InstanceID, judge(fleet, node)))
	})
	return rows
}

// perAssociation returns the outcomes of a control about each association.
func (a *audited) perAssociation(judge func(fleet *awssim.Fleet, region string, association awssim.Association) string) []row {
	var rows []row
	a.eachAssociation(func(fleet *awssim.Fleet, region string, association awssim.Association) {
		rows = append(rows, outcome(fleet, region, association.AssociationID, judge(fleet, region, association)))
	})
	return rows
}

// result judges a status by the statuses that count as failed.
func result(failed ...string) func(*awssim.Fleet, string, awssim.AssociationStatus) string {
	return func(_ *awssim.Fleet, _ string, s awssim.AssociationStatus) string {
		switch {
		case slices.Contains(failed, dereference(s.Status)):
			return "alarm"
		case dereference(s.Status) == "Success":
			return "ok"
		}
		return "info"
	}
}

// age judges when an association last ran on a node.
func age(now time.Time, days, multiple float64) func(*awssim.Fleet, string, awssim.AssociationStatus) string {
	rates := map[string]time.Duration{"rate(30 minutes)": 30 * time.Minute, "rate(1 day)": 24 * time.Hour, "rate(7 days)": 7 * 24 * time.Hour}
	schedules := map[string]map[string]*string{} // by account and region, and association
	return func(fleet *awssim.Fleet, region string, s awssim.AssociationStatus) string {
		where := fleet.AccountID() + region
		if schedules[where] == nil {
			schedules[where] = map[string]*string{}
			for _, association := range fleet.Associations(region) {
				schedules[where][association.AssociationID] = association.ScheduleExpression
			}
		}
		schedule, listed := schedules[where][dereference(s.AssociationID)]
		allowed := time.Duration(days * 24 * float64(time.Hour))
		if rate := rates[dereference(schedule)]; rate > 0 {
			allowed = time.Duration(multiple * float64(rate))
		}
		once := listed && (schedule == nil || strings.HasPrefix(*schedule, "at("))
		switch {
		case s.ExecutionDate == nil:
			return "alarm"
		case once:
			return "skip"
		case now.Sub(s.ExecutionDate.Time()) <= allowed:
			return "ok"
		}
		return "alarm"
	}
}

// rolledUp judges a node by the outcomes of its associations.
func rolledUp(judge func(*awssim.Fleet, string, awssim.AssociationStatus) string, sum func(outcomes map[string]int, n int) string) func(*awssim.Fleet, *awssim.Node) string {
	return func(fleet *awssim.Fleet, node *awssim.Node) string {
		outcomes := map[string]int{}
		for _, s := range node.Statuses() {
			outcomes[judge(fleet, node.Region, s)]++
		}
		return sum(outcomes, node.StatusCount())
	}
}

// runs judges a node by the documents that its associations run.
func runs(documents ...string) func(*awssim.Fleet, *awssim.Node) string {
	return func(_ *awssim.Fleet, node *awssim.Node) string {
		if len(documents) == 0 {
			return "skip"
		}
		for _, document := range documents {
			if !slices.ContainsFunc(node.Statuses(), func(s awssim.AssociationStatus) bool {
				return dereference(s.Name) == document || strings.HasSuffix(dereference(s.Name), "/"+document)
			}) {
				return "alarm"
			}
		}
		return "ok"
	}
}

// reported are the ids of the associations that a node reports.
func reported(node *awssim.Node) map[string]bool {
	ids := map[string]bool{}
	for _, s := range node.Statuses() {
		ids[dereference(s.AssociationID)] = true
	}
	return ids
}

// bucketOf is the bucket of an association's output and its region, as far as
// AWS tells.
func bucketOf(association awssim.Association) (bucket, region string) {
	if o := association.OutputLocation; o != nil && o.S3Location != nil {
		return dereference(o.S3Location.OutputS3BucketName), dereference(o.S3Location.OutputS3Region)
	}
	return "", ""
}

// inRegion judges where the output of an association goes by the settings.
func inRegion(elsewhere string) func(*awssim.Fleet, string, awssim.Association) string {
	return func(_ *awssim.Fleet, region string, association awssim.Association) string {
		bucket, bucketRegion := bucketOf(association)
		switch {
		case bucket == "":
			return "skip"
		case bucketRegion == "":
			return "info"
		case bucketRegion == region:
			return "ok"
		}
		return elsewhere
	}
}

// controls are the outcomes that each control has, by the name of its query, as
// the fleets know them, independently of the plugin and of SQL.
func (a *audited) controls(now time.Time) map[string][]row {
	failed := result("Failed", "TimedOut")
	recent := age(now, 30, 2)
	// The AWS plugin lists the buckets of the first account.
	owned := func(fleet *awssim.Fleet, region string, association awssim.Association) string {
		switch bucket, _ := bucketOf(association); {
		case bucket == "":
			return "skip"
		case fleet != a.fleets[0]:
			return "info"
		case bucket != awssim.OutputBucket || region != fleet.Regions()[0]:
			return "alarm"
		}
		return "ok"
	}
	var effective []row
	a.eachNode(func(fleet *awssim.Fleet, node *awssim.Node) {
		ids := reported(node)
		for _, e := range node.EffectiveAssociations() {
			status := "alarm"
			if ids[e.AssociationID] {
				status = "ok"
			}
			effective = append(effective, outcome(fleet, node.Region, node.InstanceID+"/"+e.AssociationID, status))
		}
		if len(node.EffectiveAssociations()) == 0 {
			effective = append(effective, outcome(fleet, node.Region, node.InstanceID, "info"))
		}
	})
	return map[string][]row{
		"association_succeeded": a.perStatus(failed),
		"node_associations_succeeded": a.perNode(rolledUp(failed, func(outcomes map[string]int, n int) string {
			switch {
			case outcomes["alarm"] > 0:
				return "alarm"
			case n > 0 && outcomes["ok"] == n:
				return "ok"
			}
			return "info"
		})),
		"association_recent": a.perStatus(recent),
		"node_associations_recent": a.perNode(rolledUp(recent, func(outcomes map[string]int, n int) string {
			switch {
			case n == 0:
				return "info"
			case outcomes["alarm"] > 0:
				return "alarm"
			case outcomes["ok"] > 0:
				return "ok"
			}
			return "skip"
		})),
		"node_has_association": a.perNode(func(_ *awssim.Fleet, node *awssim.Node) string {
			if node.StatusCount() == 0 {
				return "alarm"
			}
			return "ok"
		}),
		"node_runs_required_documents": a.perNode(runs("AWS-RunPatchBaseline", "AWS-GatherSoftwareInventory", "AWS-UpdateSSMAgent")),
		"association_reported":         effective,
		"node_associations_reported": a.perNode(func(_ *awssim.Fleet, node *awssim.Node) string {
			all := node.EffectiveAssociations()
			ids := reported(node)
			switch {
			case len(all) == 0:
				return "info"
			case slices.ContainsFunc(all, func(e awssim.EffectiveAssociation) bool { return !ids[e.AssociationID] }):
				return "alarm"
			}
			return "ok"
		}),
		"association_output_kept": a.perAssociation(func(_ *awssim.Fleet, _ string, association awssim.Association) string {
			if bucket, _ := bucketOf(association); bucket == "" {
				return "alarm"
			}
			return "ok"
		}),
		"association_output_bucket_same_region": a.perAssociation(inRegion("alarm")),
		"association_output_bucket_owned":       a.perAssociation(owned),
		"node_online": a.perNode(func(_ *awssim.Fleet, node *awssim.Node) string {
			switch dereference(node.Information().PingStatus) {
			case "":
				return "info"
			case "Online":
				return "ok"
			}
			return "alarm"
		}),
		"node_agent_current": a.perNode(func(_ *awssim.Fleet, node *awssim.Node) string {
			switch latest := node.Information().IsLatestVersion; {
			case latest == nil:
				return "info"
			case *latest:
				return "ok"
			}
			return "alarm"
		}),
	}
}

// checkOutcomes checks that a control has the expected outcomes and nothing but
// what Powerpipe reads, and that each has a reason which names what it is about.
func checkOutcomes(t *testing.T, got, want []row) {
	t.Helper()
	for _, r := range got {
		if keys := slices.Sorted(maps.Keys(r)); !slices.Equal(keys, []string{"account_id", "reason", "region", "resource", "status"}) {
			t.Fatalf("a control has the columns %v", keys)
		}
		reason, _ := r["reason"].(string)
		node, _, _ := strings.Cut(r["resource"].(string), "/")
		if strings.HasPrefix(node, "i-") || strings.HasPrefix(node, "mi-") {
			if !strings.Contains(reason, node) {
				t.Errorf("the reason does not name node %s: %q", node, reason)
			}
		}
		if !strings.HasSuffix(reason, ".") {
			t.Errorf("the reason of %s is no sentence: %q", r["resource"], reason)
		}
	}
	sameRows(t, only(got, "resource", "status", "region", "account_id"), want)
}

func TestCompliance(t *testing.T) {
	nodes := []int{60, 22}
	if testing.Short() {
		nodes = []int{30, 16}
	}
	a := audit(t, nodes...)
	t.Run("controls", func(t *testing.T) { testControls(t, a.as(t)) })
	t.Run("dashboard", func(t *testing.T) { testDashboard(t, a.as(t)) })
}

// as returns the same for a test within the test.
func (a *audited) as(t *testing.T) *audited {
	inner := *a
	inner.t = t
	return &inner
}

func testControls(t *testing.T, a *audited) {
	t.Run("every control on a fleet with failures", func(t *testing.T) {
		expected := a.controls(time.Now())
		for name, control := range a.mod.Controls {
			t.Run(name, func(t *testing.T) {
				want, ok := expected[control.Query]
				if !ok {
					t.Fatalf("nothing is known of query %s", control.Query)
				}
				statuses := map[any]int{}
				for _, r := range want {
					statuses[r["status"]]++
				}
				if statuses["alarm"] == 0 || statuses["ok"] == 0 {
					t.Errorf("the fleet shows %v: a control that passes or fails everywhere shows little", statuses)
				}
				checkOutcomes(t, a.run(control.Query, nil), want)
			})
		}
		if len(expected) != len(a.mod.Controls) {
			t.Errorf("%d controls, %d are expected", len(a.mod.Controls), len(expected))
		}
	})

	for name, test := range map[string]struct {
		query string
		given map[string]any
		want  []row
	}{
		"other statuses count as failed":                     {"association_succeeded", map[string]any{"failed_statuses": []any{"Skipped", "Pending"}}, a.perStatus(result("Skipped", "Pending"))},
		"no status counts as failed":                         {"association_succeeded", map[string]any{"failed_statuses": []any{}}, a.perStatus(result())},
		"no document is required":                            {"node_runs_required_documents", map[string]any{"required_documents": []any{}}, a.perNode(runs())},
		"a document is required, which AWS names by its ARN": {"node_runs_required_documents", map[string]any{"required_documents": []any{"Baseline-Hardening"}}, a.perNode(runs("Baseline-Hardening"))},
		"part of a document's name is none":                  {"node_runs_required_documents", map[string]any{"required_documents": []any{"Hardening"}}, a.perNode(runs("Hardening"))},
		"fewer days and a greater multiple":                  {"association_recent", map[string]any{"max_execution_age_days": 10.0, "max_rate_multiple": 5.5}, a.perStatus(age(time.Now(), 10, 5.5))},
		"a bucket may be elsewhere":                          {"association_output_bucket_same_region", map[string]any{"require_output_bucket_same_region": false}, a.perAssociation(inRegion("info"))},
	} {
		t.Run(name, func(t *testing.T) { checkOutcomes(t, a.run(test.query, test.given), test.want) })
	}

	t.Run("where the dialects agree, the embedded engine answers alike", func(t *testing.T) {
		readme, err := os.ReadFile(filepath.Join(modFolder, "README.md"))
		if err != nil {
			t.Fatal(err)
		}
		_, inSQL, _ := strings.Cut(string(readme), "## In SQL")
		ran := 0
		for _, name := range regexp.MustCompile("`([a-z_]+)`").FindAllStringSubmatch(inSQL, -1) {
			q, ok := a.mod.Queries[name[1]]
			if !ok {
				continue
			}
			ran++
			got, err := query(t.Context(), a.db, q.SQL)
			if err != nil {
				t.Errorf("%s: %v", name[1], err)
				continue
			}
			sameRows(t, only(got, "resource", "status", "region", "account_id"), only(a.run(name[1], nil), "resource", "status", "region", "account_id"))
		}
		if ran == 0 {
			t.Error("compliance/README.md names no query that runs in SQLite")
		}
	})
}

func TestControlsOfAnEmptyFleet(t *testing.T) {
	a := audit(t, -1)
	for name, control := range a.mod.Controls {
		if got := a.run(control.Query, nil); len(got) != 0 {
			t.Errorf("%s has %d rows: %v", name, len(got), got[0])
		}
	}
	for name, d := range a.mod.Dashboards {
		for _, e := range d.Elements {
			for _, r := range a.run(e.Query, chosen(e, "all", "all")) {
				if r["type"] == "ok" {
					t.Errorf("%s: %s is well, of nothing: %v", name, e.Query, r)
				}
			}
		}
	}
}

// chosen are the arguments of an element where the inputs have these values.
func chosen(e powerpipe.Element, account, region string) map[string]any {
	arguments := maps.Clone(e.Arguments)
	for name, v := range arguments {
		switch v {
		case "self.input.account_id.value":
			arguments[name] = account
		case "self.input.region.value":
			arguments[name] = region
		}
	}
	return arguments
}

func testDashboard(t *testing.T, a *audited) {
	elements := map[string]powerpipe.Element{}
	for _, d := range a.mod.Dashboards {
		for _, e := range d.Elements {
			elements[e.Query] = e
		}
	}
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
			show := func(query string) []row {
				t.Helper()
				e, ok := elements["association_status_"+query]
				if !ok {
					t.Fatalf("no element has query %s", query)
				}
				return a.run(e.Query, chosen(e, where.account, where.region))
			}
			card := func(query string, want float64) {
				t.Helper()
				got := show(query)
				if len(got) != 1 || asNumber(got[0]["value"]) != want {
					t.Errorf("%s: got %v, want %g", query, got, want)
				}
			}
			chart := func(query, label, value string, want map[any]float64) {
				t.Helper()
				got := map[any]float64{}
				for _, r := range show(query) {
					if n := asNumber(r[value]); n != 0 {
						got[r[label]] = n
					}
				}
				if !maps.Equal(got, want) {
					t.Errorf("%s: got %v, want %v", query, got, want)
				}
			}
			card("nodes", nodes)
			card("failing_nodes", float64(len(failingNodes)))
			card("failing_associations", float64(len(failingAssociations)))
			card("never_run", never)
			if got := show("oldest_execution"); len(got) != 1 || !strings.HasSuffix(got[0]["value"].(string), " days ago") {
				t.Errorf("oldest execution: %v", got)
			}
			chart("by_status", "Status", "Associations on nodes", byStatus)
			chart("failures_by_region", "Region", "Failures", byRegion)
			chart("ages", "Days", "Associations on nodes", byAge)
			// The chart has the twenty with most failures.
			for _, r := range show("failures_by_association") {
				if got := asNumber(r["Nodes"]); got != byTitle[r["Association"]] {
					t.Errorf("%v failed %g times, want %g", r["Association"], got, byTitle[r["Association"]])
				}
			}
			table := show("failures")
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
		sameRows(t, a.run("association_status_region_input", nil), []row{
			{"label": "All regions", "value": "all"}, {"label": "eu-west-1", "value": "eu-west-1"}, {"label": "us-east-1", "value": "us-east-1"}})
		sameRows(t, a.run("association_status_account_input", nil), []row{
			{"label": "All accounts", "value": "all"},
			{"label": a.fleets[0].AccountID(), "value": a.fleets[0].AccountID()},
			{"label": a.fleets[1].AccountID(), "value": a.fleets[1].AccountID()}})
	})
}

func asNumber(v any) float64 {
	switch v := v.(type) {
	case int64:
		return float64(v)
	case int32:
		return float64(v)
	case float64:
		return v
	}
	return -1
}

// TestMod holds the mod to what a reader of Powerpipe's output relies on.
func TestMod(t *testing.T) {
	mod := loadMod(t)
	text, err := os.ReadFile(filepath.Join(modFolder, "README.md"))
	if err != nil {
		t.Fatal(err)
	}
	readme := string(text)
	documentedAs := func(name string) {
		if !strings.Contains(readme, "`"+name+"`") && !strings.Contains(readme, "`benchmark."+name+"`") {
			t.Errorf("compliance/README.md does not name %s", name)
		}
	}
	if mod.Name != "ssmassoc_compliance" {
		t.Errorf("the mod is called %q", mod.Name)
	}
	for name, v := range mod.Variables {
		documentedAs(name)
		if v.Description == "" || v.Default == nil {
			t.Errorf("variable %s has no description or no default", name)
		}
	}
	inBenchmark := map[string]bool{}
	for name, b := range mod.Benchmarks {
		documentedAs(name)
		if b.Title == "" || b.Description == "" || len(b.Children) == 0 {
			t.Errorf("benchmark %s has no title, description or children", name)
		}
		for _, child := range b.Children {
			inBenchmark[child] = true
		}
	}
	used := map[string]bool{}
	for name, c := range mod.Controls {
		documentedAs(name)
		used[c.Query] = true
		if c.Title == "" || c.Description == "" || c.Severity == "" || len(c.Tags) == 0 {
			t.Errorf("control %s has no title, description, severity or tags", name)
		}
		if !inBenchmark["control."+name] {
			t.Errorf("control %s is in no benchmark", name)
		}
		if strings.Contains(c.Title, "SSM.3") != (c.Tags["aws_config_rule"] == "ec2-managedinstance-association-compliance-status-check") {
			t.Errorf("control %s: its title and its tags do not agree on SSM.3", name)
		}
	}
	for _, d := range mod.Dashboards {
		for _, e := range d.Elements {
			used[e.Query] = true
		}
	}
	scans := regexp.MustCompile(`(?m)^\s*(?:from|join)\s+((?:ssm|aws)_[a-z0-9_]+)|^\s+((?:ssm|aws)_[a-z0-9_]+)$`)
	for name, q := range mod.Queries {
		if !used[name] {
			t.Errorf("query %s is not used", name)
		}
		// Steampipe would read a table once for every row of a join with it.
		read := map[string]int{}
		for _, match := range scans.FindAllStringSubmatch(q.SQL, -1) {
			read[cmp.Or(match[1], match[2])]++
		}
		for table, n := range read {
			if n > 1 {
				t.Errorf("query %s reads %s %d times", name, table, n)
			}
		}
		if tables, materialized := len(read), strings.Count(q.SQL, " as materialized ("); materialized < tables || tables == 0 {
			t.Errorf("query %s reads %d tables, %d of them materialized", name, tables, materialized)
		}
		for i := range q.Parameters {
			if !strings.Contains(q.SQL, fmt.Sprintf("$%d", i+1)) {
				t.Errorf("query %s does not use parameter %s", name, q.Parameters[i].Name)
			}
		}
	}
}
