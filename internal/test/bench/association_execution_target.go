package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

var associationExecutionTarget = table{
	name:      "ssm_association_execution_target",
	floor:     (*floor).targets,
	scenarios: usual,
}

func (f *floor) targets(ctx context.Context) error {
	list := func(ctx context.Context, send func(types.AssociationExecution) error) error {
		return each(ctx, f.associationIDs, func(ctx context.Context, association string) error {
			return f.executionsOf(ctx, association, func(executions []types.AssociationExecution) error {
				for _, e := range executions {
					if err := send(e); err != nil {
						return err
					}
				}
				return nil
			})
		})
	}
	return each(ctx, list, func(ctx context.Context, e types.AssociationExecution) error {
		pages := ssm.NewDescribeAssociationExecutionTargetsPaginator(f.client, &ssm.DescribeAssociationExecutionTargetsInput{
			AssociationId: e.AssociationId, ExecutionId: e.ExecutionId, MaxResults: pageSize,
		})
		return eachPage(ctx, pages, func(out *ssm.DescribeAssociationExecutionTargetsOutput) error {
			return write(f, out.AssociationExecutionTargets)
		})
	})
}
