package e2e

import (
	"cmp"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// documented returns the SQLite form of an example on a table's page.
func documented(t *testing.T, table, heading string) string {
	t.Helper()
	return exampleOf(t, table, heading).sql[sqlite]
}

// exampleOf returns an example on a table's page.
func exampleOf(t *testing.T, table, heading string) example {
	t.Helper()
	examples := readExamples(t, filepath.Join(tableDocs, table+".md"))
	i := slices.IndexFunc(examples, func(e example) bool { return e.heading == heading })
	if i < 0 {
		t.Fatalf("the page of %s has no example %q", table, heading)
	}
	return examples[i]
}

// TestUseCases checks the exact rows and the number of calls of the documented
// use cases. TestExamples checks that PostgreSQL returns as many.
func TestUseCases(t *testing.T) {
	w := newWorld(t, worldOptions{fleet: documentedFleet()})
	const region, nodeID, associationID = "eu-west-1", "i-0036092b4bc358841", "2dee6c99-792f-4883-adce-07eb61143ab7"
	node := w.fleet.Node(region, nodeID)
	var association fleet.Association
	for _, a := range w.fleet.Associations(region) {
		if a.AssociationID == associationID {
			association = a
		}
	}
	now := time.Now()
	listings := func() int {
		n := 0
		for _, region := range w.fleet.Regions() {
			n += pages(len(w.listed(region)), 50)
		}
		return n
	}()
	associationListings := func() int {
		n := 0
		for _, region := range w.fleet.Regions() {
			n += pages(len(w.fleet.Associations(region)), 50)
		}
		return n
	}()

	t.Run("associations that apply to a node but never reported", func(t *testing.T) {
		var want []row
		made := calls{listingOp: 2 * listings} // one per table; with the cache they share it
		for _, node := range w.everyNode() {
			reported := map[string]bool{}
			for _, s := range node.Statuses() {
				reported[dereference(s.AssociationID)] = true
			}
			effective := expectedEffective(w.fleet, node)
			for _, e := range effective {
				if id, _ := e["association_id"].(string); !reported[id] {
					want = append(want, e)
				}
			}
			made[effectiveOp] += pages(len(effective), 5)
			made[statusOp] += pages(node.StatusCount(), 50)
		}
		if len(want) == 0 {
			t.Fatal("the fleet has none")
		}
		w.check(t, documented(t, effectiveTable, "List associations that apply to a node but have never reported"),
			only(want, "instance_id", "association_id", "association_version", "region", "account_id"), made)
	})

	t.Run("failed associations, reading the nodes alone whose status is a failure", func(t *testing.T) {
		var want []row
		made := calls{}
		failing := map[string]int{} // nodes by region, which AWS lists by their status
		for _, node := range w.everyNode() {
			i := node.Information()
			if dereference(i.AssociationStatus) != "Failed" {
				continue
			}
			failing[node.Region]++
			made[statusOp] += pages(node.StatusCount(), 50)
			for _, s := range node.Statuses() {
				if slices.Contains(ssmassoc.FailingStatuses, dereference(s.Status)) {
					r := only([]row{expectedRow(w.fleet, node, s)}, "title", "status", "detailed_status", "execution_date", "error_code", "region", "account_id")[0]
					r["instance_id"], r["node"] = node.InstanceID, expectedNode(w.fleet, node)["title"]
					want = append(want, r)
				}
			}
		}
		for _, n := range failing {
			made[listingOp] += pages(n, 50)
		}
		if made[statusOp] >= len(w.everyNode()) {
			t.Fatal("every node has a failure: the test shows nothing")
		}
		w.check(t, documented(t, nodeTable, "List failed associations on nodes with failures"), want, made)
	})

	t.Run("when the failing associations of a node last succeeded", func(t *testing.T) {
		var want []row
		made := calls{statusOp: 1}
		for _, s := range node.Statuses() {
			if dereference(s.Status) != "Failed" {
				continue
			}
			r := row{"instance_id": nodeID, "association_id": *s.AssociationID, "title": firstOf(s.AssociationName, s.Name), "failed": date(s.ExecutionDate), "last_success": nil}
			for _, a := range w.fleet.Associations(region) {
				if a.AssociationID != *s.AssociationID {
					continue
				}
				made[executionsOp] += pages(len(a.Executions()), 50)
				for _, e := range a.Executions() {
					made[targetsOp]++
					for _, target := range e.Targets() {
						if target.ResourceID == nodeID && dereference(target.Status) == "Success" {
							if last, _ := r["last_success"].(string); laterThan(date(target.LastExecutionDate).(string), last) {
								r["last_success"] = date(target.LastExecutionDate)
							}
						}
					}
				}
			}
			want = append(want, r)
		}
		sql := documented(t, targetTable, "Get the last success of each association that is failing on a node")
		w.check(t, sql, want, made)
	})

	t.Run("its failure rate on each node over 30 days", func(t *testing.T) {
		type rate struct {
			executions, others int64
			last               any
		}
		rates := map[string]rate{}
		made := calls{}
		recent := 0
		for _, e := range association.Executions() {
			if e.CreatedTime == nil || !e.CreatedTime.Time().After(now.AddDate(0, 0, -30)) {
				continue
			}
			recent++
			made[targetsOp] += pages(len(e.Targets()), 50)
			for _, target := range e.Targets() {
				r := rates[target.ResourceID]
				r.executions++
				switch {
				case target.Status == nil:
				case *target.Status != "Success":
					r.others++
				default:
					if last, _ := r.last.(string); laterThan(date(target.LastExecutionDate).(string), last) {
						r.last = date(target.LastExecutionDate)
					}
				}
				rates[target.ResourceID] = r
			}
		}
		made[executionsOp] = pages(recent, 50)
		if recent == 0 || recent == len(association.Executions()) {
			t.Fatal("all executions or none are of the last 30 days: the test shows nothing")
		}
		var want []row
		for id, r := range rates {
			want = append(want, row{"resource_id": id, "executions": r.executions, "not_successful": r.others, "last_success": r.last})
		}
		sql := documented(t, targetTable, "Get the failure rate of an association on each node over the last 30 days")
		w.check(t, sql, want, made)
	})

	t.Run("which nodes are due", func(t *testing.T) {
		rates := map[string]time.Duration{"rate(30 minutes)": 30 * time.Minute, "rate(1 day)": 24 * time.Hour, "rate(7 days)": 7 * 24 * time.Hour}
		var want []row
		made := calls{listingOp: listings, associationsOp: associationListings}
		for _, region := range w.fleet.Regions() {
			associations := map[string]fleet.Association{}
			for _, a := range w.fleet.Associations(region) {
				associations[a.AssociationID] = a
			}
			for _, node := range w.listed(region) {
				made[statusOp] += pages(node.StatusCount(), 50)
				for _, s := range node.Statuses() {
					a := associations[dereference(s.AssociationID)]
					schedule := dereference(a.ScheduleExpression)
					if rates[schedule] == 0 && strings.HasPrefix(schedule, "rate(") {
						t.Fatalf("a schedule that the test does not know: %s", schedule)
					}
					if rates[schedule] == 0 || s.ExecutionDate == nil || !s.ExecutionDate.Time().Add(rates[schedule]).Before(now) {
						continue
					}
					want = append(want, row{"instance_id": node.InstanceID, "title": firstOf(a.AssociationName, a.Name, &a.AssociationID),
						"schedule_expression": schedule, "status": value(s.Status), "execution_date": date(s.ExecutionDate), "region": region})
				}
			}
		}
		sql := documented(t, associationTable, "List nodes on which a rate-scheduled association is overdue")
		w.check(t, sql, want, made)
	})

	t.Run("the failing step and its output, of failures on a node alone", func(t *testing.T) {
		const nodeID = "i-092406f55feb4a2b1"
		since := now.AddDate(0, 0, -8)
		recent := func(at *fleet.Timestamp) bool { return at != nil && at.Time().After(since) }
		var want []row
		node := w.fleet.Node(region, nodeID)
		made := calls{statusOp: pages(node.StatusCount(), 50)}
		for _, s := range node.Statuses() {
			if dereference(s.Status) != "Failed" || !recent(s.ExecutionDate) {
				continue
			}
			a, _ := w.fleet.Region(region).AssociationByID(*s.AssociationID)
			runs := slices.DeleteFunc(a.Executions(), func(e fleet.Execution) bool { return !recent(e.CreatedTime) })
			made[executionsOp] += pages(len(runs), 50)
			for _, e := range runs {
				made[targetsOp]++
				for _, target := range e.Targets() {
					source := target.OutputSource
					if target.ResourceID != nodeID || dereference(target.Status) != "Failed" || source == nil ||
						dereference(source.OutputSourceType) != "RunCommand" || source.OutputSourceID == nil {
						continue
					}
					made[invocationsOp]++
					for _, r := range expectedSteps(w.fleet, region, *source.OutputSourceID, nodeID) {
						r["title"], r["last_execution_date"] = firstOf(s.AssociationName, s.Name), date(target.LastExecutionDate)
						want = append(want, r)
					}
				}
			}
		}
		if len(want) == 0 {
			t.Fatal("the node has no failure with a step")
		}
		w.check(t, documented(t, invocationTable, "Get the failing step and its output for each association that failed on a node"), want, made)
	})

	t.Run("the fleet's compliance, and the details only of what fails", func(t *testing.T) {
		var want []row
		failing := map[string]int{}        // summaries, by region
		made := calls{listingOp: listings} // a join reads the nodes that AWS lists
		for _, region := range w.fleet.Regions() {
			for _, node := range w.fleet.Nodes(region) {
				if !slices.ContainsFunc(node.ComplianceSummaries(), func(s fleet.ResourceComplianceSummary) bool {
					return s.ComplianceType == "Association" && s.Status == "NON_COMPLIANT"
				}) {
					continue
				}
				failing[region]++
				items := slices.DeleteFunc(expectedItems(w.fleet, node), func(r row) bool {
					return r["compliance_type"] != "Association" || r["status"] != "NON_COMPLIANT"
				})
				made[itemsOp] += pages(len(items), 50)
				want = append(want, only(items, "resource_id", "title", "severity", "execution_time", "region", "account_id")...)
			}
			made[summariesOp] += pages(failing[region], 50)
		}
		if made[itemsOp] >= len(w.everyNode()) {
			t.Fatal("every node fails: the test shows nothing")
		}
		w.check(t, documented(t, summaryTable, "List the non-compliant associations of only the nodes that have any"), want, made)
	})

	t.Run("nodes whose compliance snapshot disagrees with the executions", func(t *testing.T) {
		var want []row
		reasons := map[string]int{}
		made := scanCalls(w.everyNode())
		for _, region := range w.fleet.Regions() {
			summaries := 0
			for _, node := range w.fleet.Nodes(region) {
				for _, s := range node.ComplianceSummaries() {
					if s.ComplianceType == "Association" {
						summaries++
					}
				}
			}
			made[summariesOp] += pages(summaries, 50)
		}
		for _, node := range w.everyNode() {
			a := agreement(node, "Failed", "TimedOut")
			if a.outcome() != "alarm" || a.associations == 0 {
				continue
			}
			reason := a.reason()
			if reason == "no snapshot" {
				reason = "no snapshot of associations"
			}
			reasons[reason]++
			want = append(want, row{
				"instance_id": node.InstanceID, "snapshot": cmp.Or(a.snapshot, "NotApplicable"), "reason": reason, "region": node.Region,
				"failed": int64(a.failed), "succeeded": int64(a.succeeded), "associations": int64(a.associations),
			})
		}
		if len(reasons) < 3 {
			t.Errorf("the fleet shows only %v", reasons)
		}
		w.check(t, documented(t, summaryTable, "List nodes whose compliance snapshot disagrees with the executions"), want, made)
	})

	t.Run("what was changed before an association began to fail", func(t *testing.T) {
		var want []row
		made := calls{associationsOp: pages(len(w.fleet.Associations(region)), 50)}
		for _, a := range w.fleet.Associations(region) {
			if a.Overview == nil || dereference(a.Overview.Status) != "Failed" {
				continue
			}
			made[versionsOp] += pages(len(a.Versions()), 50)
			made[executionsOp] += pages(a.ExecutionCount(), 50)
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
			want = append(want, row{
				"association_id": a.AssociationID, "title": firstOf(a.AssociationName, a.Name, &a.AssociationID),
				"first_failure": date(first), "association_version": int64(number), "changed": date(changes[0].CreatedDate),
			})
		}
		if len(want) == 0 {
			t.Fatal("the fleet has none")
		}
		w.check(t, documented(t, versionTable, "Get the last change before each association began to fail"), want, made)
	})

	t.Run("associations whose runbook failed, with the step", func(t *testing.T) {
		var want []row
		made := calls{associationsOp: associationListings}
		for _, region := range w.fleet.Regions() {
			failed := expectedAutomations(w.fleet, region, func(a fleet.AutomationExecution) bool {
				return a.AutomationExecutionStatus == "Failed" || a.AutomationExecutionStatus == "TimedOut"
			})
			made[automationsOp] += pages(len(failed), 50)
			made[stepsOp] += len(failed)
			for _, r := range failed {
				id, started := r["association_id"].(string)
				if !started {
					continue
				}
				a, _ := w.fleet.Region(region).AssociationByID(id)
				message := r["failed_step_message"]
				if message == nil {
					message = r["failure_message"]
				}
				want = append(want, row{"title": firstOf(a.AssociationName, a.Name, &id), "target": r["target"], "start_time": r["start_time"],
					"failed_step_name": r["failed_step_name"], "message": message, "region": region, "account_id": r["account_id"]})
			}
		}
		if len(want) == 0 {
			t.Fatal("the fleet has none")
		}
		w.check(t, documented(t, automationTable, "List associations whose runbook failed, with the step"), want, made)
	})
}

// expectedSteps are the steps of a command on a node that did not succeed.
func expectedSteps(simulated *fleet.Fleet, region, command, nodeID string) []row {
	var rows []row
	r := simulated.Region(region)
	places, _ := r.InvocationsOfCommand(command)
	for _, place := range places {
		invocation := r.CommandInvocation(int(place))
		if invocation.InstanceID != nodeID {
			continue
		}
		for _, p := range invocation.CommandPlugins {
			if p.Status != "Success" {
				rows = append(rows, row{"step": p.Name, "response_code": int64(p.ResponseCode), "output": p.Output})
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
		if dereference(e.Status) == "Success" && e.CreatedTime != nil && (success == nil || *e.CreatedTime > *success) {
			success = e.CreatedTime
		}
	}
	for _, e := range executions {
		failed := dereference(e.Status) == "Failed" && e.CreatedTime != nil && (success == nil || *e.CreatedTime > *success)
		if failed && (first == nil || *e.CreatedTime < *first) {
			first = e.CreatedTime
		}
	}
	return first
}
