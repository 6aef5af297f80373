package fleet_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

func TestEveryVarietyOfExecutionOccursInEachRegion(t *testing.T) {
	want := []string{"no execution", "over 100", "typical", "status Success", "status Failed", "timed out",
		"source S3", "source RunCommand", "source empty", "source without id"}
	for name := range members(fleet.Execution{}) {
		want = append(want, "execution with "+name, "execution without "+name)
	}
	for name := range members(fleet.ExecutionTarget{}) {
		want = append(want, "target with "+name, "target without "+name)
	}
	simulated := fleet.New(fleet.Options{})
	for _, region := range simulated.Regions() {
		seen := make(sightings)
		for _, a := range simulated.Associations(region) {
			observeExecutions(seen, a)
		}
		for _, name := range want {
			if seen[name] == 0 {
				t.Errorf("no %s in %s", name, region)
			}
		}
		if seen["typical"] < 60 || seen["over 110"] > 0 {
			t.Errorf("%s: %d histories are typical, %d too long", region, seen["typical"], seen["over 110"])
		}
		if share := float64(seen["past success"]) / float64(seen["past"]); share < 0.80 || share > 0.90 {
			t.Errorf("%s: %.2f of all are successes", region, share)
		}
	}
}

func observeExecutions(s sightings, a fleet.Association) {
	executions := a.Executions()
	s.see("no execution", len(executions) == 0)
	s.see("over 100", len(executions) > 100)
	s.see("over 110", len(executions) > 110)
	s.see("typical", len(executions) >= 10 && len(executions) <= 30)
	for i, e := range executions {
		for name, set := range members(e) {
			s.see("execution with "+name, set)
			s.see("execution without "+name, !set)
		}
		if e.Status != nil {
			s["status "+*e.Status]++
		}
		s.see("timed out", e.DetailedStatus != nil && *e.DetailedStatus == "TimedOut")
		for _, target := range e.Targets() {
			for name, set := range members(target) {
				s.see("target with "+name, set)
				s.see("target without "+name, !set)
			}
			s.see("past", i > 0)
			s.see("past success", i > 0 && target.Status != nil && *target.Status == "Success")
			observeSource(s, target.OutputSource)
		}
	}
}

func observeSource(s sightings, source *fleet.OutputSource) {
	switch {
	case source == nil:
	case source.OutputSourceType == nil:
		s["source empty"]++
	case source.OutputSourceID == nil:
		s["source without id"]++
	default:
		s.see("source S3", *source.OutputSourceType == "S3" && strings.HasPrefix(*source.OutputSourceID, "https://"))
		s.see("source RunCommand", *source.OutputSourceType == "RunCommand" && len(*source.OutputSourceID) == 36)
	}
}

func TestExecutionsAreConsistent(t *testing.T) {
	for name, options := range map[string]fleet.Options{
		"the varied mix":               {Nodes: 100},
		"one node":                     {Nodes: 1, Regions: []string{region0}},
		"two nodes":                    {Nodes: 2, Regions: []string{region0}},
		"a fixed number of rows":       {Nodes: 30, Associations: 4},
		"a single row":                 {Nodes: 1, Associations: 1, Regions: []string{region0}},
		"another moment":               {Nodes: 30, Now: momentsLater},
		"a large fixed number of rows": {Nodes: 3, Associations: 150},
	} {
		t.Run(name, func(t *testing.T) {
			for seed := range uint64(3) {
				options.Seed = seed
				simulated := fleet.New(options)
				for _, region := range simulated.Regions() {
					rows := rowsByAssociation(simulated, region)
					for _, a := range simulated.Associations(region) {
						executions := a.Executions()
						if options.Associations > 0 && len(executions) != 3 {
							t.Errorf("%d executions, want 3", len(executions))
						}
						checkOrder(t, simulated, executions)
						for _, e := range executions {
							checkCounts(t, e)
						}
						if len(executions) > 0 {
							checkNewest(t, a, executions[0], rows[a.AssociationID])
						}
					}
				}
			}
		})
	}
}

// checkOrder checks that executions are newest first and within the fleet's
// history.
func checkOrder(t *testing.T, simulated *fleet.Fleet, executions []fleet.Execution) {
	t.Helper()
	later := simulated.Now().Add(time.Millisecond)
	seen := make(map[string]bool)
	for _, e := range executions {
		if seen[e.ExecutionID] {
			t.Errorf("execution %s occurs twice", e.ExecutionID)
		}
		seen[e.ExecutionID] = true
		if e.LastExecutionDate != nil && e.LastExecutionDate.Time().After(later) {
			t.Errorf("execution %s ended after the next had begun", e.ExecutionID)
		}
		if e.CreatedTime == nil {
			continue
		}
		created := e.CreatedTime.Time()
		if !created.Before(later) {
			t.Errorf("execution %s is not older than the one before it", e.ExecutionID)
		}
		// The newest execution began at most a run's duration before the earliest
		// row.
		if simulated.Now().Sub(created) > 60*24*time.Hour+time.Minute {
			t.Errorf("execution %s is of %s", e.ExecutionID, created)
		}
		later = created
	}
}

// checkCounts compares an execution with its targets.
func checkCounts(t *testing.T, e fleet.Execution) {
	t.Helper()
	counts, last, total := make(map[string]int), fleet.Timestamp(0), 0
	for _, target := range e.Targets() {
		if target.Status != nil {
			counts[*target.Status]++
			total++
		}
		if target.LastExecutionDate != nil {
			last = max(last, *target.LastExecutionDate)
		}
		if target.ExecutionID != e.ExecutionID || target.AssociationID != e.AssociationID {
			t.Errorf("target of execution %s of %s", target.ExecutionID, target.AssociationID)
		}
	}
	var parts []string
	for _, status := range []string{"Success", "Failed", "TimedOut", "InProgress", "Pending", "Associated", "Skipped"} {
		if counts[status] > 0 {
			parts = append(parts, fmt.Sprintf("%s=%d", status, counts[status]))
		}
	}
	if want := "{" + strings.Join(parts, ", ") + "}"; e.ResourceCountByStatus != nil && *e.ResourceCountByStatus != want {
		t.Errorf("execution %s: %s, want %s", e.ExecutionID, *e.ResourceCountByStatus, want)
	}
	if e.LastExecutionDate != nil && !sameDate(e.LastExecutionDate, last) {
		t.Errorf("execution %s: %v, want %s", e.ExecutionID, e.LastExecutionDate, last)
	}
	want := "Success"
	switch {
	case total == 0:
		want = "Pending"
	case counts["Failed"]+counts["TimedOut"] > 0:
		want = "Failed"
	case counts["InProgress"] > 0:
		want = "InProgress"
	}
	if e.Status != nil && *e.Status != want {
		t.Errorf("execution %s is %s, %v", e.ExecutionID, *e.Status, counts)
	}
}

// checkNewest compares the newest execution of an association with its rows.
func checkNewest(t *testing.T, a fleet.Association, newest fleet.Execution, rows []fleet.AssociationStatus) {
	t.Helper()
	rows = slices.DeleteFunc(slices.Clone(rows), func(row fleet.AssociationStatus) bool { return row.ExecutionDate == nil })
	targets := newest.Targets()
	if len(targets) != len(rows) {
		t.Fatalf("association %s: %d targets of %d rows", a.AssociationID, len(targets), len(rows))
	}
	if !reflect.DeepEqual(newest.LastExecutionDate, a.LastExecutionDate) {
		t.Errorf("association %s ran last at %v and at %v", a.AssociationID, a.LastExecutionDate, newest.LastExecutionDate)
	}
	for i, row := range rows {
		got := targets[i]
		if got.ResourceID != *row.InstanceID || !reflect.DeepEqual(got.Status, row.Status) ||
			!reflect.DeepEqual(got.DetailedStatus, row.DetailedStatus) || !reflect.DeepEqual(got.LastExecutionDate, row.ExecutionDate) {
			t.Errorf("association %s: target %+v, row %+v", a.AssociationID, got, row)
		}
		if row.OutputURL != nil && *got.OutputSource.OutputSourceID != *row.OutputURL {
			t.Errorf("association %s: output at %s, want %s", a.AssociationID, *got.OutputSource.OutputSourceID, *row.OutputURL)
		}
	}
}
