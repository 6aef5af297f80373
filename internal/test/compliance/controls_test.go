package compliance

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/awstables"
	"steampipe-plugin-ssmassoc/internal/test/pgtest"
	"steampipe-plugin-ssmassoc/internal/test/pptest"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// modFolder is the folder of the Powerpipe mod.
var modFolder = filepath.Join("..", "..", "..", "compliance")

// audited is a fleet of two accounts in PostgreSQL, as Steampipe shows it, with
// the mod. Nodes and associations of the second account have the same ids as
// the first's, so that a join without the account finds too many.
type audited struct {
	t      *testing.T
	pp     *pptest.Powerpipe
	db     *embedded.DB
	pg     *pgtest.DB
	fleets []*fleet.Fleet
}

func audit(t *testing.T, nodes ...int) *audited {
	t.Helper()
	pptest.Require(t)
	a := &audited{t: t, pg: pgtest.Open(t)}
	a.pp = pptest.New(t, modFolder, a.pg.URL())
	var accounts []awssim.Account
	for i, n := range nodes {
		simulated := fleet.New(fleet.Options{
			Seed: 3, AccountID: strings.Repeat(fmt.Sprint(i+1), 12), Nodes: n, Regions: []string{"us-east-1", "eu-west-1"}, Now: time.Now(),
			Lagging: 150,
		})
		a.fleets = append(a.fleets, simulated)
		accounts = append(accounts, awssim.Account{AccessKeyID: fmt.Sprintf("key-%d", i), Fleet: simulated})
	}
	c := rig.NewCloud(t, awssim.Options{}, accounts...)
	var connections []embedded.Connection
	for i, account := range accounts {
		connections = append(connections, embedded.Connection{Name: fmt.Sprintf("account_%d", i), Config: rig.Arguments(c.URL, account.AccessKeyID, account.Fleet.Regions())})
	}
	a.db = rig.Open(t, embedded.Options{CacheTTLSeconds: 300}, connections...)
	if err := a.pg.Mirror(t.Context(), a.db); err != nil {
		t.Fatal(err)
	}
	// The AWS plugin has a connection to the first account only.
	if err := a.pg.Exec(t.Context(), awstables.Script(a.fleets[0])); err != nil {
		t.Fatal(err)
	}
	return a
}

// as returns the same for a subtest.
func (a *audited) as(t *testing.T) *audited {
	inner := *a
	inner.t, inner.pp = t, a.pp.For(t)
	return &inner
}

// ranControl is a control in Powerpipe's JSON output.
type ranControl struct {
	ID       string `json:"control_id"`
	Title    string
	Severity string
	Tags     map[string]string
	RunError string `json:"run_error"`
	Results  []struct {
		Reason, Resource, Status string
		Dimensions               []struct{ Key, Value string }
	}
}

// rows returns the results of the control, with dimensions as columns.
func (c ranControl) rows() []rig.Row {
	rows := make([]rig.Row, len(c.Results))
	for i, result := range c.Results {
		rows[i] = rig.Row{"reason": result.Reason, "resource": result.Resource, "status": result.Status}
		for _, d := range result.Dimensions {
			rows[i][d.Key] = d.Value
		}
	}
	return rows
}

// ranGroup is a benchmark, or the root of a run.
type ranGroup struct {
	ID       string `json:"group_id"`
	Groups   []ranGroup
	Controls []ranControl
}

// collect adds the controls of the group and its subgroups by name.
func (g ranGroup) collect(known map[string]ranControl) {
	for _, c := range g.Controls {
		known[strings.TrimPrefix(c.ID, "control.")] = c
	}
	for _, inner := range g.Groups {
		inner.collect(known)
	}
}

// controls runs powerpipe with arguments that run controls, and returns the
// controls by name. It checks that none failed to run and that the exit code
// reports alarms.
func (a *audited) controls(arguments ...string) map[string]ranControl {
	a.t.Helper()
	result := a.pp.Run(append(arguments, "--output", "json", "--progress=false")...)
	ran, alarms := map[string]ranControl{}, 0
	for decoder := json.NewDecoder(strings.NewReader(result.Stdout)); ; {
		var root ranGroup
		if err := decoder.Decode(&root); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			a.t.Fatalf("powerpipe %s: %v\n%s%s", strings.Join(arguments, " "), err, result.Stderr, result.Stdout)
		}
		root.collect(ran)
	}
	if len(ran) == 0 {
		a.t.Fatalf("powerpipe %s ran nothing: %s", strings.Join(arguments, " "), result.Stderr)
	}
	for name, c := range ran {
		if c.RunError != "" {
			a.t.Errorf("%s: %s", name, c.RunError)
		}
		for _, r := range c.Results {
			if r.Status == "alarm" {
				alarms++
			}
		}
	}
	if want := map[bool]int{true: pptest.ExitAlarm, false: pptest.ExitOK}[alarms > 0]; result.Code != want {
		a.t.Errorf("powerpipe %s: exit code %d with %d alarms, want %d: %s", strings.Join(arguments, " "), result.Code, alarms, want, result.Stderr)
	}
	return ran
}

// everything runs all controls of the mod.
func (a *audited) everything() map[string]ranControl {
	a.t.Helper()
	return a.controls("benchmark", "run", "state_manager", "association_triage", "association_output_bucket")
}

// variable is the option that sets a variable of the mod.
func variable(t *testing.T, name string, value any) string {
	t.Helper()
	text, err := json.Marshal(value)
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprintf("--var=%s=%s", name, text)
}

// eachNode calls f for every node that AWS lists.
func (a *audited) eachNode(f func(simulated *fleet.Fleet, node *fleet.Node)) {
	for _, simulated := range a.fleets {
		for _, region := range simulated.Regions() {
			for _, node := range simulated.Nodes(region) {
				if node.Listed {
					f(simulated, node)
				}
			}
		}
	}
}

// eachAssociation calls f for every association.
func (a *audited) eachAssociation(f func(simulated *fleet.Fleet, region string, association fleet.Association)) {
	for _, simulated := range a.fleets {
		for _, region := range simulated.Regions() {
			for _, association := range simulated.Associations(region) {
				f(simulated, region, association)
			}
		}
	}
}

// outcome is a row of a control, without its reason.
func outcome(simulated *fleet.Fleet, region, resource, status string) rig.Row {
	return rig.Row{"resource": resource, "status": status, "region": region, "account_id": simulated.AccountID()}
}

// perStatus returns the outcomes of a control for each association on each
// node; nodes without associations have the outcome info.
func (a *audited) perStatus(judge func(simulated *fleet.Fleet, region string, s fleet.AssociationStatus) string) []rig.Row {
	var rows []rig.Row
	a.eachNode(func(simulated *fleet.Fleet, node *fleet.Node) {
		statuses := node.Statuses()
		for _, s := range statuses {
			resource := node.InstanceID + "/" + cmp.Or(rig.Dereference(s.AssociationID), rig.Dereference(s.AssociationName), rig.Dereference(s.Name))
			rows = append(rows, outcome(simulated, node.Region, resource, judge(simulated, node.Region, s)))
		}
		if len(statuses) == 0 {
			rows = append(rows, outcome(simulated, node.Region, node.InstanceID, "info"))
		}
	})
	return rows
}

// perNode returns the outcomes of a control for each node.
func (a *audited) perNode(judge func(simulated *fleet.Fleet, node *fleet.Node) string) []rig.Row {
	var rows []rig.Row
	a.eachNode(func(simulated *fleet.Fleet, node *fleet.Node) {
		rows = append(rows, outcome(simulated, node.Region, node.InstanceID, judge(simulated, node)))
	})
	return rows
}

// perAssociation returns the outcomes of a control for each association.
func (a *audited) perAssociation(judge func(simulated *fleet.Fleet, region string, association fleet.Association) string) []rig.Row {
	var rows []rig.Row
	a.eachAssociation(func(simulated *fleet.Fleet, region string, association fleet.Association) {
		rows = append(rows, outcome(simulated, region, association.AssociationID, judge(simulated, region, association)))
	})
	return rows
}

// result judges a status by the list of failed statuses.
func result(failed ...string) func(*fleet.Fleet, string, fleet.AssociationStatus) string {
	return func(_ *fleet.Fleet, _ string, s fleet.AssociationStatus) string {
		switch {
		case slices.Contains(failed, rig.Dereference(s.Status)):
			return "alarm"
		case rig.Dereference(s.Status) == "Success":
			return "ok"
		}
		return "info"
	}
}

// age judges the last run of an association on a node: by days if its schedule
// is unknown, by a multiple of its rate, or by the longest gap of its cron
// expression and a delay.
func age(now time.Time, days, multiple float64, delay time.Duration) func(*fleet.Fleet, string, fleet.AssociationStatus) string {
	rates := map[string]time.Duration{"rate(30 minutes)": 30 * time.Minute, "rate(1 day)": 24 * time.Hour, "rate(7 days)": 7 * 24 * time.Hour}
	// The longest gap of each cron expression: the second Sunday follows 28 or 35 days later.
	gaps := map[string]time.Duration{"cron(0 2 ? * SUN *)": 7 * 24 * time.Hour, "cron(0 0 2 ? * SUN#2 *)": 35 * 24 * time.Hour}
	associations := map[string]map[string]fleet.Association{} // by account and region, and id
	return func(simulated *fleet.Fleet, region string, s fleet.AssociationStatus) string {
		where := simulated.AccountID() + region
		if associations[where] == nil {
			associations[where] = map[string]fleet.Association{}
			for _, association := range simulated.Associations(region) {
				associations[where][association.AssociationID] = association
			}
		}
		association, listed := associations[where][rig.Dereference(s.AssociationID)]
		schedule := rig.Dereference(association.ScheduleExpression)
		allowed := time.Duration(days * 24 * float64(time.Hour))
		if rate := rates[schedule]; rate > 0 {
			allowed = time.Duration(multiple * float64(rate))
		}
		if gap := gaps[schedule]; gap > 0 {
			allowed = gap + min(gap, delay)
		}
		waits := gaps[schedule] > 0 && association.ApplyOnlyAtCronInterval != nil && *association.ApplyOnlyAtCronInterval
		once := listed && (schedule == "" || strings.HasPrefix(schedule, "at("))
		switch {
		// The fleet has associations that were changed within an hour and
		// others, and nodes that were registered, long ago.
		case s.ExecutionDate == nil && waits && association.LastUpdateAssociationDate != nil &&
			now.Sub(association.LastUpdateAssociationDate.Time()) < 2*time.Hour:
			return "info"
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
func rolledUp(judge func(*fleet.Fleet, string, fleet.AssociationStatus) string, sum func(outcomes map[string]int, n int) string) func(*fleet.Fleet, *fleet.Node) string {
	return func(simulated *fleet.Fleet, node *fleet.Node) string {
		outcomes := map[string]int{}
		for _, s := range node.Statuses() {
			outcomes[judge(simulated, node.Region, s)]++
		}
		return sum(outcomes, node.StatusCount())
	}
}

// runs judges a node by the documents of its associations.
func runs(documents ...string) func(*fleet.Fleet, *fleet.Node) string {
	return func(_ *fleet.Fleet, node *fleet.Node) string {
		if len(documents) == 0 {
			return "skip"
		}
		for _, document := range documents {
			if !slices.ContainsFunc(node.Statuses(), func(s fleet.AssociationStatus) bool {
				return rig.Dereference(s.Name) == document || strings.HasSuffix(rig.Dereference(s.Name), "/"+document)
			}) {
				return "alarm"
			}
		}
		return "ok"
	}
}

// reported returns the ids of the associations that a node reports.
func reported(node *fleet.Node) map[string]bool {
	ids := map[string]bool{}
	for _, s := range node.Statuses() {
		ids[rig.Dereference(s.AssociationID)] = true
	}
	return ids
}

// bucketOf returns the bucket of an association's output and its region, if AWS
// says so.
func bucketOf(association fleet.Association) (bucket, region string) {
	if o := association.OutputLocation; o != nil && o.S3Location != nil {
		return rig.Dereference(o.S3Location.OutputS3BucketName), rig.Dereference(o.S3Location.OutputS3Region)
	}
	return "", ""
}

// inRegion judges the output location in an association's settings.
func inRegion(elsewhere string) func(*fleet.Fleet, string, fleet.Association) string {
	return func(_ *fleet.Fleet, region string, association fleet.Association) string {
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

// expected returns the outcomes of each control, computed from the fleets
// without the plugin or SQL.
func (a *audited) expected(now time.Time) map[string][]rig.Row {
	failed := result("Failed", "TimedOut")
	recent := age(now, 30, 2, 24*time.Hour)
	// The AWS plugin lists the buckets of the first account.
	owned := func(simulated *fleet.Fleet, region string, association fleet.Association) string {
		switch bucket, _ := bucketOf(association); {
		case bucket == "":
			return "skip"
		case simulated != a.fleets[0]:
			return "info"
		case bucket != fleet.OutputBucket || region != simulated.Regions()[0]:
			return "alarm"
		}
		return "ok"
	}
	var effective []rig.Row
	a.eachNode(func(simulated *fleet.Fleet, node *fleet.Node) {
		ids := reported(node)
		for _, e := range node.EffectiveAssociations() {
			status := "alarm"
			if ids[e.AssociationID] {
				status = "ok"
			}
			effective = append(effective, outcome(simulated, node.Region, node.InstanceID+"/"+e.AssociationID, status))
		}
		if len(node.EffectiveAssociations()) == 0 {
			effective = append(effective, outcome(simulated, node.Region, node.InstanceID, "info"))
		}
	})
	return map[string][]rig.Row{
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
		"snapshot_agrees_with_executions": a.perNode(func(_ *fleet.Fleet, node *fleet.Node) string {
			return rig.Agree(node, "Failed", "TimedOut").Outcome()
		}),
		"snapshot_agrees_with_counts": a.perNode(func(_ *fleet.Fleet, node *fleet.Node) string {
			counted, reported := node.Information().AssociationOverview, map[string]int{}
			for _, s := range node.Statuses() {
				if s.Status != nil {
					reported[*s.Status]++
				}
			}
			switch {
			case counted == nil && len(reported) == 0:
				return "skip"
			case maps.Equal(counted.Counts, reported):
				return "ok"
			}
			return "alarm"
		}),
		"failed_output_known": a.failedOutputs("Failed", "TimedOut"),
		"association_recent":  a.perStatus(recent),
		"node_associations_recent": a.perNode(rolledUp(recent, func(outcomes map[string]int, n int) string {
			switch {
			case n == 0:
				return "info"
			case outcomes["alarm"] > 0:
				return "alarm"
			case outcomes["ok"] > 0:
				return "ok"
			case outcomes["info"] > 0:
				return "info"
			}
			return "skip"
		})),
		"node_has_association": a.perNode(func(_ *fleet.Fleet, node *fleet.Node) string {
			if node.StatusCount() == 0 {
				return "alarm"
			}
			return "ok"
		}),
		"node_runs_required_documents": a.perNode(runs("AWS-RunPatchBaseline", "AWS-GatherSoftwareInventory", "AWS-UpdateSSMAgent")),
		"association_reported":         effective,
		"node_associations_reported": a.perNode(func(_ *fleet.Fleet, node *fleet.Node) string {
			all := node.EffectiveAssociations()
			ids := reported(node)
			switch {
			case len(all) == 0:
				return "info"
			case slices.ContainsFunc(all, func(e fleet.EffectiveAssociation) bool { return !ids[e.AssociationID] }):
				return "alarm"
			}
			return "ok"
		}),
		"association_output_kept": a.perAssociation(func(_ *fleet.Fleet, _ string, association fleet.Association) string {
			if bucket, _ := bucketOf(association); bucket == "" {
				return "alarm"
			}
			return "ok"
		}),
		"association_output_bucket_same_region": a.perAssociation(inRegion("alarm")),
		"association_output_bucket_owned":       a.perAssociation(owned),
		"node_online": a.perNode(func(_ *fleet.Fleet, node *fleet.Node) string {
			switch rig.Dereference(node.Information().PingStatus) {
			case "":
				return "info"
			case "Online":
				return "ok"
			}
			return "alarm"
		}),
		"node_agent_current": a.perNode(func(_ *fleet.Fleet, node *fleet.Node) string {
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

// checkOutcomes checks that a control has exactly the expected outcomes and the
// members that Powerpipe reads, each with a reason that names its subject.
func checkOutcomes(t *testing.T, got, want []rig.Row) {
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
	rig.SameRows(t, rig.Only(got, "resource", "status", "region", "account_id"), want)
}

func TestCompliance(t *testing.T) {
	nodes := []int{30, 16}
	if rig.Long() {
		nodes = []int{60, 22}
	}
	a := audit(t, nodes...)
	t.Run("controls", func(t *testing.T) { testControls(t, a.as(t)) })
	t.Run("output", func(t *testing.T) { testOutput(t, a.as(t)) })
	t.Run("dashboard", func(t *testing.T) { testDashboard(t, a.as(t)) })
	t.Run("readme", func(t *testing.T) { testReadme(t, a.as(t)) })
}

func testControls(t *testing.T, a *audited) {
	ran, expected := a.everything(), a.expected(time.Now())
	if got, want := slices.Sorted(maps.Keys(ran)), slices.Sorted(maps.Keys(expected)); !slices.Equal(got, want) {
		t.Errorf("Powerpipe ran %v, want %v", got, want)
	}
	for name, want := range expected {
		t.Run(name, func(t *testing.T) {
			statuses := map[any]int{}
			for _, r := range want {
				statuses[r["status"]]++
			}
			if name == "association_recent" && !slices.ContainsFunc(want, func(r rig.Row) bool {
				return r["status"] == "info" && strings.Contains(r["resource"].(string), "/")
			}) {
				t.Error("the fleet has no association that is not due yet")
			}
			if statuses["alarm"] == 0 || statuses["ok"] == 0 {
				t.Errorf("the fleet shows %v: a control that passes or fails everywhere shows little", statuses)
			}
			checkOutcomes(t, ran[name].rows(), want)
		})
	}

	for name, test := range map[string]struct {
		control   string
		variables map[string]any
		want      []rig.Row
	}{
		"other statuses count as failed":                     {"association_succeeded", map[string]any{"failed_statuses": []string{"Skipped", "Pending"}}, a.perStatus(result("Skipped", "Pending"))},
		"no status counts as failed":                         {"association_succeeded", map[string]any{"failed_statuses": []string{}}, a.perStatus(result())},
		"no document is required":                            {"node_runs_required_documents", map[string]any{"required_documents": []string{}}, a.perNode(runs())},
		"a snapshot that passes what counts as failed":       {"snapshot_agrees_with_executions", map[string]any{"failed_statuses": []string{"Skipped"}}, a.perNode(func(_ *fleet.Fleet, node *fleet.Node) string { return rig.Agree(node, "Skipped").Outcome() })},
		"output of what counts as failed":                    {"failed_output_known", map[string]any{"failed_statuses": []string{"Skipped"}}, a.failedOutputs("Skipped")},
		"a document is required, which AWS names by its ARN": {"node_runs_required_documents", map[string]any{"required_documents": []string{"Baseline-Hardening"}}, a.perNode(runs("Baseline-Hardening"))},
		"part of a document's name is none":                  {"node_runs_required_documents", map[string]any{"required_documents": []string{"Hardening"}}, a.perNode(runs("Hardening"))},
		"fewer days, a greater multiple and a shorter delay": {"association_recent", map[string]any{"max_execution_age_days": 10, "max_rate_multiple": 5.5, "max_cron_delay_hours": 0.5}, a.perStatus(age(time.Now(), 10, 5.5, time.Hour/2))},
		"a bucket may be elsewhere":                          {"association_output_bucket_same_region", map[string]any{"require_output_bucket_same_region": false}, a.perAssociation(inRegion("info"))},
	} {
		t.Run(name, func(t *testing.T) {
			a := a.as(t)
			arguments := []string{"control", "run", test.control}
			for name, value := range test.variables {
				arguments = append(arguments, variable(t, name, value))
			}
			checkOutcomes(t, a.controls(arguments...)[test.control].rows(), test.want)
		})
	}

	t.Run("a tag picks controls", func(t *testing.T) {
		tagged := a.as(t).controls("benchmark", "run", "state_manager", "--tag", "aws_security_hub=SSM.3")
		want := []string{"association_succeeded", "node_associations_succeeded"}
		if got := slices.Sorted(maps.Keys(tagged)); !slices.Equal(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		for _, name := range want {
			checkOutcomes(t, tagged[name].rows(), expected[name])
		}
	})

	t.Run("where the dialects agree, the embedded engine answers alike", func(t *testing.T) {
		_, inSQL, _ := strings.Cut(modReadme(t), "## In SQL")
		ran := 0
		for _, q := range listMod(t, a.pp).Queries {
			if !strings.Contains(inSQL, "`"+q.Name+"`") {
				continue
			}
			ran++
			got, err := rig.Query(t.Context(), a.db, q.SQL)
			if err != nil {
				t.Errorf("%s: %v", q.Name, err)
				continue
			}
			rig.SameRows(t, rig.Only(got, "resource", "status", "region", "account_id"), expected[q.Name])
		}
		if ran == 0 {
			t.Error("compliance/README.md names no query that runs in SQLite")
		}
	})
}

func TestControlsOfAnEmptyFleet(t *testing.T) {
	a := audit(t, -1)
	for name, c := range a.everything() {
		if len(c.Results) != 0 {
			t.Errorf("%s has %d rows: %v", name, len(c.Results), c.Results[0])
		}
	}
	for name, panel := range a.dashboard("all", "all") {
		for _, r := range panel {
			if r["type"] == "ok" {
				t.Errorf("%s is well, of nothing: %v", name, r)
			}
		}
	}
}
