package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

var automationExecution = table{
	name:      "ssm_automation_execution",
	floor:     (*floor).automations,
	scenarios: usual,
}

func (f *floor) automations(ctx context.Context) error {
	return eachPage(ctx, f.automationPages(), func(out *ssm.DescribeAutomationExecutionsOutput) error {
		if err := write(f, out.AutomationExecutionMetadataList); err != nil {
			return err
		}
		failed := func(ctx context.Context, send func(string) error) error {
			for _, a := range out.AutomationExecutionMetadataList {
				switch a.AutomationExecutionStatus {
				case types.AutomationExecutionStatusFailed, types.AutomationExecutionStatusTimedout,
					types.AutomationExecutionStatusCompletedWithFailure:
					if err := send(*a.AutomationExecutionId); err != nil {
						return err
					}
				}
			}
			return nil
		}
		return each(ctx, failed, func(ctx context.Context, id string) error {
			_, err := f.client.GetAutomationExecution(ctx, &ssm.GetAutomationExecutionInput{
				AutomationExecutionId: aws.String(id),
			})
			return err
		})
	})
}

func (f *floor) automationPages() *ssm.DescribeAutomationExecutionsPaginator {
	return ssm.NewDescribeAutomationExecutionsPaginator(f.client, &ssm.DescribeAutomationExecutionsInput{
		MaxResults: pageSize,
	})
}
