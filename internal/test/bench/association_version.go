package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

var associationVersion = table{
	name:      "ssm_association_version",
	floor:     (*floor).versions,
	scenarios: usual,
}

func (f *floor) versions(ctx context.Context) error {
	return each(ctx, f.associationIDs, func(ctx context.Context, association string) error {
		pages := ssm.NewListAssociationVersionsPaginator(f.client, &ssm.ListAssociationVersionsInput{
			AssociationId: aws.String(association), MaxResults: pageSize,
		})
		return eachPage(ctx, pages, func(out *ssm.ListAssociationVersionsOutput) error {
			return write(f, out.AssociationVersions)
		})
	})
}
