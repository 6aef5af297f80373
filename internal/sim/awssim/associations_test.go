package awssim_test

import (
	"cmp"
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
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	for _, region := range simulated.Regions() {
		client := ssmClient(t, endpoint, region, awssim.DefaultAccessKeyID, "")
		want := simulated.Associations(region)
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
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	legacy := 0
	for _, a := range simulated.Associations(region0) {
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
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	client := defaultClient(t, endpoint)
	all := simulated.Associations(region0)
	named := all[slices.IndexFunc(all, func(a fleet.Association) bool { return a.AssociationName != nil })]
	node := simulated.Nodes(region0)[2].InstanceID
	is := func(v *string, want string) bool { return v != nil && *v == want }
	f := func(key types.AssociationFilterKey, value string) types.AssociationFilter {
		return types.AssociationFilter{Key: key, Value: &value}
	}
	for _, c := range []struct {
		name    string
		filters []types.AssociationFilter
		want    func(fleet.Association) bool
		none    bool
	}{
		{"by id", []types.AssociationFilter{f("AssociationId", all[5].AssociationID)}, func(a fleet.Association) bool { return a.AssociationID == all[5].AssociationID }, false},
		{"by document", []types.AssociationFilter{f("Name", "AWS-RunShellScript")}, func(a fleet.Association) bool { return is(a.Name, "AWS-RunShellScript") }, false},
		{"by name", []types.AssociationFilter{f("AssociationName", *named.AssociationName)}, func(a fleet.Association) bool { return is(a.AssociationName, *named.AssociationName) }, false},
		{"by node, which finds only those created by it", []types.AssociationFilter{f("InstanceId", node)}, func(a fleet.Association) bool { return is(a.InstanceID, node) }, false},
		{"by all of several filters", []types.AssociationFilter{f("Name", *named.Name), f("AssociationName", *named.AssociationName)},
			func(a fleet.Association) bool { return a.AssociationID == named.AssociationID }, false},
		{"by two ids at once", []types.AssociationFilter{f("AssociationId", all[5].AssociationID), f("AssociationId", all[6].AssociationID)},
			func(fleet.Association) bool { return false }, true},
		{"by a value nothing has", []types.AssociationFilter{f("Name", "AWS-RunShell")}, func(fleet.Association) bool { return false }, true},
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

func TestARegionHasTheAssociationsOfItsNodes(t *testing.T) {
	for _, c := range []struct {
		name    string
		options fleet.Options
		want    int
	}{
		{"none without nodes", fleet.Options{Nodes: -1}, 0},
		{"none without rows", fleet.Options{Associations: -1}, 0},
		{"those of its first nodes", fleet.Options{Nodes: 2}, 3},
		{"all", fleet.Options{Nodes: 3}, 120},
		{"all, and one that has never run", fleet.Options{Nodes: 20}, 121},
		{"a fixed number", fleet.Options{Associations: 4}, 4},
		{"a large fixed number", fleet.Options{Associations: 150}, 150},
		{"no fixed number without nodes", fleet.Options{Nodes: -1, Associations: 4}, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			c.options.Regions = []string{region0}
			simulated := fleet.New(c.options)
			_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
			if got := listed(t, defaultClient(t, endpoint), 0); len(got) != c.want || len(simulated.Associations(region0)) != c.want {
				t.Errorf("%d associations, want %d", len(got), c.want)
			}
			known := make(map[string]bool)
			for _, a := range simulated.Associations(region0) {
				known[a.AssociationID] = true
			}
			for _, n := range simulated.Nodes(region0) {
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
	if fleet.New(fleet.Options{}).Associations("nowhere") != nil {
		t.Error("found associations in an unknown region")
	}
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
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	client := defaultClient(t, endpoint)
	for _, n := range simulated.Nodes(region0) {
		want := n.EffectiveAssociations()
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
}

func TestAMemberThatNoModelKnowsIsNotAddedToMaps(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{Faults: []awssim.Fault{{Kind: awssim.UnknownMembers}}}, awssim.Account{Fleet: simulated})
	client := defaultClient(t, endpoint)
	for i, a := range listed(t, client, 0) {
		if got, want := plain(a), plain(simulated.Associations(region0)[i].ListedAssociation); !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
		out, err := client.DescribeAssociation(t.Context(), &ssm.DescribeAssociationInput{AssociationId: a.AssociationId})
		if err != nil {
			t.Fatal(err)
		}
		if got, want := plain(*out.AssociationDescription), plain(simulated.Associations(region0)[i]); !reflect.DeepEqual(got, want) {
			t.Errorf("got %v, want %v", got, want)
		}
	}
}

func TestPagesOfALargeFleetAreCheap(t *testing.T) {
	simulated := fleet.New(fleet.Options{Nodes: 20_000, Regions: []string{region0}})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	begin := time.Now()
	a := simulated.Associations(region0)[0]
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
	// The bound is loose for the race detector.
	if took := time.Since(begin) / (3 * calls); took > 50*time.Millisecond {
		t.Errorf("a page took %s", took)
	} else {
		t.Logf("a page took %s", took)
	}
}

// TestMembersThatNoModelKnowsHideNoOther checks that unknown members do not
// change what a client reads.
func TestMembersThatNoModelKnowsHideNoOther(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{Faults: []awssim.Fault{{Kind: awssim.UnknownMembers}}}, awssim.Account{Fleet: simulated})
	client, region := defaultClient(t, endpoint), simulated.Region(region0)
	node := simulated.Nodes(region0)[2]
	samePlain(t, invocationsOf(t, client, ssm.ListCommandInvocationsInput{Details: true}), region.CommandInvocations())
	samePlain(t, automationsOf(t, client, 50), region.AutomationExecutions())
	samePlain(t, itemsOf(t, client, node.InstanceID, 50), node.ComplianceItems())
	samePlain(t, summariesOf(t, client, 50, complianceFilter("ResourceId", "", node.InstanceID)), node.ComplianceSummaries())
}
