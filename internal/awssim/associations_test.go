package awssim_test

import (
	"cmp"
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"steampipe-plugin-ssmassoc/internal/awssim"
)

// shown is everything about an association, for comparisons.
func shown(t *testing.T, a awssim.Association) string {
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

// listed reads all associations that pass the filters.
func listed(t *testing.T, c *ssm.Client, size int32, filters ...types.AssociationFilter) []types.Association {
	t.Helper()
	var all []types.Association
	in := &ssm.ListAssociationsInput{AssociationFilterList: filters}
	if size > 0 {
		in.MaxResults = aws.Int32(size)
	}
	for pages := ssm.NewListAssociationsPaginator(c, in); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Associations) > int(cmp.Or(size, 50)) {
			t.Errorf("page of %d", len(page.Associations))
		}
		all = append(all, page.Associations...)
	}
	return all
}

func TestListAndDescriptionAreTheFleetsOwnKnowledge(t *testing.T) {
	fleet := awssim.NewFleet(awssim.FleetOptions{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: fleet})
	for _, region := range fleet.Regions() {
		client := ssmClient(t, endpoint, region, awssim.DefaultAccessKeyID, "")
		want := fleet.Associations(region)
		for _, size := range []int32{0, 7, 50} {
			got := listed(t, client, size)
			if len(got) != len(want) {
				t.Fatalf("%s: %d associations, want %d", region, len(got), len(want))
			}
			for i := range want {
				if got, want := plain(got[i]), plain(want[i].ListedAssociation); !reflect.DeepEqual(got, want) {
					t.Errorf("%s: listed %v, want %v", region, got, want)
				}
			}
		}
		for _, a := range want {
			out, err := client.DescribeAssociation(t.Context(), &ssm.DescribeAssociationInput{AssociationId: aws.String(a.AssociationID), AssociationVersion: a.AssociationVersion})
			if err != nil {
				t.Fatal(err)
			}
			if got, want := plain(*out.AssociationDescription), plain(a); !reflect.DeepEqual(got, want) {
				t.Errorf("%s: described %v, want %v", region, got, want)
			}
		}
	}
}

func TestAssociationsCanBeNamedByDocumentAndNode(t *testing.T) {
	fleet := awssim.NewFleet(awssim.FleetOptions{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: fleet})
	legacy := 0
	for _, a := range fleet.Associations(region0) {
		if a.InstanceID == nil {
			continue
		}
		legacy++
		for _, version := range []*string{nil, new("$LATEST"), a.AssociationVersion} {
			out, err := defaultClient(t, endpoint).DescribeAssociation(t.Context(), &ssm.DescribeAssociationInput{
				Name: a.Name, InstanceId: a.InstanceID, AssociationVersion: version,
			})
			if err != nil {
				t.Fatal(err)
			}
			if *out.AssociationDescription.AssociationId != a.AssociationID {
				t.Errorf("got %s, want %s", *out.AssociationDescription.AssociationId, a.AssociationID)
			}
		}
	}
	if legacy == 0 {
		t.Error("no association was created by instance id")
	}
}

func TestFiltersSelectAssociations(t *testing.T) {
	fleet := awssim.NewFleet(awssim.FleetOptions{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: fleet})
	client := defaultClient(t, endpoint)
	all := fleet.Associations(region0)
	named := all[slices.IndexFunc(all, func(a awssim.Association) bool { return a.AssociationName != nil })]
	node := fleet.Nodes(region0)[2].InstanceID
	is := func(v *string, want string) bool { return v != nil && *v == want }
	f := func(key types.AssociationFilterKey, value string) types.AssociationFilter {
		return types.AssociationFilter{Key: key, Value: &value}
	}
	for _, c := range []struct {
		name    string
		filters []types.AssociationFilter
		want    func(awssim.Association) bool
		none    bool
	}{
		{"by id", []types.AssociationFilter{f("AssociationId", all[5].AssociationID)}, func(a awssim.Association) bool { return a.AssociationID == all[5].AssociationID }, false},
		{"by document", []types.AssociationFilter{f("Name", "AWS-RunShellScript")}, func(a awssim.Association) bool { return is(a.Name, "AWS-RunShellScript") }, false},
		{"by name", []types.AssociationFilter{f("AssociationName", *named.AssociationName)}, func(a awssim.Association) bool { return is(a.AssociationName, *named.AssociationName) }, false},
		{"by node, which finds only those created by it", []types.AssociationFilter{f("InstanceId", node)}, func(a awssim.Association) bool { return is(a.InstanceID, node) }, false},
		{"by all of several filters", []types.AssociationFilter{f("Name", *named.Name), f("AssociationName", *named.AssociationName)},
			func(a awssim.Association) bool { return a.AssociationID == named.AssociationID }, false},
		{"by two ids at once", []types.AssociationFilter{f("AssociationId", all[5].AssociationID), f("AssociationId", all[6].AssociationID)},
			func(awssim.Association) bool { return false }, true},
		{"by a value nothing has", []types.AssociationFilter{f("Name", "AWS-RunShell")}, func(awssim.Association) bool { return false }, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want, got []string
			for _, a := range all {
				if c.want(a) {
					want = append(want, a.AssociationID)
				}
			}
			for _, a := range listed(t, client, 2, c.filters...) {
				got = append(got, *a.AssociationId)
			}
			if !slices.Equal(got, want) || (len(want) == 0) != c.none {
				t.Errorf("got %v, want %v", got, want)
			}
		})
	}
}

// observeAssociation counts what is seen of an association.
func observeAssociation(s sightings, a awssim.Association) {
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
		"association": awssim.Association{}, "overview": awssim.StatusOverview{}, "location": awssim.OutputLocation{}, "target location": awssim.TargetLocation{},
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
		fleet := awssim.NewFleet(awssim.FleetOptions{Seed: seed})
		for _, region := range fleet.Regions() {
			seen := make(sightings)
			for _, a := range fleet.Associations(region) {
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

func TestARegionHasTheAssociationsOfItsNodes(t *testing.T) {
	for _, c := range []struct {
		name    string
		options awssim.FleetOptions
		want    int
	}{
		{"none without nodes", awssim.FleetOptions{Nodes: -1}, 0},
		{"none without rows", awssim.FleetOptions{Associations: -1}, 0},
		{"those of its first nodes", awssim.FleetOptions{Nodes: 2}, 3},
		{"all", awssim.FleetOptions{Nodes: 3}, 120},
		{"all, and one that has never run", awssim.FleetOptions{Nodes: 20}, 121},
		{"a fixed number", awssim.FleetOptions{Associations: 4}, 4},
		{"a large fixed number", awssim.FleetOptions{Associations: 150}, 150},
		{"no fixed number without nodes", awssim.FleetOptions{Nodes: -1, Associations: 4}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.options.Regions = []string{region0}
			fleet := awssim.NewFleet(c.options)
			_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: fleet})
			if got := listed(t, defaultClient(t, endpoint), 0); len(got) != c.want || len(fleet.Associations(region0)) != c.want {
				t.Errorf("%d associations, want %d", len(got), c.want)
			}
			known := make(map[string]bool)
			for _, a := range fleet.Associations(region0) {
				known[a.AssociationID] = true
			}
			for _, n := range fleet.Nodes(region0) {
				for _, row := range n.Statuses() {
					if row.AssociationID != nil && !known[*row.AssociationID] {
						t.Errorf("node %s has a row of an unknown association", n.InstanceID)
					}
				}
				for _, e := range n.EffectiveAssociations() {
					if !known[e.AssociationID] {
						t.Errorf("an unknown association applies to node %s", n.InstanceID)
					}
				}
			}
		})
	}
	if awssim.NewFleet(awssim.FleetOptions{}).Associations("nowhere") != nil {
		t.Error("found associations where there is no region")
	}
}

// rowsByAssociation gathers the rows of a region by their association, that of
// the row which does not say it included.
func rowsByAssociation(f *awssim.Fleet, region string) map[string][]awssim.AssociationStatus {
	all := make(map[string][]awssim.AssociationStatus)
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
	fleet := awssim.NewFleet(awssim.FleetOptions{Nodes: 200})
	for _, region := range fleet.Regions() {
		rows := rowsByAssociation(fleet, region)
		elsewhere := 0
		for _, a := range fleet.Associations(region) {
			counts, last, success := make(map[string]int), awssim.Timestamp(0), awssim.Timestamp(0)
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
			checkOutput(t, fleet.Nodes(region), a, rows[a.AssociationID])
		}
		if elsewhere != 1 {
			t.Errorf("%d buckets of another region than %s", elsewhere, region)
		}
	}
}

func bucketRegion(a awssim.Association) string {
	if a.OutputLocation == nil || a.OutputLocation.S3Location == nil {
		return ""
	}
	return aws.ToString(a.OutputLocation.S3Location.OutputS3Region)
}

// sameDate compares a date with one that is 0 where there is none.
func sameDate(got *awssim.Timestamp, want awssim.Timestamp) bool {
	return got == nil && want == 0 || got != nil && *got == want
}

// checkOutput compares where the output is configured to go with where the
// rows say it is, but for the two nodes that show every form of output.
func checkOutput(t *testing.T, nodes []*awssim.Node, a awssim.Association, rows []awssim.AssociationStatus) {
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
	for _, o := range []awssim.FleetOptions{{Seed: 7}, {Seed: 7, Associations: 4, Nodes: 30}} {
		a, b := awssim.NewFleet(o), awssim.NewFleet(o)
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
		a, b := awssim.NewFleet(awssim.FleetOptions{Seed: 7}).Associations(region0), awssim.NewFleet(awssim.FleetOptions{Seed: 8}).Associations(region0)
		if a[0].AssociationID == b[0].AssociationID {
			t.Error("both seeds have the same")
		}
	})
	t.Run("dates move with the moment at which the fleet is looked at", func(t *testing.T) {
		early, late := awssim.NewFleet(awssim.FleetOptions{}), awssim.NewFleet(awssim.FleetOptions{Now: momentsLater})
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
		fleet := awssim.NewFleet(awssim.FleetOptions{})
		want := shown(t, awssim.NewFleet(awssim.FleetOptions{}).Associations(region0)[1])
		var all sync.WaitGroup
		for range 8 {
			all.Go(func() {
				if shown(t, fleet.Associations(region0)[1]) != want {
					t.Error("differs")
				}
			})
		}
		all.Wait()
	})
}

// effectiveOf reads the effective associations of a node in pages.
func effectiveOf(t *testing.T, c *ssm.Client, id string, size int32) []types.InstanceAssociation {
	t.Helper()
	in := &ssm.DescribeEffectiveInstanceAssociationsInput{InstanceId: aws.String(id)}
	if size > 0 {
		in.MaxResults = aws.Int32(size)
	}
	var all []types.InstanceAssociation
	for pages := ssm.NewDescribeEffectiveInstanceAssociationsPaginator(c, in); pages.HasMorePages(); {
		page, err := pages.NextPage(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if len(page.Associations) > 5 {
			t.Errorf("page of %d", len(page.Associations))
		}
		all = append(all, page.Associations...)
	}
	return all
}

func TestPagingYieldsExactlyTheEffectiveAssociations(t *testing.T) {
	fleet := awssim.NewFleet(awssim.FleetOptions{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: fleet})
	client := defaultClient(t, endpoint)
	seen := make(sightings)
	for _, n := range fleet.Nodes(region0) {
		want := n.EffectiveAssociations()
		for _, e := range want {
			for name, set := range members(e) {
				seen.see("with "+name, set)
				seen.see("without "+name, !set)
			}
			if e.Content != nil && !json.Valid([]byte(*e.Content)) {
				t.Errorf("content %s", *e.Content)
			}
		}
		for _, size := range []int32{0, 2} {
			got := effectiveOf(t, client, n.InstanceID, size)
			if len(got) != len(want) {
				t.Fatalf("node %s: %d, want %d", n.InstanceID, len(got), len(want))
			}
			for i := range want {
				if !reflect.DeepEqual(plain(got[i]), plainEffective(want[i])) {
					t.Errorf("node %s: %v, want %v", n.InstanceID, plain(got[i]), plainEffective(want[i]))
				}
			}
		}
	}
	for name := range members(awssim.EffectiveAssociation{}) {
		if seen["with "+name] == 0 || seen["without "+name] == 0 {
			t.Errorf("%s: %v", name, seen)
		}
	}
}

func TestNodesDrift(t *testing.T) {
	fleet := awssim.NewFleet(awssim.FleetOptions{Nodes: 3000})
	drifting, ordinary := 0, 0
	for _, region := range fleet.Regions() {
		for i, n := range fleet.Nodes(region) {
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
	for _, n := range allNodes(awssim.NewFleet(awssim.FleetOptions{Associations: 5})) {
		if reported, drift := checkEffective(t, n); reported != 5 || drift != 0 {
			t.Errorf("node %s: %d reported, %d not", n.InstanceID, reported, drift)
		}
	}
}

// checkEffective counts the effective associations of a node that it has and
// has not reported, after a look at its rows.
func checkEffective(t *testing.T, n *awssim.Node) (reported, drift int) {
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

func TestAMemberThatNoModelKnowsIsNotAddedToMaps(t *testing.T) {
	fleet := awssim.NewFleet(awssim.FleetOptions{})
	_, endpoint := start(t, awssim.Options{Faults: []awssim.Fault{{Kind: awssim.UnknownMembers}}}, awssim.Account{Fleet: fleet})
	client := defaultClient(t, endpoint)
	for i, a := range listed(t, client, 0) {
		if got, want := plain(a), plain(fleet.Associations(region0)[i].ListedAssociation); !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		out, err := client.DescribeAssociation(t.Context(), &ssm.DescribeAssociationInput{AssociationId: a.AssociationId})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := plain(*out.AssociationDescription), plain(fleet.Associations(region0)[i]); !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestPagesOfALargeFleetAreCheap(t *testing.T) {
	fleet := awssim.NewFleet(awssim.FleetOptions{Nodes: 20_000, Regions: []string{region0}})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: fleet})
	begin := time.Now()
	a := fleet.Associations(region0)[0]
	executions := a.Executions()
	t.Logf("the index took %s", time.Since(begin))
	begin = time.Now()
	const calls = 50
	for i := range calls {
		for action, body := range map[string]string{
			actionList:       `{}`,
			actionExecutions: fmt.Sprintf(`{"AssociationId":%q}`, a.AssociationID),
			actionTargets: fmt.Sprintf(`{"AssociationId":%q,"ExecutionId":%q,"Filters":[{"Key":"Status","Value":"Failed"}]}`,
				a.AssociationID, executions[i%len(executions)].ExecutionID),
		} {
			if got := raw(t, endpoint, region0, action, body); got.status != 200 {
				t.Fatalf("%s: %s", action, got.body)
			}
		}
	}
	// The bound is loose for the race detector's sake.
	if took := time.Since(begin) / (3 * calls); took > 50*time.Millisecond {
		t.Errorf("a page took %s", took)
	} else {
		t.Logf("a page took %s", took)
	}
}
