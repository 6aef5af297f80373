package awssim_test

import (
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"steampipe-plugin-ssmassoc/internal/awssim"
)

// executionsOf reads the executions of an association that pass the filters
// and reports the number of pages.
func executionsOf(t *testing.T, c *ssm.Client, id string, size int32, filters ...types.AssociationExecutionFilter) (all []types.AssociationExecution, pages int) {
	t.Helper()
	in := &ssm.DescribeAssociationExecutionsInput{AssociationId: aws.String(id), Filters: filters}
	if size > 0 {
		in.MaxResults = aws.Int32(size)
	}
	for p := ssm.NewDescribeAssociationExecutionsPaginator(c, in); p.HasMorePages(); pages++ {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.AssociationExecutions...)
	}
	return all, pages
}

// targetsOf reads the targets of an execution that pass the filters.
func targetsOf(t *testing.T, c *ssm.Client, e awssim.Execution, size int32, filters ...types.AssociationExecutionTargetsFilter) []types.AssociationExecutionTarget {
	t.Helper()
	in := &ssm.DescribeAssociationExecutionTargetsInput{AssociationId: aws.String(e.AssociationID), ExecutionId: aws.String(e.ExecutionID), Filters: filters}
	if size > 0 {
		in.MaxResults = aws.Int32(size)
	}
	var all []types.AssociationExecutionTarget
	for p := ssm.NewDescribeAssociationExecutionTargetsPaginator(c, in); p.HasMorePages(); {
		page, err := p.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, page.AssociationExecutionTargets...)
	}
	return all
}

func TestPagingYieldsExactlyTheExecutionsAndTheirTargets(t *testing.T) {
	fleet := awssim.NewFleet(awssim.FleetOptions{Nodes: 200, Regions: []string{region0}})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: fleet})
	client := defaultClient(t, endpoint)
	most := 0
	for k, a := range fleet.Associations(region0) {
		want := a.Executions()
		got, pages := executionsOf(t, client, a.AssociationID, 0)
		if most = max(most, pages); len(got) != len(want) {
			t.Fatalf("association %d: %d executions, want %d", k, len(got), len(want))
		}
		for e := range want {
			if got, want := plain(got[e]), plain(want[e]); !reflect.DeepEqual(got, want) {
				t.Errorf("association %d: %v, want %v", k, got, want)
			}
			if k != 1 || e%8 != 0 {
				continue
			}
			targets := want[e].Targets()
			for _, size := range []int32{0, 7} {
				got := targetsOf(t, client, want[e], size)
				if len(got) != len(targets) {
					t.Fatalf("%d targets, want %d", len(got), len(targets))
				}
				for i := range targets {
					if got, want := plain(got[i]), plain(targets[i]); !reflect.DeepEqual(got, want) {
						t.Errorf("target %d: %v, want %v", i, got, want)
					}
				}
			}
		}
	}
	if most != 3 {
		t.Errorf("the longest history has %d pages", most)
	}
}

func TestEveryVarietyOfExecutionOccursInEachRegion(t *testing.T) {
	want := []string{"no execution", "over 100", "typical", "status Success", "status Failed", "timed out",
		"source S3", "source RunCommand", "source empty", "source without id"}
	for name := range members(awssim.Execution{}) {
		want = append(want, "execution with "+name, "execution without "+name)
	}
	for name := range members(awssim.ExecutionTarget{}) {
		want = append(want, "target with "+name, "target without "+name)
	}
	fleet := awssim.NewFleet(awssim.FleetOptions{})
	for _, region := range fleet.Regions() {
		seen := make(sightings)
		for _, a := range fleet.Associations(region) {
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

func observeExecutions(s sightings, a awssim.Association) {
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

func observeSource(s sightings, source *awssim.OutputSource) {
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
	for name, options := range map[string]awssim.FleetOptions{
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
				fleet := awssim.NewFleet(options)
				for _, region := range fleet.Regions() {
					rows := rowsByAssociation(fleet, region)
					for _, a := range fleet.Associations(region) {
						executions := a.Executions()
						if options.Associations > 0 && len(executions) != 3 {
							t.Errorf("%d executions, want 3", len(executions))
						}
						checkOrder(t, fleet, executions)
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

// checkOrder reports executions that are not newest first or not within the
// history of the fleet.
func checkOrder(t *testing.T, fleet *awssim.Fleet, executions []awssim.Execution) {
	t.Helper()
	later := fleet.Now().Add(time.Millisecond)
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
		// What precedes the earliest row is as long as one run takes.
		if fleet.Now().Sub(created) > 60*24*time.Hour+time.Minute {
			t.Errorf("execution %s is of %s", e.ExecutionID, created)
		}
		later = created
	}
}

// checkCounts compares an execution with its targets.
func checkCounts(t *testing.T, e awssim.Execution) {
	t.Helper()
	counts, last, total := make(map[string]int), awssim.Timestamp(0), 0
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
func checkNewest(t *testing.T, a awssim.Association, newest awssim.Execution, rows []awssim.AssociationStatus) {
	t.Helper()
	rows = slices.DeleteFunc(slices.Clone(rows), func(row awssim.AssociationStatus) bool { return row.ExecutionDate == nil })
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
			t.Errorf("association %s: target %v, row %v", a.AssociationID, plain(got), plain(row))
		}
		if row.OutputURL != nil && *got.OutputSource.OutputSourceID != *row.OutputURL {
			t.Errorf("association %s: output at %s, want %s", a.AssociationID, *got.OutputSource.OutputSourceID, *row.OutputURL)
		}
	}
}

func TestFiltersSelectExecutions(t *testing.T) {
	fleet := awssim.NewFleet(awssim.FleetOptions{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: fleet})
	client := defaultClient(t, endpoint)
	a := fleet.Associations(region0)[1]
	all := a.Executions()
	f := func(key types.AssociationExecutionFilterKey, how types.AssociationFilterOperatorType, value string) types.AssociationExecutionFilter {
		return types.AssociationExecutionFilter{Key: key, Type: how, Value: &value}
	}
	type filters = []types.AssociationExecutionFilter
	date := func(i int) string { return all[i].CreatedTime.Time().Format("2006-01-02T15:04:05.000Z") }
	created := func(e awssim.Execution) time.Time {
		if e.CreatedTime == nil {
			return time.Time{}
		}
		return e.CreatedTime.Time()
	}
	day := fleet.Now().AddDate(0, 0, -30).Truncate(24 * time.Hour)
	for _, c := range []struct {
		name    string
		filters filters
		want    func(awssim.Execution) bool
	}{
		{"by id", filters{f("ExecutionId", "EQUAL", all[60].ExecutionID)}, func(e awssim.Execution) bool { return e.ExecutionID == all[60].ExecutionID }},
		{"by status", filters{f("Status", "EQUAL", "Failed")}, func(e awssim.Execution) bool { return aws.ToString(e.Status) == "Failed" }},
		{"by the date they were created", filters{f("CreatedTime", "EQUAL", date(60))}, func(e awssim.Execution) bool { return e.ExecutionID == all[60].ExecutionID }},
		{"by dates before", filters{f("CreatedTime", "LESS_THAN", day.Format("2006-01-02T15:04:05Z"))}, func(e awssim.Execution) bool { return e.CreatedTime != nil && created(e).Before(day) }},
		{"by dates after", filters{f("CreatedTime", "GREATER_THAN", date(60))}, func(e awssim.Execution) bool { return e.CreatedTime != nil && created(e).After(created(all[60])) }},
		{"by dates between two", filters{f("CreatedTime", "GREATER_THAN", date(90)), f("CreatedTime", "LESS_THAN", date(20))},
			func(e awssim.Execution) bool {
				return e.CreatedTime != nil && created(e).After(created(all[90])) && created(e).Before(created(all[20]))
			}},
		{"by all of several filters", filters{f("Status", "EQUAL", "Success"), f("CreatedTime", "LESS_THAN", date(20))},
			func(e awssim.Execution) bool {
				return aws.ToString(e.Status) == "Success" && e.CreatedTime != nil && created(e).Before(created(all[20]))
			}},
		{"by a value nothing has", filters{f("Status", "EQUAL", "success")}, nil},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want, got []string
			for _, e := range all {
				if c.want != nil && c.want(e) {
					want = append(want, e.ExecutionID)
				}
			}
			executions, _ := executionsOf(t, client, a.AssociationID, 7, c.filters...)
			for _, e := range executions {
				got = append(got, *e.ExecutionId)
			}
			if !slices.Equal(got, want) || (len(want) == 0) != (c.want == nil) {
				t.Errorf("got %d executions, want %d", len(got), len(want))
			}
		})
	}
}

func TestFiltersSelectTargets(t *testing.T) {
	fleet := awssim.NewFleet(awssim.FleetOptions{Nodes: 300, Regions: []string{region0}})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: fleet})
	client := defaultClient(t, endpoint)
	executions := fleet.Associations(region0)[1].Executions()
	f := func(key types.AssociationExecutionTargetsFilterKey, value string) types.AssociationExecutionTargetsFilter {
		return types.AssociationExecutionTargetsFilter{Key: key, Value: &value}
	}
	type filters = []types.AssociationExecutionTargetsFilter
	// The newest, one that is ordinary and two whose first target lacks a
	// member.
	for _, number := range []int{0, 5, 14, 15} {
		e := executions[number]
		all := e.Targets()
		id, other := all[3].ResourceID, all[4].ResourceID
		for _, c := range []struct {
			name    string
			filters filters
			want    func(awssim.ExecutionTarget) bool
		}{
			{"by status", filters{f("Status", "Success")}, func(x awssim.ExecutionTarget) bool { return aws.ToString(x.Status) == "Success" }},
			{"by id", filters{f("ResourceId", id)}, func(x awssim.ExecutionTarget) bool { return x.ResourceID == id }},
			{"by type", filters{f("ResourceType", "ManagedInstance")}, func(x awssim.ExecutionTarget) bool { return x.ResourceType != nil }},
			{"by all of several filters", filters{f("ResourceId", id), f("ResourceType", "ManagedInstance"), f("Status", aws.ToString(all[3].Status))},
				func(x awssim.ExecutionTarget) bool { return x.ResourceID == id }},
			{"by two ids at once", filters{f("ResourceId", id), f("ResourceId", other)}, nil},
			{"by the id of another node", filters{f("ResourceId", fleet.Nodes(region0)[4].InstanceID)}, nil},
			{"by the id of no node", filters{f("ResourceId", "i-00000000")}, nil},
			{"by another type", filters{f("ResourceType", "EC2Instance")}, nil},
		} {
			t.Run(fmt.Sprintf("of execution %d %s", number, c.name), func(t *testing.T) {
				var want, got []string
				for _, x := range all {
					if c.want != nil && c.want(x) {
						want = append(want, x.ResourceID)
					}
				}
				for _, x := range targetsOf(t, client, e, 7, c.filters...) {
					got = append(got, *x.ResourceId)
				}
				if !slices.Equal(got, want) || (len(want) == 0) != (c.want == nil) {
					t.Errorf("got %v, want %v", got, want)
				}
			})
		}
	}
}
