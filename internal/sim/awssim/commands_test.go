package awssim_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

const actionInvocations = "ListCommandInvocations"

// invocationsOf reads all invocations in pages.
func invocationsOf(t *testing.T, c *ssm.Client, in ssm.ListCommandInvocationsInput) []types.CommandInvocation {
	t.Helper()
	in.MaxResults = aws.Int32(cmpOr(in.MaxResults, 50))
	return allOf(t, ssm.NewListCommandInvocationsPaginator(c, &in), int(*in.MaxResults),
		func(o *ssm.ListCommandInvocationsOutput) []types.CommandInvocation { return o.CommandInvocations })
}

func cmpOr(size *int32, otherwise int32) int32 {
	if size == nil {
		return otherwise
	}
	return *size
}

func withoutPlugins(invocations []fleet.CommandInvocation) []fleet.CommandInvocation {
	brief := slices.Clone(invocations)
	for i := range brief {
		brief[i].CommandPlugins = nil
	}
	return brief
}

func TestPagingYieldsExactlyTheInvocations(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	for _, region := range simulated.Regions() {
		client := ssmClient(t, endpoint, region, awssim.DefaultAccessKeyID, "")
		want := simulated.Region(region).CommandInvocations()
		samePlain(t, invocationsOf(t, client, ssm.ListCommandInvocationsInput{Details: true}), want)
		samePlain(t, invocationsOf(t, client, ssm.ListCommandInvocationsInput{MaxResults: aws.Int32(7)}), withoutPlugins(want))
	}
}

func TestFiltersSelectInvocations(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	client := defaultClient(t, endpoint)
	all := simulated.Region(region0).CommandInvocations()
	where := func(condition func(fleet.CommandInvocation) bool) []fleet.CommandInvocation {
		return slices.DeleteFunc(slices.Clone(all), func(c fleet.CommandInvocation) bool { return !condition(c) })
	}
	filter := func(key types.CommandFilterKey, value string) []types.CommandFilter {
		return []types.CommandFilter{{Key: key, Value: aws.String(value)}}
	}
	one, node := all[len(all)/2], simulated.Nodes(region0)[2].InstanceID
	at := one.RequestedDateTime.Time()
	text := at.Format(time.RFC3339Nano)

	for name, test := range map[string]struct {
		in   ssm.ListCommandInvocationsInput
		want []fleet.CommandInvocation
	}{
		"a command": {ssm.ListCommandInvocationsInput{CommandId: aws.String(one.CommandID)},
			where(func(c fleet.CommandInvocation) bool { return c.CommandID == one.CommandID })},
		"a node": {ssm.ListCommandInvocationsInput{InstanceId: aws.String(node)},
			where(func(c fleet.CommandInvocation) bool { return c.InstanceID == node })},
		"a command on another node": {ssm.ListCommandInvocationsInput{CommandId: aws.String(one.CommandID), InstanceId: aws.String(simulated.Nodes(region0)[4].InstanceID)}, nil},
		"a status": {ssm.ListCommandInvocationsInput{Filters: filter("Status", "Failed")},
			where(func(c fleet.CommandInvocation) bool { return c.Status == "Failed" })},
		"a detailed status": {ssm.ListCommandInvocationsInput{Filters: filter("Status", "Undeliverable")},
			where(func(c fleet.CommandInvocation) bool { return aws.ToString(c.StatusDetails) == "Undeliverable" })},
		"a time on": {ssm.ListCommandInvocationsInput{Filters: filter("InvokedAfter", text)},
			where(func(c fleet.CommandInvocation) bool { return !c.RequestedDateTime.Time().Before(at) })},
		"before a time": {ssm.ListCommandInvocationsInput{Filters: filter("InvokedBefore", text)},
			where(func(c fleet.CommandInvocation) bool { return c.RequestedDateTime.Time().Before(at) })},
		"a document and a status": {ssm.ListCommandInvocationsInput{Filters: append(filter("Status", "Success"), filter("DocumentName", one.DocumentName)...)},
			where(func(c fleet.CommandInvocation) bool {
				return c.Status == "Success" && c.DocumentName == one.DocumentName
			})},
	} {
		t.Run(name, func(t *testing.T) {
			samePlain(t, invocationsOf(t, client, test.in), withoutPlugins(test.want))
		})
	}
}

func TestACommandThatFoundNoNodeHasNoInvocations(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	region := simulated.Region(region0)
	if places, ok := region.InvocationsOfCommand(region.EmptyCommandID()); !ok || len(places) > 0 {
		t.Fatalf("%v, %t", places, ok)
	}
	if got := invocationsOf(t, defaultClient(t, endpoint), ssm.ListCommandInvocationsInput{CommandId: aws.String(region.EmptyCommandID())}); len(got) > 0 {
		t.Errorf("%v", got)
	}
}

func TestRequestsForInvocationsAreValidated(t *testing.T) {
	_, endpoint := start(t, awssim.Options{})
	for name, test := range map[string]struct{ body, code, message string }{
		"a page of none":      {`{"MaxResults":0}`, "ValidationException", "'maxResults'"},
		"a page of 51":        {`{"MaxResults":51}`, "ValidationException", "'maxResults'"},
		"a malformed node":    {`{"InstanceId":"web-1"}`, "ValidationException", "'instanceId'"},
		"an unknown node":     {`{"InstanceId":"i-00000000000000000"}`, "InvalidInstanceId", ""},
		"a malformed command": {`{"CommandId":"last"}`, "ValidationException", "'commandId'"},
		"an unknown command":  {`{"CommandId":"00000000-0000-4000-8000-000000000000"}`, "InvalidCommandId", ""},
		"a stage":             {`{"Filters":[{"key":"ExecutionStage","value":"Complete"}]}`, "InvalidFilterKey", ""},
		"an unknown key":      {`{"Filters":[{"key":"Name","value":"x"}]}`, "ValidationException", "'filters.1.member.key'"},
		"no filters":          {`{"Filters":[]}`, "ValidationException", "'filters'"},
		"six filters":         {`{"Filters":[` + strings.Repeat(`{"key":"Status","value":"Failed"},`, 5) + `{"key":"Status","value":"Failed"}]}`, "ValidationException", "'filters'"},
		"an unknown status":   {`{"Filters":[{"key":"Status","value":"failed"}]}`, "ValidationException", "Status"},
		"not a date":          {`{"Filters":[{"key":"InvokedAfter","value":"yesterday"}]}`, "ValidationException", "InvokedAfter"},
		"a node and Pending":  {`{"InstanceId":"i-00000000000000000","Filters":[{"key":"Status","value":"Pending"}]}`, "ValidationException", "Pending"},
		"another's token":     {`{"NextToken":"abc"}`, "InvalidNextToken", ""},
	} {
		t.Run(name, func(t *testing.T) {
			a := raw(t, endpoint, region0, actionInvocations, test.body)
			if a.code() != test.code || !strings.Contains(a.body, test.message) {
				t.Errorf("got %s", a.body)
			}
		})
	}
}
