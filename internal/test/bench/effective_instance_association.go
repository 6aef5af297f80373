package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

var effectiveInstanceAssociation = table{
	name:      "ssm_effective_instance_association",
	floor:     (*floor).effectiveAssociations,
	scenarios: usual,
}

func (f *floor) effectiveAssociations(ctx context.Context) error {
	return each(ctx, f.nodeIDs, func(ctx context.Context, node string) error {
		in := &ssm.DescribeEffectiveInstanceAssociationsInput{InstanceId: aws.String(node), MaxResults: aws.Int32(5)}
		pages := ssm.NewDescribeEffectiveInstanceAssociationsPaginator(f.client, in)
		return eachPage(ctx, pages, func(out *ssm.DescribeEffectiveInstanceAssociationsOutput) error {
			return write(f, out.Associations)
		})
	})
}
