package examples

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/test/rig"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// documented returns the SQLite form of an example on a table's page.
func documented(t *testing.T, table, heading string) string {
	t.Helper()
	return rig.ExampleOf(t, table, heading).SQL[rig.Sqlite]
}

// TestUseCases checks the exact rows and the number of calls of the documented
// use cases. TestExamples checks that PostgreSQL returns as many.
func TestUseCases(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: rig.DocumentedFleet()})
	const region, nodeID, associationID = "eu-west-1", "i-0036092b4bc358841", "2dee6c99-792f-4883-adce-07eb61143ab7"
	node := w.Fleet.Node(region, nodeID)
	var association fleet.Association
	for _, a := range w.Fleet.Associations(region) {
		if a.AssociationID == associationID {
			association = a
		}
	}
	now := time.Now()
	listings := func() int {
		n := 0
		for _, region := range w.Fleet.Regions() {
			n += rig.Pages(len(w.Listed(region)), 50)
		}
		return n
	}()
	associationListings := func() int {
		n := 0
		for _, region := range w.Fleet.Regions() {
			n += rig.Pages(len(w.Fleet.Associations(region)), 50)
		}
		return n
	}()

	t.Run("associations that apply to a node but never reported", func(t *testing.T) {
		var want []rig.Row
		made := rig.Calls{rig.ListingOp: 2 * listings} // one per table; with the cache they share it
		for _, node := range w.EveryNode() {
			reported := map[string]bool{}
			for _, s := range node.Statuses() {
				reported[rig.Dereference(s.AssociationID)] = true
			}
			effective := rig.ExpectedEffective(w.Fleet, node)
			for _, e := range effective {
				if id, _ := e["association_id"].(string); !reported[id] {
					want = append(want, e)
				}
			}
			made[rig.EffectiveOp] += rig.Pages(len(effective), 5)
			made[rig.StatusOp] += rig.Pages(node.StatusCount(), 50)
		}
		if len(want) == 0 {
			t.Fatal("the fleet has none")
		}
		w.Check(t, documented(t, rig.EffectiveTable, "List associations that apply to a node but have never reported"),
			rig.Only(want, "instance_id", "association_id", "association_version", "region", "account_id"), made)
	})

	t.Run("failed associations, reading the nodes alone whose status is a failure", func(t *testing.T) {
		var want []rig.Row
		made := rig.Calls{}
		failing := map[string]int{} // nodes by region, which AWS lists by their status
		for _, node := range w.EveryNode() {
			i := node.Information()
			if rig.Dereference(i.AssociationStatus) != "Failed" {
				continue
			}
			failing[node.Region]++
			made[rig.StatusOp] += rig.Pages(node.StatusCount(), 50)
			for _, s := range node.Statuses() {
				if slices.Contains(ssmassoc.FailingStatuses, rig.Dereference(s.Status)) {
					r := rig.Only([]rig.Row{rig.ExpectedStatus(w.Fleet, node, s)}, "title", "status", "detailed_status", "execution_date", "error_code", "region", "account_id")[0]
					r["instance_id"], r["node"] = node.InstanceID, rig.ExpectedNode(w.Fleet, node)["title"]
					want = append(want, r)
				}
			}
		}
		for _, n := range failing {
			made[rig.ListingOp] += rig.Pages(n, 50)
		}
		if made[rig.StatusOp] >= len(w.EveryNode()) {
			t.Fatal("every node has a failure: the test shows nothing")
		}
		w.Check(t, documented(t, rig.NodeTable, "List failed associations on nodes with failures"), want, made)
	})

	t.Run("when the failing associations of a node last succeeded", func(t *testing.T) {
		var want []rig.Row
		made := rig.Calls{rig.StatusOp: 1}
		for _, s := range node.Statuses() {
			if rig.Dereference(s.Status) != "Failed" {
				continue
			}
			r := rig.Row{"instance_id": nodeID, "association_id": *s.AssociationID, "title": rig.FirstOf(s.AssociationName, s.Name), "failed": rig.Date(s.ExecutionDate), "last_success": nil}
			for _, a := range w.Fleet.Associations(region) {
				if a.AssociationID != *s.AssociationID {
					continue
				}
				made[rig.ExecutionsOp] += rig.Pages(len(a.Executions()), 50)
				for _, e := range a.Executions() {
					made[rig.TargetsOp]++
					for _, target := range e.Targets() {
						if target.ResourceID == nodeID && rig.Dereference(target.Status) == "Success" {
							if last, _ := r["last_success"].(string); rig.LaterThan(rig.Date(target.LastExecutionDate).(string), last) {
								r["last_success"] = rig.Date(target.LastExecutionDate)
							}
						}
					}
				}
			}
			want = append(want, r)
		}
		sql := documented(t, rig.TargetTable, "Get the last success of each association that is failing on a node")
		w.Check(t, sql, want, made)
	})

	t.Run("its failure rate on each node over 30 days", func(t *testing.T) {
		type rate struct {
			executions, others int64
			last               any
		}
		rates := map[string]rate{}
		made := rig.Calls{}
		recent := 0
		for _, e := range association.Executions() {
			if e.CreatedTime == nil || !e.CreatedTime.Time().After(now.AddDate(0, 0, -30)) {
				continue
			}
			recent++
			made[rig.TargetsOp] += rig.Pages(len(e.Targets()), 50)
			for _, target := range e.Targets() {
				r := rates[target.ResourceID]
				r.executions++
				switch {
				case target.Status == nil:
				case *target.Status != "Success":
					r.others++
				default:
					if last, _ := r.last.(string); rig.LaterThan(rig.Date(target.LastExecutionDate).(string), last) {
						r.last = rig.Date(target.LastExecutionDate)
					}
				}
				rates[target.ResourceID] = r
			}
		}
		made[rig.ExecutionsOp] = rig.Pages(recent, 50)
		if recent == 0 || recent == len(association.Executions()) {
			t.Fatal("all executions or none are of the last 30 days: the test shows nothing")
		}
		var want []rig.Row
		for id, r := range rates {
			want = append(want, rig.Row{"resource_id": id, "executions": r.executions, "not_successful": r.others, "last_success": r.last})
		}
		sql := documented(t, rig.TargetTable, "Get the failure rate of an association on each node over the last 30 days")
		w.Check(t, sql, want, made)
	})

	t.Run("which nodes are due", func(t *testing.T) {
		const week = 7 * 24 * time.Hour
		gaps := map[string]time.Duration{"rate(30 minutes)": 30 * time.Minute, "rate(1 day)": 24 * time.Hour, "rate(7 days)": week,
			"cron(0 2 ? * SUN *)": week, "cron(0 0 2 ? * SUN#2 *)": 5 * week}
		var want []rig.Row
		made := rig.Calls{rig.ListingOp: listings, rig.AssociationsOp: associationListings}
		for _, region := range w.Fleet.Regions() {
			associations := map[string]fleet.Association{}
			for _, a := range w.Fleet.Associations(region) {
				associations[a.AssociationID] = a
			}
			for _, node := range w.Listed(region) {
				made[rig.StatusOp] += rig.Pages(node.StatusCount(), 50)
				for _, s := range node.Statuses() {
					a := associations[rig.Dereference(s.AssociationID)]
					schedule := rig.Dereference(a.ScheduleExpression)
					if gaps[schedule] == 0 && schedule != "" && !strings.HasPrefix(schedule, "at(") {
						t.Fatalf("a schedule that the test does not know: %s", schedule)
					}
					if gaps[schedule] == 0 || s.ExecutionDate == nil || !s.ExecutionDate.Time().Add(gaps[schedule]).Before(now) {
						continue
					}
					want = append(want, rig.Row{"instance_id": node.InstanceID, "title": rig.FirstOf(a.AssociationName, a.Name, &a.AssociationID),
						"schedule_expression": schedule, "status": rig.Value(s.Status), "execution_date": rig.Date(s.ExecutionDate), "region": region})
				}
			}
		}
		sql := documented(t, rig.AssociationTable, "List nodes on which an association is overdue")
		w.Check(t, sql, want, made)
	})

	t.Run("the failing step and its output, of failures on a node alone", func(t *testing.T) {
		const nodeID = "i-092406f55feb4a2b1"
		since := now.AddDate(0, 0, -8)
		recent := func(at *fleet.Timestamp) bool { return at != nil && at.Time().After(since) }
		var want []rig.Row
		node := w.Fleet.Node(region, nodeID)
		made := rig.Calls{rig.StatusOp: rig.Pages(node.StatusCount(), 50)}
		for _, s := range node.Statuses() {
			if rig.Dereference(s.Status) != "Failed" || !recent(s.ExecutionDate) {
				continue
			}
			a, _ := w.Fleet.Region(region).AssociationByID(*s.AssociationID)
			runs := slices.DeleteFunc(a.Executions(), func(e fleet.Execution) bool { return !recent(e.CreatedTime) })
			made[rig.ExecutionsOp] += rig.Pages(len(runs), 50)
			for _, e := range runs {
				made[rig.TargetsOp]++
				for _, target := range e.Targets() {
					source := target.OutputSource
					if target.ResourceID != nodeID || rig.Dereference(target.Status) != "Failed" || source == nil ||
						rig.Dereference(source.OutputSourceType) != "RunCommand" || source.OutputSourceID == nil {
						continue
					}
					made[rig.InvocationsOp]++
					for _, r := range expectedSteps(w.Fleet, region, *source.OutputSourceID, nodeID) {
						r["title"], r["last_execution_date"] = rig.FirstOf(s.AssociationName, s.Name), rig.Date(target.LastExecutionDate)
						want = append(want, r)
					}
				}
			}
		}
		if len(want) == 0 {
			t.Fatal("the node has no failure with a step")
		}
		w.Check(t, documented(t, rig.InvocationTable, "Get the failing step and its output for each association that failed on a node"), want, made)
	})

	t.Run("the fleet's compliance, and the details only of what fails", func(t *testing.T) {
		var want []rig.Row
		failing := map[string]int{}                // summaries, by region
		made := rig.Calls{rig.ListingOp: listings} // a join reads the nodes that AWS lists
		for _, region := range w.Fleet.Regions() {
			for _, node := range w.Fleet.Nodes(region) {
				if !slices.ContainsFunc(node.ComplianceSummaries(), func(s fleet.ResourceComplianceSummary) bool {
					return s.ComplianceType == "Association" && s.Status == "NON_COMPLIANT"
				}) {
					continue
				}
				failing[region]++
				items := slices.DeleteFunc(rig.ExpectedItems(w.Fleet, node), func(r rig.Row) bool {
					return r["compliance_type"] != "Association" || r["status"] != "NON_COMPLIANT"
				})
				made[rig.ItemsOp] += rig.Pages(len(items), 50)
				want = append(want, rig.Only(items, "resource_id", "title", "severity", "execution_time", "region", "account_id")...)
			}
			made[rig.SummariesOp] += rig.Pages(failing[region], 50)
		}
		if made[rig.ItemsOp] >= len(w.EveryNode()) {
			t.Fatal("every node fails: the test shows nothing")
		}
		w.Check(t, documented(t, rig.SummaryTable, "List the non-compliant associations of only the nodes that have any"), want, made)
	})

	t.Run("nodes whose compliance snapshot disagrees with the executions", func(t *testing.T) {
		var want []rig.Row
		reasons := map[string]int{}
		made := rig.ScanCalls(w.EveryNode())
		for _, region := range w.Fleet.Regions() {
			summaries := 0
			for _, node := range w.Fleet.Nodes(region) {
				for _, s := range node.ComplianceSummaries() {
					if s.ComplianceType == "Association" {
						summaries++
					}
				}
			}
			made[rig.SummariesOp] += rig.Pages(summaries, 50)
		}
		for _, node := range w.EveryNode() {
			a := rig.Agree(node, "Failed", "TimedOut")
			if a.Outcome() != "alarm" || a.Associations == 0 {
				continue
			}
			reason := a.Reason()
			if reason == "no snapshot" {
				reason = "no snapshot of associations"
			}
			reasons[reason]++
			want = append(want, rig.Row{
				"instance_id": node.InstanceID, "snapshot": cmp.Or(a.Snapshot, "NotApplicable"), "reason": reason, "region": node.Region,
				"failed": int64(a.Failed), "succeeded": int64(a.Succeeded), "associations": int64(a.Associations),
			})
		}
		if len(reasons) < 3 {
			t.Errorf("the fleet shows only %v", reasons)
		}
		w.Check(t, documented(t, rig.SummaryTable, "List nodes whose compliance snapshot disagrees with the executions"), want, made)
	})

	t.Run("what was changed before an association began to fail", func(t *testing.T) {
		var want []rig.Row
		made := rig.Calls{rig.AssociationsOp: rig.Pages(len(w.Fleet.Associations(region)), 50)}
		for _, a := range w.Fleet.Associations(region) {
			if a.Overview == nil || rig.Dereference(a.Overview.Status) != "Failed" {
				continue
			}
			made[rig.VersionsOp] += rig.Pages(len(a.Versions()), 50)
			made[rig.ExecutionsOp] += rig.Pages(a.ExecutionCount(), 50)
			first := firstFailure(a)
			if first == nil {
				continue
			}
			changes := slices.DeleteFunc(a.Versions(), func(v fleet.AssociationVersion) bool {
				return v.CreatedDate == nil || *v.CreatedDate > *first
			})
			if len(changes) == 0 {
				continue
			}
			number, err := strconv.Atoi(*changes[0].AssociationVersion) // the newest comes first
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, rig.Row{
				"association_id": a.AssociationID, "title": rig.FirstOf(a.AssociationName, a.Name, &a.AssociationID),
				"first_failure": rig.Date(first), "association_version": int64(number), "changed": rig.Date(changes[0].CreatedDate),
			})
		}
		if len(want) == 0 {
			t.Fatal("the fleet has none")
		}
		w.Check(t, documented(t, rig.VersionTable, "Get the last change before each association began to fail"), want, made)
	})

	t.Run("associations whose runbook failed, with the step", func(t *testing.T) {
		var want []rig.Row
		made := rig.Calls{rig.AssociationsOp: associationListings}
		for _, region := range w.Fleet.Regions() {
			failed := rig.ExpectedAutomations(w.Fleet, region, func(a fleet.AutomationExecution) bool {
				return a.AutomationExecutionStatus == "Failed" || a.AutomationExecutionStatus == "TimedOut"
			})
			made[rig.AutomationsOp] += rig.Pages(len(failed), 50)
			made[rig.StepsOp] += len(failed)
			for _, r := range failed {
				id, started := r["association_id"].(string)
				if !started {
					continue
				}
				a, _ := w.Fleet.Region(region).AssociationByID(id)
				message := r["failed_step_message"]
				if message == nil {
					message = r["failure_message"]
				}
				want = append(want, rig.Row{"title": rig.FirstOf(a.AssociationName, a.Name, &id), "target": r["target"], "start_time": r["start_time"],
					"failed_step_name": r["failed_step_name"], "message": message, "region": region, "account_id": r["account_id"]})
			}
		}
		if len(want) == 0 {
			t.Fatal("the fleet has none")
		}
		w.Check(t, documented(t, rig.AutomationTable, "List associations whose runbook failed, with the step"), want, made)
	})
}

// expectedSteps are the steps of a command on a node that did not succeed.
func expectedSteps(simulated *fleet.Fleet, region, command, nodeID string) []rig.Row {
	var rows []rig.Row
	r := simulated.Region(region)
	places, _ := r.InvocationsOfCommand(command)
	for _, place := range places {
		invocation := r.CommandInvocation(int(place))
		if invocation.InstanceID != nodeID {
			continue
		}
		for _, p := range invocation.CommandPlugins {
			if p.Status != "Success" {
				rows = append(rows, rig.Row{"step": p.Name, "response_code": int64(p.ResponseCode), "output": p.Output})
			}
		}
	}
	return rows
}

// firstFailure returns when the first execution of an association's current series of
// failures started, or nil where it is not failing.
func firstFailure(a fleet.Association) *fleet.Timestamp {
	var success, first *fleet.Timestamp
	executions := a.Executions()
	for _, e := range executions {
		if rig.Dereference(e.Status) == "Success" && e.CreatedTime != nil && (success == nil || *e.CreatedTime > *success) {
			success = e.CreatedTime
		}
	}
	for _, e := range executions {
		failed := rig.Dereference(e.Status) == "Failed" && e.CreatedTime != nil && (success == nil || *e.CreatedTime > *success)
		if failed && (first == nil || *e.CreatedTime < *first) {
			first = e.CreatedTime
		}
	}
	return first
}
