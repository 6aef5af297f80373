package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

var associationExecution = table{
	name:      "ssm_association_execution",
	floor:     (*floor).executions,
	scenarios: usual,
}

func (f *floor) executions(ctx context.Context) error {
	return each(ctx, f.associationIDs, func(ctx context.Context, association string) error {
		return f.executionsOf(ctx, association, func(executions []types.AssociationExecution) error {
			return write(f, executions)
		})
	})
}

func (f *floor) executionsOf(
	ctx context.Context, association string, page func([]types.AssociationExecution) error,
) error {
	pages := ssm.NewDescribeAssociationExecutionsPaginator(f.client, &ssm.DescribeAssociationExecutionsInput{
		AssociationId: aws.String(association), MaxResults: pageSize,
	})
	return eachPage(ctx, pages, func(out *ssm.DescribeAssociationExecutionsOutput) error {
		return page(out.AssociationExecutions)
	})
}
