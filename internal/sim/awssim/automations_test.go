package awssim_test

import (
	"errors"
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

const actionAutomations = "DescribeAutomationExecutions"

func automationsOf(t *testing.T, c *ssm.Client, size int32, filters ...types.AutomationExecutionFilter) []types.AutomationExecutionMetadata {
	t.Helper()
	in := &ssm.DescribeAutomationExecutionsInput{MaxResults: aws.Int32(size), Filters: filters}
	return allOf(t, ssm.NewDescribeAutomationExecutionsPaginator(c, in), int(size),
		func(o *ssm.DescribeAutomationExecutionsOutput) []types.AutomationExecutionMetadata {
			return o.AutomationExecutionMetadataList
		})
}

func TestPagingYieldsExactlyTheAutomations(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	client := defaultClient(t, endpoint)
	want := simulated.Region(region0).AutomationExecutions()
	samePlain(t, automationsOf(t, client, 50), want)
	samePlain(t, automationsOf(t, client, 9), want)
}

func TestFiltersSelectAutomations(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	client := defaultClient(t, endpoint)
	all := simulated.Region(region0).AutomationExecutions()
	where := func(condition func(fleet.AutomationExecution) bool) []fleet.AutomationExecution {
		return slices.DeleteFunc(slices.Clone(all), func(a fleet.AutomationExecution) bool { return !condition(a) })
	}
	child := all[slices.IndexFunc(all, func(a fleet.AutomationExecution) bool { return a.ParentAutomationExecutionID != nil })]
	at := all[len(all)/2].ExecutionStartTime.Time()
	for name, test := range map[string]struct {
		key    types.AutomationExecutionFilterKey
		values []string
		want   []fleet.AutomationExecution
	}{
		"a status": {"ExecutionStatus", []string{"Failed"},
			where(func(a fleet.AutomationExecution) bool { return a.AutomationExecutionStatus == "Failed" })},
		"any of two statuses": {"ExecutionStatus", []string{"Cancelled", "Waiting"},
			where(func(a fleet.AutomationExecution) bool {
				return a.AutomationExecutionStatus == "Cancelled" || a.AutomationExecutionStatus == "Waiting"
			})},
		"an execution": {"ExecutionId", []string{child.AutomationExecutionID},
			where(func(a fleet.AutomationExecution) bool { return a.AutomationExecutionID == child.AutomationExecutionID })},
		"those of a parent": {"ParentExecutionId", []string{*child.ParentAutomationExecutionID},
			where(func(a fleet.AutomationExecution) bool {
				return aws.ToString(a.ParentAutomationExecutionID) == *child.ParentAutomationExecutionID
			})},
		"the beginning of a runbook's name": {"DocumentNamePrefix", []string{"AWS-Restart"},
			where(func(a fleet.AutomationExecution) bool { return strings.HasPrefix(a.DocumentName, "AWS-Restart") })},
		"from a time on": {"StartTimeAfter", []string{at.Format(time.RFC3339Nano)},
			where(func(a fleet.AutomationExecution) bool { return !a.ExecutionStartTime.Time().Before(at) })},
		"up to a time": {"StartTimeBefore", []string{at.Format(time.RFC3339Nano)},
			where(func(a fleet.AutomationExecution) bool { return !a.ExecutionStartTime.Time().After(at) })},
		"of several accounts": {"AutomationType", []string{"CrossAccount"},
			where(func(a fleet.AutomationExecution) bool { return *a.AutomationType == "CrossAccount" })},
	} {
		t.Run(name, func(t *testing.T) {
			if len(test.want) == 0 {
				t.Fatal("the fleet has no such execution")
			}
			samePlain(t, automationsOf(t, client, 50, types.AutomationExecutionFilter{Key: test.key, Values: test.values}), test.want)
		})
	}
}

func TestAnAutomationIsDescribedWithItsSteps(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	client := defaultClient(t, endpoint)
	for _, a := range simulated.Region(region0).AutomationExecutions() {
		out, err := client.GetAutomationExecution(t.Context(), &ssm.GetAutomationExecutionInput{AutomationExecutionId: aws.String(a.AutomationExecutionID)})
		if err != nil {
			t.Fatal(err)
		}
		if got := out.AutomationExecution; *got.AutomationExecutionId != a.AutomationExecutionID || aws.ToString(got.FailureMessage) != aws.ToString(a.FailureMessage) {
			t.Errorf("got %v", plain(*got))
		}
		samePlain(t, out.AutomationExecution.StepExecutions, a.Steps())
	}
	_, err := client.GetAutomationExecution(t.Context(), &ssm.GetAutomationExecutionInput{AutomationExecutionId: aws.String("00000000-0000-4000-8000-000000000000")})
	if notFound := new(types.AutomationExecutionNotFoundException); !errors.As(err, &notFound) {
		t.Errorf("an unknown execution: %v", err)
	}
}

// TestStepsOfAnAutomationAreListed checks the list of steps against those of the execution,
// in pages of one, with and without a filter.
func TestStepsOfAnAutomationAreListed(t *testing.T) {
	simulated := fleet.New(fleet.Options{})
	_, endpoint := start(t, awssim.Options{}, awssim.Account{Fleet: simulated})
	client := defaultClient(t, endpoint)
	failed := types.StepExecutionFilter{Key: types.StepExecutionFilterKeyStepExecutionStatus, Values: []string{"Failed", "TimedOut"}}
	steps := 0
	for _, a := range simulated.Region(region0).AutomationExecutions() {
		for _, filters := range [][]types.StepExecutionFilter{nil, {failed}} {
			var want []fleet.StepExecution
			for _, s := range a.Steps() {
				if filters == nil || slices.Contains(failed.Values, s.StepStatus) {
					want = append(want, s)
				}
			}
			var got []types.StepExecution
			pages := ssm.NewDescribeAutomationStepExecutionsPaginator(client, &ssm.DescribeAutomationStepExecutionsInput{
				AutomationExecutionId: aws.String(a.AutomationExecutionID), Filters: filters, MaxResults: aws.Int32(1),
			})
			for pages.HasMorePages() {
				page, err := pages.NextPage(t.Context())
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, page.StepExecutions...)
			}
			samePlain(t, got, want)
			steps += len(got)
		}
	}
	if steps == 0 {
		t.Error("there are no steps")
	}
}

func TestRequestsForAutomationsAreValidated(t *testing.T) {
	_, endpoint := start(t, awssim.Options{})
	for name, test := range map[string]struct{ action, body, code, message string }{
		"a page of 51":   {actionAutomations, `{"MaxResults":51}`, "ValidationException", "'maxResults'"},
		"an unknown key": {actionAutomations, `{"Filters":[{"Key":"Status","Values":["Failed"]}]}`, "ValidationException", "'filters.1.member.key'"},
		"a key of tags":  {actionAutomations, `{"Filters":[{"Key":"TagKey","Values":["a"]}]}`, "InvalidFilterKey", ""},
		"not a date":     {actionAutomations, `{"Filters":[{"Key":"StartTimeAfter","Values":["today"]}]}`, "InvalidFilterValue", ""},
		"no filters":     {actionAutomations, `{"Filters":[]}`, "ValidationException", "'filters'"},
		"eleven values": {actionAutomations, `{"Filters":[{"Key":"ExecutionStatus","Values":[` + strings.Repeat(`"Failed",`, 10) + `"Failed"]}]}`,
			"ValidationException", "'filters.1.member.values'"},
		"no execution of steps": {"DescribeAutomationStepExecutions", `{}`, "ValidationException", "'automationExecutionId'"},
		"no execution":          {"GetAutomationExecution", `{}`, "ValidationException", "'automationExecutionId'"},
	} {
		t.Run(name, func(t *testing.T) {
			a := raw(t, endpoint, region0, test.action, test.body)
			if a.code() != test.code || !strings.Contains(a.body, test.message) {
				t.Errorf("got %s", a.body)
			}
		})
	}
}
