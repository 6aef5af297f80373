package fleet_test

import (
	"encoding/json"
	"reflect"
	"strings"
	"sync"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// shown encodes everything about an association, for comparisons.
func shown(t *testing.T, a fleet.Association) string {
	t.Helper()
	all := []any{a}
	for _, e := range a.Executions() {
		all = append(all, e, e.Targets())
	}
	b, err := json.Marshal(all)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// observeAssociation counts the varieties of an association.
func observeAssociation(s sightings, a fleet.Association) {
	see := func(of string, v any) {
		for name, set := range members(v) {
			s.see(of+" with "+name, set)
			s.see(of+" without "+name, !set)
		}
	}
	see("association", a)
	if a.Overview != nil {
		see("overview", *a.Overview)
	}
	if a.Status != nil {
		s.see("info", a.Status.AdditionalInfo != nil)
		s.see("no info", a.Status.AdditionalInfo == nil)
	}
	if a.OutputLocation != nil {
		see("location", *a.OutputLocation)
		if a.OutputLocation.S3Location != nil {
			see("bucket", *a.OutputLocation.S3Location)
		}
	}
	for _, l := range a.TargetLocations {
		see("target location", l)
	}
	for _, target := range a.Targets {
		see("target", target)
	}
	if a.ScheduleExpression != nil {
		s["schedule "+*a.ScheduleExpression]++
	}
	s.see("legacy", a.InstanceID != nil && a.Targets == nil)
	s.see("maps", a.TargetMaps != nil && a.Targets == nil)
	s.see("offset", a.ScheduleOffset != nil && strings.Contains(*a.ScheduleExpression, "#"))
	s.see("not due yet", a.ApplyOnlyAtCronInterval != nil && *a.ApplyOnlyAtCronInterval && a.LastUpdateAssociationDate != nil &&
		a.LastExecutionDate != nil && a.LastUpdateAssociationDate.Time().After(a.LastExecutionDate.Time()))
	s.see("never run", a.LastExecutionDate == nil && len(a.Executions()) == 0)
}

func TestEveryVarietyOfAssociationOccursInEachRegion(t *testing.T) {
	want := []string{"legacy", "maps", "offset", "not due yet", "never run", "info", "no info",
		"schedule rate(30 minutes)", "schedule rate(1 day)", "schedule rate(7 days)", "schedule cron(0 2 ? * SUN *)",
		"schedule cron(0 0 2 ? * SUN#2 *)", "schedule at(2026-07-01T02:00:00)", "target with Values", "target without Values"}
	for of, v := range map[string]any{
		"association": fleet.Association{}, "overview": fleet.StatusOverview{}, "location": fleet.OutputLocation{}, "target location": fleet.TargetLocation{},
	} {
		for name := range members(v) {
			want = append(want, of+" with "+name)
			if of+name != "overviewStatus" && of+name != "target locationRegions" && of+name != "target locationAccounts" {
				want = append(want, of+" without "+name)
			}
		}
	}
	want = append(want, "bucket without OutputS3KeyPrefix", "bucket without OutputS3Region", "bucket with OutputS3Region")
	for seed := range uint64(3) {
		simulated := fleet.New(fleet.Options{Seed: seed})
		for _, region := range simulated.Regions() {
			seen := make(sightings)
			for _, a := range simulated.Associations(region) {
				observeAssociation(seen, a)
			}
			for _, name := range want {
				if seen[name] == 0 {
					t.Errorf("seed %d: no %s in %s", seed, name, region)
				}
			}
		}
	}
}

// rowsByAssociation groups the rows of a region by association, including the
// row that omits its own.
func rowsByAssociation(f *fleet.Fleet, region string) map[string][]fleet.AssociationStatus {
	all := make(map[string][]fleet.AssociationStatus)
	for _, n := range f.Nodes(region) {
		effective := n.EffectiveAssociations()
		for j, row := range n.Statuses() {
			row.InstanceID = new(n.InstanceID)
			all[effective[j].AssociationID] = append(all[effective[j].AssociationID], row)
		}
	}
	return all
}

func TestAssociationsAgreeWithTheRows(t *testing.T) {
	simulated := fleet.New(fleet.Options{Nodes: 200})
	for _, region := range simulated.Regions() {
		rows := rowsByAssociation(simulated, region)
		elsewhere := 0
		for _, a := range simulated.Associations(region) {
			counts, last, success := make(map[string]int), fleet.Timestamp(0), fleet.Timestamp(0)
			for _, row := range rows[a.AssociationID] {
				if row.Status != nil {
					counts[*row.Status]++
				}
				if row.ExecutionDate != nil {
					last = max(last, *row.ExecutionDate)
					if row.Status != nil && *row.Status == "Success" {
						success = max(success, *row.ExecutionDate)
					}
				}
				if row.Name != nil && a.Name != nil && *row.Name != *a.Name {
					t.Errorf("association %s is of %s and of %s", a.AssociationID, *a.Name, *row.Name)
				}
				if a.InstanceID != nil && *row.InstanceID != *a.InstanceID {
					t.Errorf("association %s was created for another node than %s", a.AssociationID, *row.InstanceID)
				}
			}
			if a.Overview != nil && a.Overview.Counts != nil && !reflect.DeepEqual(a.Overview.Counts, counts) {
				t.Errorf("association %s: %v, want %v", a.AssociationID, a.Overview.Counts, counts)
			}
			if failed := counts["Failed"]+counts["TimedOut"] > 0; a.Overview != nil && failed != (*a.Overview.Status == "Failed") {
				t.Errorf("association %s: %v is %s", a.AssociationID, counts, *a.Overview.Status)
			}
			if !sameDate(a.LastExecutionDate, last) || !sameDate(a.LastSuccessfulExecutionDate, success) {
				t.Errorf("association %s: last run %v, %v", a.AssociationID, a.LastExecutionDate, a.LastSuccessfulExecutionDate)
			}
			if other := bucketRegion(a); other != "" && other != region {
				elsewhere++
			}
			checkOutput(t, simulated.Nodes(region), a, rows[a.AssociationID])
		}
		if elsewhere != 1 {
			t.Errorf("%d buckets of another region than %s", elsewhere, region)
		}
	}
}

func bucketRegion(a fleet.Association) string {
	if a.OutputLocation == nil || a.OutputLocation.S3Location == nil {
		return ""
	}
	return aws.ToString(a.OutputLocation.S3Location.OutputS3Region)
}

// sameDate compares an optional date with one that is 0 if absent.
func sameDate(got *fleet.Timestamp, want fleet.Timestamp) bool {
	return got == nil && want == 0 || got != nil && *got == want
}

// checkOutput compares the configured output location with that of the rows,
// except for the two nodes that show every form of URL.
func checkOutput(t *testing.T, nodes []*fleet.Node, a fleet.Association, rows []fleet.AssociationStatus) {
	t.Helper()
	configured := a.OutputLocation != nil && a.OutputLocation.S3Location != nil
	if configured && *a.OutputLocation.S3Location.OutputS3BucketName != "example-association-output" {
		t.Errorf("association %s: bucket %s", a.AssociationID, *a.OutputLocation.S3Location.OutputS3BucketName)
	}
	for _, row := range rows {
		if *row.InstanceID == nodes[0].InstanceID || *row.InstanceID == nodes[2].InstanceID {
			continue
		}
		if row.OutputURL != nil && !configured {
			t.Errorf("association %s puts nothing out and node %s has %s", a.AssociationID, *row.InstanceID, *row.OutputURL)
		}
	}
}

func TestAssociationsAreAPureFunctionOfTheOptions(t *testing.T) {
	for _, o := range []fleet.Options{{Seed: 7}, {Seed: 7, Associations: 4, Nodes: 30}} {
		a, b := fleet.New(o), fleet.New(o)
		for _, region := range a.Regions() {
			others, again := b.Associations(region), a.Associations(region)
			for i, association := range a.Associations(region) {
				if shown(t, association) != shown(t, others[i]) || shown(t, association) != shown(t, again[i]) {
					t.Errorf("association %s of %s differs", association.AssociationID, region)
				}
			}
		}
	}
	t.Run("another seed makes other associations", func(t *testing.T) {
		a, b := fleet.New(fleet.Options{Seed: 7}).Associations(region0), fleet.New(fleet.Options{Seed: 8}).Associations(region0)
		if a[0].AssociationID == b[0].AssociationID {
			t.Error("both seeds have the same")
		}
	})
	t.Run("dates move with the moment at which the fleet is looked at", func(t *testing.T) {
		early, late := fleet.New(fleet.Options{}), fleet.New(fleet.Options{Now: momentsLater})
		moved, after := late.Now().Sub(early.Now()), late.Associations(region0)
		for i, a := range early.Associations(region0) {
			checkMoved(t, a.Date, after[i].Date, moved)
			checkMoved(t, a.LastExecutionDate, after[i].LastExecutionDate, moved)
			later := after[i].Executions()
			for j, e := range a.Executions() {
				if later[j].ExecutionID != e.ExecutionID {
					t.Errorf("execution %s became %s", e.ExecutionID, later[j].ExecutionID)
				}
			}
		}
	})
	t.Run("also when many ask at once", func(t *testing.T) {
		simulated := fleet.New(fleet.Options{})
		want := shown(t, fleet.New(fleet.Options{}).Associations(region0)[1])
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if shown(t, simulated.Associations(region0)[1]) != want {
					t.Error("differs")
				}
			})
		}
		all.Wait()
	})
}

func TestNodesDrift(t *testing.T) {
	simulated := fleet.New(fleet.Options{Nodes: 3000})
	drifting, ordinary := 0, 0
	for _, region := range simulated.Regions() {
		for i, n := range simulated.Nodes(region) {
			reported, drift := checkEffective(t, n)
			if reported != n.StatusCount() || drift > 2 {
				t.Errorf("node %s: %d rows, %d reported, %d not", n.InstanceID, n.StatusCount(), reported, drift)
			}
			switch {
			case i == 4 && drift == 0:
				t.Errorf("node %s, which has no rows, does not drift", n.InstanceID)
			case i < 7 && i != 4 && drift > 0:
				t.Errorf("node %d of %s drifts", i, region)
			case i >= 7:
				ordinary++
				drifting += min(1, drift)
			}
		}
	}
	if share := float64(drifting) / float64(ordinary); share < 0.13 || share > 0.20 {
		t.Errorf("%.3f of the nodes drift", share)
	}
	for _, n := range allNodes(fleet.New(fleet.Options{Associations: 5})) {
		if reported, drift := checkEffective(t, n); reported != 5 || drift != 0 {
			t.Errorf("node %s: %d reported, %d not", n.InstanceID, reported, drift)
		}
	}
}

// checkEffective checks the effective associations of a node against its rows
// and counts those with and without a row.
func checkEffective(t *testing.T, n *fleet.Node) (reported, drift int) {
	t.Helper()
	seen := make(map[string]bool)
	rows := n.Statuses()
	for j, e := range n.EffectiveAssociations() {
		if seen[e.AssociationID] {
			t.Errorf("association %s applies twice to node %s", e.AssociationID, n.InstanceID)
		}
		seen[e.AssociationID] = true
		if !e.Reported {
			drift++
			continue
		}
		reported++
		if row := rows[j]; row.AssociationID != nil && *row.AssociationID != e.AssociationID {
			t.Errorf("row %d of node %s is not about %s", j, n.InstanceID, e.AssociationID)
		}
	}
	return reported, drift
}

func TestEveryVarietyOfEffectiveAssociationOccurs(t *testing.T) {
	seen := make(sightings)
	for _, n := range fleet.New(fleet.Options{}).Nodes(region0) {
		for _, e := range n.EffectiveAssociations() {
			for name, set := range members(e) {
				seen.see("with "+name, set)
				seen.see("without "+name, !set)
			}
			if e.Content != nil && !json.Valid([]byte(*e.Content)) {
				t.Errorf("content %s", *e.Content)
			}
		}
	}
	for name := range members(fleet.EffectiveAssociation{}) {
		if seen["with "+name] == 0 || seen["without "+name] == 0 {
			t.Errorf("%s: %v", name, seen)
		}
	}
}
