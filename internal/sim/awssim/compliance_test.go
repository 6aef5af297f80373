package awssim_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

const (
	actionItems     = "ListComplianceItems"
	actionSummaries = "ListResourceComplianceSummaries"
)

func itemsOf(t *testing.T, c *ssm.Client, id string, size int32, filters ...types.ComplianceStringFilter) []types.ComplianceItem {
	t.Helper()
	in := &ssm.ListComplianceItemsInput{ResourceIds: []string{id}, ResourceTypes: []string{"ManagedInstance"}, MaxResults: aws.Int32(size), Filters: filters}
	return allOf(t, ssm.NewListComplianceItemsPaginator(c, in), int(size),
		func(o *ssm.ListComplianceItemsOutput) []types.ComplianceItem { return o.ComplianceItems })
}

func summariesOf(t *testing.T, c *ssm.Client, size int32, filters ...types.ComplianceStringFilter) []types.ResourceComplianceSummaryItem {
	t.Helper()
	in := &ssm.ListResourceComplianceSummariesInput{MaxResults: aws.Int32(size), Filters: filters}
	return allOf(t, ssm.NewListResourceComplianceSummariesPaginator(c, in), int(size),
		func(o *ssm.ListResourceComplianceSummariesOutput) []types.ResourceComplianceSummaryItem {
			return o.ResourceComplianceSummaryItems
		})
}

func complianceFilter(key string, comparison types.ComplianceQueryOperatorType, values ...string) types.ComplianceStringFilter {
	return types.ComplianceStringFilter{Key: aws.String(key), Type: comparison, Values: values}
}

func TestPagingYieldsExactlyTheComplianceOfEachNode(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	server, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	client := defaultClient(t, endpoint)
	var summaries []fleet.ResourceComplianceSummary
	for _, n := range simulated.Nodes(region0) {
		samePlain(t, itemsOf(t, client, n.InstanceID, 50), n.ComplianceItems())
		samePlain(t, itemsOf(t, client, n.InstanceID, 3), n.ComplianceItems())
		summaries = append(summaries, n.ComplianceSummaries()...)
	}
	server.Reset()
	samePlain(t, summariesOf(t, client, 50), summaries)
	if got, want := server.Calls().Action(actionSummaries), (len(summaries)+49)/50; got != want {
		t.Errorf("%d pages, want %d", got, want)
	}
	samePlain(t, summariesOf(t, client, 4), summaries)
}

func TestFiltersSelectCompliance(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	client := defaultClient(t, endpoint)
	node := simulated.Nodes(region0)[2]
	items := func(condition func(fleet.ComplianceItem) bool) []fleet.ComplianceItem {
		return slices.DeleteFunc(node.ComplianceItems(), func(i fleet.ComplianceItem) bool { return !condition(i) })
	}
	for name, test := range map[string]struct {
		filters []types.ComplianceStringFilter
		want    []fleet.ComplianceItem
	}{
		"a type": {[]types.ComplianceStringFilter{complianceFilter("ComplianceType", "", "Association")},
			items(func(i fleet.ComplianceItem) bool { return i.ComplianceType == "Association" })},
		"a status": {[]types.ComplianceStringFilter{complianceFilter("Status", "EQUAL", "NON_COMPLIANT")},
			items(func(i fleet.ComplianceItem) bool { return i.Status == "NON_COMPLIANT" })},
		"any severity of two": {[]types.ComplianceStringFilter{complianceFilter("Severity", "EQUAL", "CRITICAL", "HIGH")},
			items(func(i fleet.ComplianceItem) bool { return i.Severity == "CRITICAL" || i.Severity == "HIGH" })},
		"another type": {[]types.ComplianceStringFilter{complianceFilter("ComplianceType", "NOT_EQUAL", "Association")},
			items(func(i fleet.ComplianceItem) bool { return i.ComplianceType != "Association" })},
		"the beginning of a type": {[]types.ComplianceStringFilter{complianceFilter("ComplianceType", "BEGIN_WITH", "Assoc")},
			items(func(i fleet.ComplianceItem) bool { return strings.HasPrefix(i.ComplianceType, "Assoc") })},
		"two filters": {[]types.ComplianceStringFilter{complianceFilter("ComplianceType", "", "Association"), complianceFilter("Status", "", "COMPLIANT")},
			items(func(i fleet.ComplianceItem) bool { return i.ComplianceType == "Association" && i.Status == "COMPLIANT" })},
	} {
		t.Run(name, func(t *testing.T) {
			samePlain(t, itemsOf(t, client, node.InstanceID, 50, test.filters...), test.want)
		})
	}
	t.Run("nodes that are not compliant", func(t *testing.T) {
		var want []fleet.ResourceComplianceSummary
		for _, n := range simulated.Nodes(region0) {
			for _, s := range n.ComplianceSummaries() {
				if s.ComplianceType == "Association" && s.Status == "NON_COMPLIANT" {
					want = append(want, s)
				}
			}
		}
		samePlain(t, summariesOf(t, client, 50, complianceFilter("ComplianceType", "", "Association"), complianceFilter("Status", "", "NON_COMPLIANT")), want)
	})
	t.Run("the summaries of a node", func(t *testing.T) {
		samePlain(t, summariesOf(t, client, 50, complianceFilter("ResourceId", "", node.InstanceID)), node.ComplianceSummaries())
	})
	t.Run("an unknown node has none", func(t *testing.T) {
		if got := itemsOf(t, client, "i-00000000000000000", 50); len(got) > 0 {
			t.Errorf("%v", got)
		}
	})
}

func TestRequestsForComplianceAreValidated(t *testing.T) {
	_, endpoint := start(t, awssim.Options{})
	const node = `"ResourceIds":["i-00000000000000000"]`
	for name, test := range map[string]struct{ action, body, code, message string }{
		"a page of 51 items":       {actionItems, `{` + node + `,"MaxResults":51}`, "ValidationException", "'maxResults'"},
		"a page of 51 summaries":   {actionSummaries, `{"MaxResults":51}`, "ValidationException", "'maxResults'"},
		"two nodes":                {actionItems, `{"ResourceIds":["i-00000000000000000","i-00000000000000001"]}`, "InvalidResourceId", ""},
		"no node":                  {actionItems, `{}`, "InvalidResourceId", ""},
		"an empty list of nodes":   {actionItems, `{"ResourceIds":[]}`, "ValidationException", "'resourceIds'"},
		"a malformed node":         {actionItems, `{"ResourceIds":["web-1"]}`, "InvalidResourceId", ""},
		"another type of resource": {actionItems, `{` + node + `,"ResourceTypes":["Bucket"]}`, "InvalidResourceType", ""},
		"an unknown key":           {actionItems, `{` + node + `,"Filters":[{"Key":"Color","Values":["red"]}]}`, "InvalidFilter", ""},
		"a key of summaries":       {actionItems, `{` + node + `,"Filters":[{"Key":"OverallSeverity","Values":["HIGH"]}]}`, "InvalidFilter", ""},
		"an order of strings":      {actionSummaries, `{"Filters":[{"Key":"Status","Type":"LESS_THAN","Values":["X"]}]}`, "InvalidFilter", ""},
		"an unknown comparison":    {actionSummaries, `{"Filters":[{"Key":"Status","Type":"LIKE","Values":["X"]}]}`, "ValidationException", "'filters.1.member.type'"},
		"no values":                {actionSummaries, `{"Filters":[{"Key":"Status","Values":[]}]}`, "ValidationException", "'filters.1.member.values'"},
		"21 values": {actionSummaries, fmt.Sprintf(`{"Filters":[{"Key":"ResourceId","Values":[%s"x"]}]}`, strings.Repeat(`"x",`, 20)),
			"ValidationException", "'filters.1.member.values'"},
	} {
		t.Run(name, func(t *testing.T) {
			a := raw(t, endpoint, region0, test.action, test.body)
			if a.code() != test.code || !strings.Contains(a.body, test.message) {
				t.Errorf("got %s", a.body)
			}
		})
	}
}
