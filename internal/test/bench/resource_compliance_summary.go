package main

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

var resourceComplianceSummary = table{
	name:      "ssm_resource_compliance_summary",
	floor:     (*floor).summaries,
	scenarios: usual,
}

func (f *floor) summaries(ctx context.Context) error {
	pages := ssm.NewListResourceComplianceSummariesPaginator(f.client, &ssm.ListResourceComplianceSummariesInput{
		MaxResults: pageSize,
	})
	return eachPage(ctx, pages, func(out *ssm.ListResourceComplianceSummariesOutput) error {
		return write(f, out.ResourceComplianceSummaryItems)
	})
}
