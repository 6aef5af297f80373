package awssim_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/aws/smithy-go"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

func TestPagingYieldsExactlyTheRowsOfEachNode(t *testing.T) {
	simulated := fleet.New(fleet.Options{Seed: 3})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	for _, region := range simulated.Regions() {
		client := ssmClient(t, endpoint, region, awssim.DefaultAccessKeyID, "")
		for _, n := range simulated.Nodes(region) {
			for _, size := range []int32{0, 7} {
				rows, err := rowsOf(t.Context(), client, n.InstanceID, size)
				if err != nil {
					t.Fatal(err)
				}
				if got := rowsFromSDK(rows); !reflect.DeepEqual(got, expected(n.Statuses())) {
					t.Errorf("node %s of %s, pages of %d: %d rows, want %d", n.InstanceID, region, size, len(got), n.StatusCount())
				}
			}
		}
	}
}

func TestPagingYieldsExactlyTheListedNodes(t *testing.T) {
	simulated := fleet.New(fleet.Options{Nodes: 200})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	for _, region := range simulated.Regions() {
		var want, got []string
		for _, n := range simulated.Nodes(region) {
			if n.Listed {
				want = append(want, n.InstanceID)
			}
		}
		pages := ssm.NewDescribeInstanceInformationPaginator(ssmClient(t, endpoint, region, awssim.DefaultAccessKeyID, ""), &ssm.DescribeInstanceInformationInput{})
		for pages.HasMorePages() {
			page, err := pages.NextPage(t.Context())
			if err != nil {
				t.Fatal(err)
			}
			if len(page.InstanceInformationList) > 10 {
				t.Errorf("page of %d", len(page.InstanceInformationList))
			}
			for _, info := range page.InstanceInformationList {
				got = append(got, *info.InstanceId)
				checkInformation(t, simulated.Node(region, *info.InstanceId).Information(), info)
			}
		}
		if !slices.Equal(got, want) {
			t.Errorf("%s: got %d nodes, want %d", region, len(got), len(want))
		}
	}
}

func checkInformation(t *testing.T, want fleet.Information, got types.InstanceInformation) {
	t.Helper()
	for name, pair := range map[string][2]*string{
		"ActivationId":      {want.ActivationID, got.ActivationId},
		"AgentVersion":      {want.AgentVersion, got.AgentVersion},
		"AssociationStatus": {want.AssociationStatus, got.AssociationStatus},
		"ComputerName":      {want.ComputerName, got.ComputerName},
		"IPAddress":         {want.IPAddress, got.IPAddress},
		"IamRole":           {want.IamRole, got.IamRole},
		"Name":              {want.Name, got.Name},
		"PingStatus":        {want.PingStatus, optional(string(got.PingStatus))},
		"PlatformName":      {want.PlatformName, got.PlatformName},
		"PlatformType":      {want.PlatformType, optional(string(got.PlatformType))},
		"PlatformVersion":   {want.PlatformVersion, got.PlatformVersion},
		"ResourceType":      {want.ResourceType, optional(string(got.ResourceType))},
		"SourceId":          {want.SourceID, got.SourceId},
		"SourceLocation":    {want.SourceLocation, got.SourceLocation},
		"SourceType":        {want.SourceType, optional(string(got.SourceType))},
	} {
		if !reflect.DeepEqual(pair[0], pair[1]) {
			t.Errorf("node %s: %s is %q, want %q", *got.InstanceId, name, aws.ToString(pair[1]), aws.ToString(pair[0]))
		}
	}
	if !reflect.DeepEqual(want.IsLatestVersion, got.IsLatestVersion) {
		t.Errorf("node %s: IsLatestVersion", *got.InstanceId)
	}
	for name, same := range map[string]bool{
		"LastAssociationExecutionDate":           (want.LastAssociationExecutionDate == nil) == (got.LastAssociationExecutionDate == nil) && (got.LastAssociationExecutionDate == nil || got.LastAssociationExecutionDate.UTC().Equal(want.LastAssociationExecutionDate.Time())),
		"LastSuccessfulAssociationExecutionDate": (want.LastSuccessfulAssociationExecutionDate == nil) == (got.LastSuccessfulAssociationExecutionDate == nil) && (got.LastSuccessfulAssociationExecutionDate == nil || got.LastSuccessfulAssociationExecutionDate.Equal(want.LastSuccessfulAssociationExecutionDate.Time())),
		"LastPingDateTime":                       (want.LastPingDateTime == nil) == (got.LastPingDateTime == nil) && (got.LastPingDateTime == nil || got.LastPingDateTime.Equal(want.LastPingDateTime.Time())),
		"RegistrationDate":                       (want.RegistrationDate == nil) == (got.RegistrationDate == nil) && (got.RegistrationDate == nil || got.RegistrationDate.Equal(want.RegistrationDate.Time())),
	} {
		if !same {
			t.Errorf("node %s: %s", *got.InstanceId, name)
		}
	}
	if want.AssociationOverview == nil {
		if got.AssociationOverview != nil {
			t.Errorf("node %s: an overview of no rows", *got.InstanceId)
		}
		return
	}
	counts := make(map[string]int)
	for status, n := range got.AssociationOverview.InstanceAssociationStatusAggregatedCount {
		counts[status] = int(n)
	}
	if !reflect.DeepEqual(counts, want.AssociationOverview.Counts) || *got.AssociationOverview.DetailedStatus != want.AssociationOverview.DetailedStatus {
		t.Errorf("node %s: overview %v", *got.InstanceId, counts)
	}
}

func optional(s string) *string {
	if s == "" {
		return nil
	}
	return &s
}

func TestLastPagesEndInBothWays(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	for i, region := range simulated.Regions() {
		id := simulated.Nodes(region)[0].InstanceID
		first := simulated.Associations(region)[0]
		for j, c := range []struct{ action, body string }{
			{actionStatus, fmt.Sprintf(`{"InstanceId":%q}`, id)},
			{actionInformation, `{"MaxResults":50}`},
			{actionList, fmt.Sprintf(`{"AssociationFilterList":[{"key":"AssociationId","value":%q}]}`, first.AssociationID)},
			{actionDescribe, fmt.Sprintf(`{"AssociationId":%q}`, first.AssociationID)},
			{actionEffective, fmt.Sprintf(`{"InstanceId":%q}`, id)},
			{actionExecutions, fmt.Sprintf(`{"AssociationId":%q}`, first.AssociationID)},
			{actionTargets, fmt.Sprintf(`{"AssociationId":%q,"ExecutionId":%q}`, first.AssociationID, first.Executions()[0].ExecutionID)},
		} {
			action := c.action
			a := raw(t, endpoint, region, action, c.body)
			token, present := a.json["NextToken"]
			if want := (i+j)%2 == 0 && action != actionDescribe; present != want || present && token != "" {
				t.Errorf("%s in %s: token %v, present %v", action, region, token, present)
			}
		}
	}
}

func TestOutputAddressesGoOnTheWireInTheirShape(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	n := simulated.Nodes(region0)[2]
	a := raw(t, endpoint, region0, actionStatus, fmt.Sprintf(`{"InstanceId":%q}`, n.InstanceID))
	for i, item := range a.statuses(t) {
		want := n.Statuses()[i]
		got, present := item["OutputUrl"]
		var expect any
		switch {
		case want.OutputURL != nil:
			expect = map[string]any{"S3OutputUrl": map[string]any{"OutputUrl": *want.OutputURL}}
		case want.OutputURLShape == fleet.OutputEmpty:
			expect = map[string]any{}
		case want.OutputURLShape == fleet.OutputInnerEmpty:
			expect = map[string]any{"S3OutputUrl": map[string]any{}}
		case want.OutputURLShape == fleet.OutputInnerNull:
			expect = map[string]any{"S3OutputUrl": nil}
		}
		if present != (expect != nil) || !reflect.DeepEqual(got, expect) {
			t.Errorf("row %d (%s): %v", i, want.OutputURLShape, got)
		}
		if _, null := item["ErrorCode"]; null != (want.ErrorCode != nil) {
			t.Errorf("row %d: a missing member is on the wire", i)
		}
	}
}

// unknownID is a well-formed id that no node has.
const unknownID = "00000000-0000-0000-0000-000000000000"

// executionFilter returns a request for the executions of an association that
// pass one filter.
func executionFilter(association, key, comparison, value string) string {
	return fmt.Sprintf(`{"AssociationId":%q,"Filters":[{"Key":%q,"Type":%q,"Value":%q}]}`, association, key, comparison, value)
}

func TestRequestsAreValidated(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	id := simulated.Nodes(region0)[0].InstanceID
	first := simulated.Associations(region0)[0].AssociationID
	many := `"x"` + strings.Repeat(`,"x"`, 100)
	for _, c := range []struct{ name, action, body, code, message string }{
		{"an id is required", actionStatus, `{}`, "ValidationException",
			"1 validation error detected: Value null at 'instanceId' failed to satisfy constraint: Member must not be null"},
		{"an id of another form is refused", actionStatus, `{"InstanceId":"xyz"}`, "ValidationException",
			`1 validation error detected: Value 'xyz' at 'instanceId' failed to satisfy constraint: Member must satisfy regular expression pattern: (^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)`},
		{"a member of another case is not the id", actionStatus, `{"instanceid":"` + id + `"}`, "ValidationException", "Value null at 'instanceId'"},
		{"an id of no node is refused", actionStatus, `{"InstanceId":"i-00000000"}`, "InvalidInstanceId", ""},
		{"fewer than 1 row is refused", actionStatus, `{"InstanceId":"` + id + `","MaxResults":0}`, "ValidationException",
			"Value '0' at 'maxResults' failed to satisfy constraint: Member must have value greater than or equal to 1"},
		{"more than 50 rows are refused", actionStatus, `{"InstanceId":"` + id + `","MaxResults":51}`, "ValidationException",
			"Value '51' at 'maxResults' failed to satisfy constraint: Member must have value less than or equal to 50"},
		{"violations are listed together", actionStatus, `{"MaxResults":51}`, "ValidationException", "2 validation errors detected: "},
		{"fewer than 5 nodes are refused", actionInformation, `{"MaxResults":4}`, "ValidationException", "greater than or equal to 5"},
		{"more than 50 nodes are refused", actionInformation, `{"MaxResults":51}`, "ValidationException", "less than or equal to 50"},
		{"both kinds of filter at once are refused", actionInformation,
			`{"Filters":[{"Key":"PingStatus","Values":["Online"]}],"InstanceInformationFilterList":[{"key":"PingStatus","valueSet":["Online"]}]}`, "ValidationException", "together"},
		{"a filter needs a key", actionInformation, `{"Filters":[{"Values":["x"]}]}`, "ValidationException", "filters.1.member.key"},
		{"a filter's key is not empty", actionInformation, `{"Filters":[{"Key":"","Values":["x"]}]}`, "ValidationException", "filters.1.member.key"},
		{"a filter needs values", actionInformation, `{"Filters":[{"Key":"PingStatus"}]}`, "ValidationException", "filters.1.member.values"},
		{"a filter needs at least one value", actionInformation, `{"Filters":[{"Key":"PingStatus","Values":[]}]}`, "ValidationException", "filters.1.member.values"},
		{"a filter takes a hundred values", actionInformation, `{"Filters":[{"Key":"PingStatus","Values":[` + many + `]}]}`, "ValidationException", "less than or equal to 100"},
		{"an unknown filter is refused", actionInformation, `{"Filters":[{"Key":"Colour","Values":["x"]}]}`, "InvalidFilterKey", ""},
		{"a filter for an id of no node is refused", actionInformation, `{"Filters":[{"Key":"InstanceIds","Values":["i-00000000"]}]}`, "InvalidInstanceId", ""},
		{"a token of nobody is refused", actionInformation, `{"NextToken":"abc"}`, "InvalidNextToken", ""},
		{"broken JSON is refused", actionStatus, `{"InstanceId":`, "SerializationException", ""},
		{"no JSON object is refused", actionStatus, `[]`, "SerializationException", ""},
		{"a null body is refused", actionStatus, `null`, "SerializationException", ""},
		{"a member of another type is refused", actionStatus, `{"InstanceId":5}`, "SerializationException", "InstanceId"},
		{"a number with a fraction is refused", actionInformation, `{"MaxResults":5.5}`, "SerializationException", "MaxResults"},
		{"a filter of another type is refused", actionInformation, `{"Filters":[{"Key":"PingStatus","Values":"Online"}]}`, "SerializationException", "Values"},
		{"a filter of associations is not empty", actionList, `{"AssociationFilterList":[]}`, "ValidationException",
			"Value '[]' at 'associationFilterList' failed to satisfy constraint: Member must have length greater than or equal to 1"},
		{"a filter of associations needs a key", actionList, `{"AssociationFilterList":[{"value":"x"}]}`, "ValidationException", "Value null at 'associationFilterList.1.member.key'"},
		{"a filter of associations needs a value", actionList, `{"AssociationFilterList":[{"key":"Name"}]}`, "ValidationException", "Value null at 'associationFilterList.1.member.value'"},
		{"a filter of associations needs a value of a length", actionList, `{"AssociationFilterList":[{"key":"Name","value":""}]}`, "ValidationException", "greater than or equal to 1"},
		{"a filter of associations has names in lower case", actionList, `{"AssociationFilterList":[{"Key":"Name","Value":"x"}]}`, "ValidationException", "2 validation errors"},
		{"an unknown filter of associations is refused", actionList, `{"AssociationFilterList":[{"key":"Colour","value":"x"}]}`, "ValidationException",
			"Value 'Colour' at 'associationFilterList.1.member.key' failed to satisfy constraint: Member must satisfy enum value set: ["},
		{"a filter that is not simulated is refused", actionList, `{"AssociationFilterList":[{"key":"ResourceGroupName","value":"x"}]}`, "ValidationException", "enum value set"},
		{"fewer than 1 association is refused", actionList, `{"MaxResults":0}`, "ValidationException", "greater than or equal to 1"},
		{"more than 50 associations are refused", actionList, `{"MaxResults":51}`, "ValidationException", "less than or equal to 50"},
		{"a token of nobody for associations is refused", actionList, `{"NextToken":"abc"}`, "InvalidNextToken", ""},
		{"an association has to be named", actionDescribe, `{"Name":"AWS-RunShellScript"}`, "ValidationException", "AssociationId"},
		{"an association's id has a form", actionDescribe, `{"AssociationId":"x` + unknownID + `"}`, "ValidationException", "'associationId'"},
		{"a document's name has a form", actionDescribe, `{"Name":"x"}`, "ValidationException", "'name'"},
		{"an association's version has a form", actionDescribe, `{"AssociationId":"` + unknownID + `","AssociationVersion":"0"}`, "ValidationException", "'associationVersion'"},
		{"an association's node has a form", actionDescribe, `{"Name":"AWS-RunShellScript","InstanceId":"x"}`, "ValidationException", "'instanceId'"},
		{"an id of no association is refused", actionDescribe, `{"AssociationId":"` + unknownID + `"}`, "AssociationDoesNotExist", ""},
		{"another version is refused", actionDescribe, `{"AssociationId":"` + first + `","AssociationVersion":"77"}`, "InvalidAssociationVersion", ""},
		{"an association of no node is refused", actionDescribe, `{"Name":"AWS-RunShellScript","InstanceId":"i-00000000"}`, "InvalidInstanceId", ""},
		{"a node that nothing was created for is refused", actionDescribe, `{"Name":"AWS-RunShellScript","InstanceId":"` + id + `"}`, "AssociationDoesNotExist", ""},
		{"a node is required", actionEffective, `{}`, "ValidationException", "Value null at 'instanceId'"},
		{"a node of another form is refused", actionEffective, `{"InstanceId":"xyz"}`, "ValidationException", "'instanceId'"},
		{"an unknown node is refused", actionEffective, `{"InstanceId":"i-00000000"}`, "InvalidInstanceId", ""},
		{"more than 5 effective associations are refused", actionEffective, `{"InstanceId":"` + id + `","MaxResults":6}`, "ValidationException", "less than or equal to 5"},
		{"executions need an association", actionExecutions, `{}`, "ValidationException", "Value null at 'associationId'"},
		{"executions need an association that exists", actionExecutions, `{"AssociationId":"` + unknownID + `"}`, "AssociationDoesNotExist", ""},
		{"more than 50 executions are refused", actionExecutions, `{"AssociationId":"` + first + `","MaxResults":51}`, "ValidationException", "less than or equal to 50"},
		{"a filter of executions is not empty", actionExecutions, `{"AssociationId":"` + first + `","Filters":[]}`, "ValidationException", "'filters'"},
		{"a filter of executions has all three members", actionExecutions, `{"AssociationId":"` + first + `","Filters":[{}]}`, "ValidationException", "3 validation errors"},
		{"an unknown filter of executions is refused", actionExecutions, executionFilter(first, "Colour", "EQUAL", "x"), "ValidationException", "enum value set: [ExecutionId, Status, CreatedTime]"},
		{"an unknown comparison is refused", actionExecutions, executionFilter(first, "Status", "BEGINS", "x"), "ValidationException", "enum value set: [EQUAL, LESS_THAN, GREATER_THAN]"},
		{"statuses have no order", actionExecutions, executionFilter(first, "Status", "LESS_THAN", "Success"), "ValidationException", "LESS_THAN"},
		{"a date has a form", actionExecutions, executionFilter(first, "CreatedTime", "EQUAL", "2018-04-10 19:15:38"), "ValidationException", "2018-04-10 19:15:38"},
		{"targets need an execution", actionTargets, `{"AssociationId":"` + first + `"}`, "ValidationException", "Value null at 'executionId'"},
		{"targets need an execution of a form", actionTargets, `{"AssociationId":"` + first + `","ExecutionId":"x"}`, "ValidationException", "'executionId'"},
		{"targets need an execution that exists", actionTargets, `{"AssociationId":"` + first + `","ExecutionId":"` + unknownID + `"}`, "AssociationExecutionDoesNotExist", ""},
		{"targets need an association that exists", actionTargets, `{"AssociationId":"` + unknownID + `","ExecutionId":"` + unknownID + `"}`, "AssociationDoesNotExist", ""},
		{"an unknown filter of targets is refused", actionTargets, `{"AssociationId":"` + first + `","ExecutionId":"` + unknownID + `","Filters":[{"Key":"Colour","Value":"x"}]}`,
			"ValidationException", "enum value set: [Status, ResourceId, ResourceType]"},
		{"an unknown operation is refused", "ListEverything", `{}`, "UnknownOperationException", ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			a := raw(t, endpoint, region0, c.action, c.body)
			message, _ := a.json["message"].(string)
			if a.status != 400 || a.code() != c.code || !strings.Contains(message, c.message) {
				t.Errorf("got %d %s", a.status, a.body)
			}
		})
	}
	t.Run("a null is as good as an absent member", func(t *testing.T) {
		if a := raw(t, endpoint, region0, actionInformation, `{"NextToken":null,"MaxResults":null,"Filters":null}`); a.status != 200 {
			t.Errorf("got %d %s", a.status, a.body)
		}
	})
	t.Run("errors carry a namespace where that is wanted", func(t *testing.T) {
		_, endpoint := start(t, awssim.Options{NamespacedErrors: true})
		for body, want := range map[string]string{
			`{"InstanceId":"i-00000000"}`: "com.amazonaws.ssm#InvalidInstanceId",
			`{}`:                          "com.amazon.coral.validate#ValidationException",
		} {
			if a := raw(t, endpoint, region0, actionStatus, body); a.code() != want {
				t.Errorf("got %s", a.body)
			}
		}
		_, err := rowsOf(t.Context(), defaultClient(t, endpoint), "i-00000000", 0)
		if _, ok := errors.AsType[*types.InvalidInstanceId](err); !ok {
			t.Errorf("client library sees %v", err)
		}
	})
}

func TestFiltersSelectNodes(t *testing.T) {
	simulated := fleet.New(fleet.Options{Nodes: 600})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	client := defaultClient(t, endpoint)
	nodes := simulated.Nodes(region0)
	full := nodes[0].Information()
	is := func(v *string, values ...string) bool { return v != nil && slices.Contains(values, *v) }
	type filters = []types.InstanceInformationStringFilter
	f := func(key string, values ...string) types.InstanceInformationStringFilter {
		return types.InstanceInformationStringFilter{Key: aws.String(key), Values: values}
	}
	for _, c := range []struct {
		name    string
		filters filters
		want    func(fleet.Information) bool
	}{
		{"by ping status", filters{f("PingStatus", "ConnectionLost")}, func(i fleet.Information) bool { return is(i.PingStatus, "ConnectionLost") }},
		{"by any of several platforms", filters{f("PlatformTypes", "Windows", "MacOS")}, func(i fleet.Information) bool { return is(i.PlatformType, "Windows", "MacOS") }},
		{"by all of several filters", filters{f("ResourceType", "ManagedInstance"), f("AssociationStatus", "Success")},
			func(i fleet.Information) bool {
				return is(i.ResourceType, "ManagedInstance") && is(i.AssociationStatus, "Success")
			}},
		{"by association status", filters{f("AssociationStatus", "Failed")}, func(i fleet.Information) bool { return is(i.AssociationStatus, "Failed") }},
		{"by agent version", filters{f("AgentVersion", *full.AgentVersion)}, func(i fleet.Information) bool { return is(i.AgentVersion, *full.AgentVersion) }},
		{"by activation", filters{f("ActivationIds", *full.ActivationID)}, func(i fleet.Information) bool { return is(i.ActivationID, *full.ActivationID) }},
		{"by role", filters{f("IamRole", *full.IamRole)}, func(i fleet.Information) bool { return is(i.IamRole, *full.IamRole) }},
		{"by source", filters{f("SourceIds", nodes[7].InstanceID, *full.SourceID), f("SourceTypes", *full.SourceType)},
			func(i fleet.Information) bool { return is(i.SourceType, *full.SourceType) }},
		{"by id, in listing order and once each", filters{f("InstanceIds", nodes[9].InstanceID, nodes[3].InstanceID, nodes[9].InstanceID)},
			func(i fleet.Information) bool {
				return i.InstanceID == nodes[3].InstanceID || i.InstanceID == nodes[9].InstanceID
			}},
		{"by ids in both of two filters", filters{f("InstanceIds", nodes[9].InstanceID, nodes[3].InstanceID), f("InstanceIds", nodes[3].InstanceID)},
			func(i fleet.Information) bool { return i.InstanceID == nodes[3].InstanceID }},
		{"by the id of a stopped node", filters{f("InstanceIds", nodes[1].InstanceID)}, func(fleet.Information) bool { return false }},
		{"by a value nothing has", filters{f("AgentVersion", "0")}, func(fleet.Information) bool { return false }},
	} {
		t.Run(c.name, func(t *testing.T) {
			var want []string
			var legacy []types.InstanceInformationFilter
			for _, n := range nodes {
				if n.Listed && c.want(n.Information()) {
					want = append(want, n.InstanceID)
				}
			}
			for _, filter := range c.filters {
				legacy = append(legacy, types.InstanceInformationFilter{Key: types.InstanceInformationFilterKey(*filter.Key), ValueSet: filter.Values})
			}
			for _, in := range []*ssm.DescribeInstanceInformationInput{
				{Filters: c.filters, MaxResults: aws.Int32(5)},
				{InstanceInformationFilterList: legacy, MaxResults: aws.Int32(50)},
			} {
				var got []string
				pages := ssm.NewDescribeInstanceInformationPaginator(client, in)
				for pages.HasMorePages() {
					page, err := pages.NextPage(t.Context())
					if err != nil {
						t.Fatal(err)
					}
					if len(page.InstanceInformationList) == 0 && len(want) > 0 {
						t.Error("an empty page")
					}
					for _, info := range page.InstanceInformationList {
						got = append(got, *info.InstanceId)
					}
				}
				if !slices.Equal(got, want) {
					t.Errorf("got %d nodes, want %d", len(got), len(want))
				}
			}
		})
	}
}

func TestTokensAreBoundToTheirRequest(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	other := fleet.New(fleet.Options{AccountID: "210987654321"})
	accounts := []awssim.Account{{Fleet: simulated}, {AccessKeyID: "AKIAOTHER", Fleet: other}}
	_, endpoint := start(t, awssim.Options{}, accounts...)
	_, elsewhere := start(t, awssim.Options{}, accounts...)
	nodes := simulated.Nodes(region0)
	token := raw(t, endpoint, region0, actionStatus, fmt.Sprintf(`{"InstanceId":%q}`, nodes[2].InstanceID)).json["NextToken"].(string)
	list := raw(t, endpoint, region0, actionInformation, `{}`).json["NextToken"].(string)
	long := simulated.Associations(region0)[1]
	executions := raw(t, endpoint, region0, actionExecutions, fmt.Sprintf(`{"AssociationId":%q}`, long.AssociationID)).json["NextToken"].(string)
	targets := func(execution int, rest string) string {
		return fmt.Sprintf(`{"AssociationId":%q,"ExecutionId":%q,"MaxResults":1%s}`, long.AssociationID, long.Executions()[execution].ExecutionID, rest)
	}
	target := raw(t, endpoint, region0, actionTargets, targets(3, "")).json["NextToken"].(string)
	body := func(id, token string) string { return fmt.Sprintf(`{"InstanceId":%q,"NextToken":%q}`, id, token) }
	for _, c := range []struct {
		name, endpoint, key, region, action, body, code string
	}{
		{"taken for the request it was issued for", endpoint, awssim.DefaultAccessKeyID, region0, actionStatus, body(nodes[2].InstanceID, token), ""},
		{"taken with another page size", endpoint, awssim.DefaultAccessKeyID, region0, actionInformation, fmt.Sprintf(`{"MaxResults":7,"NextToken":%q}`, list), ""},
		{"refused for another node", endpoint, awssim.DefaultAccessKeyID, region0, actionStatus, body(nodes[5].InstanceID, token), "InvalidNextToken"},
		{"refused for another action", endpoint, awssim.DefaultAccessKeyID, region0, actionInformation, fmt.Sprintf(`{"NextToken":%q}`, token), "InvalidNextToken"},
		{"refused for other filters", endpoint, awssim.DefaultAccessKeyID, region0, actionInformation,
			fmt.Sprintf(`{"Filters":[{"Key":"PingStatus","Values":["Online"]}],"NextToken":%q}`, list), "InvalidNextToken"},
		{"refused for another association", endpoint, awssim.DefaultAccessKeyID, region0, actionExecutions,
			fmt.Sprintf(`{"AssociationId":%q,"NextToken":%q}`, simulated.Associations(region0)[0].AssociationID, executions), "InvalidNextToken"},
		{"taken for the same execution", endpoint, awssim.DefaultAccessKeyID, region0, actionTargets, targets(3, fmt.Sprintf(`,"NextToken":%q`, target)), ""},
		{"refused for another execution", endpoint, awssim.DefaultAccessKeyID, region0, actionTargets, targets(4, fmt.Sprintf(`,"NextToken":%q`, target)), "InvalidNextToken"},
		{"refused in another region", endpoint, awssim.DefaultAccessKeyID, "eu-west-1", actionInformation, fmt.Sprintf(`{"NextToken":%q}`, list), "InvalidNextToken"},
		{"refused for another account", endpoint, "AKIAOTHER", region0, actionInformation, fmt.Sprintf(`{"NextToken":%q}`, list), "InvalidNextToken"},
		{"refused by another server", elsewhere, awssim.DefaultAccessKeyID, region0, actionInformation, fmt.Sprintf(`{"NextToken":%q}`, list), "InvalidNextToken"},
		{"refused when changed", endpoint, awssim.DefaultAccessKeyID, region0, actionInformation, fmt.Sprintf(`{"NextToken":%q}`, "B"+list[1:]), "InvalidNextToken"},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := send(t, c.endpoint, ssmHeader(c.key, c.region, c.action), c.body)
			if err != nil {
				t.Fatal(err)
			}
			if a.code() != c.code {
				t.Errorf("got %d %s", a.status, a.body)
			}
		})
	}
}

func TestErrorsReachTheClientLibraryWithTheirCode(t *testing.T) {
	_, endpoint := start(t, awssim.Options{})
	_, err := rowsOf(t.Context(), defaultClient(t, endpoint), "xyz", 0)
	if e, ok := errors.AsType[smithy.APIError](err); !ok || e.ErrorCode() != "ValidationException" {
		t.Errorf("got %v", err)
	}
}
