package ssmassoc

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// tableResourceComplianceSummary has one row for each type of compliance of each
// managed node.
//
// A region costs one call for every 50 rows, and none for a node.
func tableResourceComplianceSummary() table {
	return table{
		name: "ssm_resource_compliance_summary",
		description: "Compliance summaries of managed nodes in AWS Systems Manager: the number of compliant and " +
			"non-compliant items of each node and type.",
		operation:  "ListResourceComplianceSummaries",
		keyColumns: complianceSummaryKeyColumns.declare(),
		list:       listResourceComplianceSummary,
		columns: []*plugin.Column{
			textColumn("resource_id", func(s *types.ResourceComplianceSummaryItem) *string { return s.ResourceId },
				"The ID of the managed node."),
			textColumn("resource_type", func(s *types.ResourceComplianceSummaryItem) *string { return s.ResourceType },
				"The type of the resource: ManagedInstance."),
			textColumn("compliance_type", func(s *types.ResourceComplianceSummaryItem) *string { return s.ComplianceType },
				"The type of the items: Association, Patch or Custom:NAME."),
			nonEmptyColumn("status", func(s *types.ResourceComplianceSummaryItem) types.ComplianceStatus { return s.Status },
				"Whether the node complies: NON_COMPLIANT if any item does not comply, else COMPLIANT."),
			nonEmptyColumn("overall_severity",
				func(s *types.ResourceComplianceSummaryItem) types.ComplianceSeverity { return s.OverallSeverity },
				"The highest severity: CRITICAL, HIGH, MEDIUM, LOW, INFORMATIONAL or UNSPECIFIED."),
			intColumn("compliant_count", func(s *types.ResourceComplianceSummaryItem) *int32 {
				if s.CompliantSummary == nil {
					return nil
				}
				return &s.CompliantSummary.CompliantCount
			}, "The number of compliant items (CompliantSummary.CompliantCount)."),
			intColumn("non_compliant_count", func(s *types.ResourceComplianceSummaryItem) *int32 {
				if s.NonCompliantSummary == nil {
					return nil
				}
				return &s.NonCompliantSummary.NonCompliantCount
			}, "The number of non-compliant items (NonCompliantSummary.NonCompliantCount)."),
			timeColumn("execution_time",
				func(s *types.ResourceComplianceSummaryItem) *time.Time { return executionTime(s.ExecutionSummary) },
				"The time when the status was captured (ExecutionSummary.ExecutionTime). For associations this is the time "+
					"of the snapshot, not of a run."),
			jsonColumn("execution_summary",
				func(s *types.ResourceComplianceSummaryItem) any { return object(s.ExecutionSummary) },
				"The time, the ID and the type of the execution that captured the status."),
			jsonColumn("compliant_summary",
				func(s *types.ResourceComplianceSummaryItem) any { return object(s.CompliantSummary) },
				"The number of compliant items, in total and by severity."),
			jsonColumn("non_compliant_summary",
				func(s *types.ResourceComplianceSummaryItem) any { return object(s.NonCompliantSummary) },
				"The number of non-compliant items, in total and by severity."),
			textColumn("title", func(s *types.ResourceComplianceSummaryItem) *string { return first(s.ResourceId) },
				"The title of the row: the ID of the node."),
		},
	}
}

// complianceSummaryKeyColumns are the columns that AWS has filters for.
var complianceSummaryKeyColumns = keyColumns[types.ResourceComplianceSummaryItem]{
	{name: "resource_id", filter: "ResourceId", many: mostComplianceValues,
		value: func(s *types.ResourceComplianceSummaryItem) *string { return s.ResourceId }},
	{name: "compliance_type", filter: "ComplianceType", many: mostComplianceValues,
		value: func(s *types.ResourceComplianceSummaryItem) *string { return s.ComplianceType }},
	{name: "status", filter: "Status", many: mostComplianceValues, takes: oneOf(types.ComplianceStatus("").Values()),
		value: func(s *types.ResourceComplianceSummaryItem) *string { return member(s.Status) }},
}

func listResourceComplianceSummary(ctx context.Context, sc *scan) error {
	return emitListed(ctx, sc, listing[types.ResourceComplianceSummaryItem]{
		operation:   "ListResourceComplianceSummaries",
		minPageSize: 1,
		maxPageSize: 50,
		kind:        "compliance summary",
		kinds:       "compliance summaries",
		id: func(s *types.ResourceComplianceSummaryItem) string {
			return identity(s, s.ResourceType, s.ResourceId, s.ComplianceType)
		},
		selection: complianceSummaryKeyColumns.selection(sc),
		page: func(ctx context.Context, request pageRequest) ([]types.ResourceComplianceSummaryItem, *string, error) {
			out, err := sc.region.Client.ListResourceComplianceSummaries(ctx, &ssm.ListResourceComplianceSummariesInput{
				Filters:    complianceFilters(request.filters),
				MaxResults: aws.Int32(request.size),
				NextToken:  request.token,
			}, sc.region.Options)
			if err != nil {
				return nil, nil, err
			}
			return out.ResourceComplianceSummaryItems, out.NextToken, nil
		},
	})
}
