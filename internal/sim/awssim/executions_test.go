package awssim_test

import (
	"fmt"
	"reflect"
	"slices"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
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
func targetsOf(t *testing.T, c *ssm.Client, e fleet.Execution, size int32, filters ...types.AssociationExecutionTargetsFilter) []types.AssociationExecutionTarget {
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
	simulated := fleet.New(fleet.Options{Nodes: 200, Regions: []string{region0}})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	client := defaultClient(t, endpoint)
	most := 0
	for k, a := range simulated.Associations(region0) {
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

func TestFiltersSelectExecutions(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	client := defaultClient(t, endpoint)
	a := simulated.Associations(region0)[1]
	all := a.Executions()
	f := func(key types.AssociationExecutionFilterKey, how types.AssociationFilterOperatorType, value string) types.AssociationExecutionFilter {
		return types.AssociationExecutionFilter{Key: key, Type: how, Value: &value}
	}
	type filters = []types.AssociationExecutionFilter
	date := func(i int) string { return all[i].CreatedTime.Time().Format("2006-01-02T15:04:05.000Z") }
	created := func(e fleet.Execution) time.Time {
		if e.CreatedTime == nil {
			return time.Time{}
		}
		return e.CreatedTime.Time()
	}
	day := simulated.Now().AddDate(0, 0, -30).Truncate(24 * time.Hour)
	for _, c := range []struct {
		name    string
		filters filters
		want    func(fleet.Execution) bool
	}{
		{"by id", filters{f("ExecutionId", "EQUAL", all[60].ExecutionID)}, func(e fleet.Execution) bool { return e.ExecutionID == all[60].ExecutionID }},
		{"by status", filters{f("Status", "EQUAL", "Failed")}, func(e fleet.Execution) bool { return aws.ToString(e.Status) == "Failed" }},
		{"by the date they were created", filters{f("CreatedTime", "EQUAL", date(60))}, func(e fleet.Execution) bool { return e.ExecutionID == all[60].ExecutionID }},
		{"by dates before", filters{f("CreatedTime", "LESS_THAN", day.Format("2006-01-02T15:04:05Z"))}, func(e fleet.Execution) bool { return e.CreatedTime != nil && created(e).Before(day) }},
		{"by dates after", filters{f("CreatedTime", "GREATER_THAN", date(60))}, func(e fleet.Execution) bool { return e.CreatedTime != nil && created(e).After(created(all[60])) }},
		{"by dates between two", filters{f("CreatedTime", "GREATER_THAN", date(90)), f("CreatedTime", "LESS_THAN", date(20))},
			func(e fleet.Execution) bool {
				return e.CreatedTime != nil && created(e).After(created(all[90])) && created(e).Before(created(all[20]))
			}},
		{"by all of several filters", filters{f("Status", "EQUAL", "Success"), f("CreatedTime", "LESS_THAN", date(20))},
			func(e fleet.Execution) bool {
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
	simulated := fleet.New(fleet.Options{Nodes: 300, Regions: []string{region0}})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	client := defaultClient(t, endpoint)
	executions := simulated.Associations(region0)[1].Executions()
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
			want    func(fleet.ExecutionTarget) bool
		}{
			{"by status", filters{f("Status", "Success")}, func(x fleet.ExecutionTarget) bool { return aws.ToString(x.Status) == "Success" }},
			{"by id", filters{f("ResourceId", id)}, func(x fleet.ExecutionTarget) bool { return x.ResourceID == id }},
			{"by type", filters{f("ResourceType", "ManagedInstance")}, func(x fleet.ExecutionTarget) bool { return x.ResourceType != nil }},
			{"by all of several filters", filters{f("ResourceId", id), f("ResourceType", "ManagedInstance"), f("Status", aws.ToString(all[3].Status))},
				func(x fleet.ExecutionTarget) bool { return x.ResourceID == id }},
			{"by two ids at once", filters{f("ResourceId", id), f("ResourceId", other)}, nil},
			{"by the id of another node", filters{f("ResourceId", simulated.Nodes(region0)[4].InstanceID)}, nil},
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
