package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

var complianceItem = table{
	name:      "ssm_compliance_item",
	floor:     (*floor).complianceItems,
	scenarios: usual,
}

func (f *floor) complianceItems(ctx context.Context) error {
	return each(ctx, f.nodeIDs, func(ctx context.Context, node string) error {
		pages := ssm.NewListComplianceItemsPaginator(f.client, &ssm.ListComplianceItemsInput{
			ResourceIds: []string{node}, ResourceTypes: []string{"ManagedInstance"}, MaxResults: pageSize,
		})
		return eachPage(ctx, pages, func(out *ssm.ListComplianceItemsOutput) error { return write(f, out.ComplianceItems) })
	})
}
