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
	"steampipe-plugin-ssmassoc/internal/engine"
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
	a, ok := h.Item.(*engine.Row[automationExecution])
	if !ok {
		return nil, engine.FailureOf(ctx, h.Item)
	}
	id := aws.ToString(a.Item.AutomationExecutionId)
	switch a.Item.AutomationExecutionStatus {
	case types.AutomationExecutionStatusFailed, types.AutomationExecutionStatusTimedout,
		types.AutomationExecutionStatusCompletedWithFailure:
	default:
		return nil, nil
	}
	if id == "" {
		return nil, nil
	}
	read := failedStepOf(a.Scan, id)
	read.StillListed = func(ctx context.Context) (bool, error) { return listsAutomation(ctx, a.Scan, id) }
	step, _, err := engine.ReadOne(ctx, a.Scan, read)
	if err == nil && step != nil && step.Beyond {
		step, err = failedStepBeyond(ctx, a.Scan, id)
	}
	if err != nil || step == nil {
		return nil, err
	}
	return engine.RowOf[failedStep](a.Scan)(step), nil
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
func listsAutomation(ctx context.Context, sc *engine.Scan, id string) (bool, error) {
	return engine.IsListed(ctx, sc, automationListing(sc, engine.Selection[types.AutomationExecutionMetadata]{
		Filters: []engine.Filter{{Key: executionIDFilter, Operator: "EQUAL", Values: []string{id}}},
		Meets: func(a *types.AutomationExecutionMetadata) bool {
			return aws.ToString(a.AutomationExecutionId) == id
		},
	}))
}

// failedStepOf reads the failed step of an execution, if any, as a single page. AWS returns
// the first steps, 100 at most.
func failedStepOf(sc *engine.Scan, id string) engine.ParentRead[failedStep] {
	return engine.ParentRead[failedStep]{
		Operation:  "GetAutomationExecution",
		Reads:      "the steps",
		ParentKind: "automation",
		ParentID:   id,
		Unknown:    awsconn.IsNoSuchAutomation,
		Refused:    awsconn.IsUnknownOperation,
		Page: func(ctx context.Context, _ engine.PageRequest) ([]failedStep, *string, error) {
			out, err := sc.Region.Client.GetAutomationExecution(ctx, &ssm.GetAutomationExecutionInput{
				AutomationExecutionId: aws.String(id),
			}, sc.Region.Options)
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
func failedStepBeyond(ctx context.Context, sc *engine.Scan, id string) (*failedStep, error) {
	var failed *failedStep
	read := engine.ParentRead[types.StepExecution]{
		Operation:  "DescribeAutomationStepExecutions",
		PageSize:   50,
		Reads:      "the steps",
		ParentKind: "automation",
		ParentID:   id,
		ID:         func(s *types.StepExecution) string { return engine.IDOf(s.StepExecutionId) },
		Unknown:    awsconn.IsNoSuchAutomation,
		Refused:    awsconn.IsUnknownOperation,
		Selection: engine.Selection[types.StepExecution]{
			Filters: []engine.Filter{{
				Key: string(types.StepExecutionFilterKeyStepExecutionStatus), Operator: "EQUAL",
				Values: []string{
					string(types.AutomationExecutionStatusFailed), string(types.AutomationExecutionStatusTimedout),
				},
			}},
			Meets: failsExecution,
		},
		Page: func(ctx context.Context, request engine.PageRequest) ([]types.StepExecution, *string, error) {
			var filters []types.StepExecutionFilter
			for _, f := range request.Filters {
				filters = append(filters, types.StepExecutionFilter{Key: types.StepExecutionFilterKey(f.Key), Values: f.Values})
			}
			out, err := sc.Region.Client.DescribeAutomationStepExecutions(ctx, &ssm.DescribeAutomationStepExecutionsInput{
				AutomationExecutionId: aws.String(id),
				Filters:               filters,
				MaxResults:            aws.Int32(request.Size),
				NextToken:             request.Token,
			}, sc.Region.Options)
			if err != nil {
				return nil, nil, err
			}
			return out.StepExecutions, out.NextToken, nil
		},
	}
	read.StillListed = func(ctx context.Context) (bool, error) { return listsAutomation(ctx, sc, id) }
	_, err := engine.ReadParent(ctx, sc, read, func(steps []*types.StepExecution) error {
		if failed == nil {
			failed = newFailedStep(steps[0])
		}
		return nil
	})
	return failed, err
}
