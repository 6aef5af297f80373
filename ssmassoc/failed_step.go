package ssmassoc

import (
	"context"
	"errors"
	"slices"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
)

// failedStep is the step that failed an execution.
type failedStep struct {
	Name, Action, Message *string
	// Beyond is set if AWS returned not all steps, and none of those failed the execution.
	Beyond bool
}

func newFailedStep(s *types.StepExecution) *failedStep {
	return &failedStep{Name: s.StepName, Action: s.Action, Message: s.FailureMessage}
}

// describeFailedStep is the hydrate function of failedStepColumns. It makes no call for
// an execution that has not failed, and returns nil where no step failed the execution.
func describeFailedStep(ctx context.Context, _ *plugin.QueryData, h *plugin.HydrateData) (any, error) {
	a, ok := h.Item.(*row[automationExecution])
	if !ok {
		return nil, failureOf(ctx, h.Item)
	}
	id := aws.ToString(a.item.AutomationExecutionId)
	switch a.item.AutomationExecutionStatus {
	case types.AutomationExecutionStatusFailed, types.AutomationExecutionStatusTimedout,
		types.AutomationExecutionStatusCompletedWithFailure:
	default:
		return nil, nil
	}
	if id == "" {
		return nil, nil
	}
	read := failedStepOf(a.scan, id)
	read.stillListed = func(ctx context.Context) (bool, error) { return listsAutomation(ctx, a.scan, id) }
	step, _, err := readOne(ctx, a.scan, read)
	if err == nil && step != nil && step.Beyond {
		step, err = failedStepBeyond(ctx, a.scan, id)
	}
	if err != nil || step == nil {
		return nil, err
	}
	return &row[failedStep]{a.scan, step}, nil
}

// failsExecution reports whether a step failed its execution. A step whose failure does not
// count for the result of the execution is not critical: if the runbook does not say so,
// one that continues on failure.
func failsExecution(s *types.StepExecution) bool {
	switch s.StepStatus {
	case types.AutomationExecutionStatusFailed, types.AutomationExecutionStatusTimedout:
	default:
		return false
	}
	if s.IsCritical != nil {
		return *s.IsCritical
	}
	return !strings.EqualFold(aws.ToString(s.OnFailure), "Continue")
}

// listsAutomation reports whether AWS lists an execution now.
func listsAutomation(ctx context.Context, sc *scan, id string) (bool, error) {
	return isListed(ctx, sc, automationListing(sc, selection[types.AutomationExecutionMetadata]{
		filters: []filter{{key: executionIDFilter, operator: "EQUAL", values: []string{id}}},
		meets: func(a *types.AutomationExecutionMetadata) bool {
			return aws.ToString(a.AutomationExecutionId) == id
		},
	}))
}

// failedStepOf reads the failed step of an execution, if any, as a single page. AWS returns
// the first steps, 100 at most.
func failedStepOf(sc *scan, id string) parentRead[failedStep] {
	return parentRead[failedStep]{
		operation:  "GetAutomationExecution",
		reads:      "the steps",
		parentKind: "automation",
		parentID:   id,
		unknown:    awsconn.IsNoSuchAutomation,
		refused:    awsconn.IsUnknownOperation,
		page: func(ctx context.Context, _ pageRequest) ([]failedStep, *string, error) {
			out, err := sc.region.Client.GetAutomationExecution(ctx, &ssm.GetAutomationExecutionInput{
				AutomationExecutionId: aws.String(id),
			}, sc.region.Options)
			if err != nil {
				return nil, nil, err
			}
			if out.AutomationExecution == nil {
				return nil, nil, errors.New("AWS answered without an execution")
			}
			steps := out.AutomationExecution.StepExecutions
			failed := slices.IndexFunc(steps, func(s types.StepExecution) bool { return failsExecution(&s) })
			switch {
			case failed >= 0:
				return []failedStep{*newFailedStep(&steps[failed])}, nil, nil
			case out.AutomationExecution.StepExecutionsTruncated:
				return []failedStep{{Beyond: true}}, nil, nil
			}
			return nil, nil, nil
		},
	}
}

// failedStepBeyond reads the steps that failed in an execution with more steps than
// GetAutomationExecution returns, and returns the one that failed the execution, or nil.
func failedStepBeyond(ctx context.Context, sc *scan, id string) (*failedStep, error) {
	var failed *failedStep
	read := parentRead[types.StepExecution]{
		operation:  "DescribeAutomationStepExecutions",
		pageSize:   50,
		reads:      "the steps",
		parentKind: "automation",
		parentID:   id,
		id:         func(s *types.StepExecution) string { return idOf(s.StepExecutionId) },
		unknown:    awsconn.IsNoSuchAutomation,
		refused:    awsconn.IsUnknownOperation,
		selection: selection[types.StepExecution]{
			filters: []filter{{key: string(types.StepExecutionFilterKeyStepExecutionStatus), operator: "EQUAL", values: []string{
				string(types.AutomationExecutionStatusFailed), string(types.AutomationExecutionStatusTimedout),
			}}},
			meets: failsExecution,
		},
		page: func(ctx context.Context, request pageRequest) ([]types.StepExecution, *string, error) {
			var filters []types.StepExecutionFilter
			for _, f := range request.filters {
				filters = append(filters, types.StepExecutionFilter{Key: types.StepExecutionFilterKey(f.key), Values: f.values})
			}
			out, err := sc.region.Client.DescribeAutomationStepExecutions(ctx, &ssm.DescribeAutomationStepExecutionsInput{
				AutomationExecutionId: aws.String(id),
				Filters:               filters,
				MaxResults:            aws.Int32(request.size),
				NextToken:             request.token,
			}, sc.region.Options)
			if err != nil {
				return nil, nil, err
			}
			return out.StepExecutions, out.NextToken, nil
		},
	}
	read.stillListed = func(ctx context.Context) (bool, error) { return listsAutomation(ctx, sc, id) }
	_, err := readParent(ctx, sc, read, func(steps []*types.StepExecution) error {
		if failed == nil {
			failed = newFailedStep(steps[0])
		}
		return nil
	})
	return failed, err
}
