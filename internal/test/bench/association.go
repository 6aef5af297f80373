package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

var association = table{
	name:      "ssm_association",
	floor:     (*floor).associations,
	scenarios: usual,
}

func (f *floor) associations(ctx context.Context) error {
	return each(ctx, f.associationIDs, func(ctx context.Context, association string) error {
		out, err := f.client.DescribeAssociation(ctx, &ssm.DescribeAssociationInput{AssociationId: aws.String(association)})
		if err != nil {
			return err
		}
		if _, err := f.client.ListTagsForResource(ctx, &ssm.ListTagsForResourceInput{
			ResourceId: aws.String(association), ResourceType: types.ResourceTypeForTaggingAssociation,
		}); err != nil {
			return err
		}
		return write(f, []types.AssociationDescription{*out.AssociationDescription})
	})
}
