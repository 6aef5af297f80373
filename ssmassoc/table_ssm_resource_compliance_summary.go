package ssmassoc

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/engine"
)

// tableResourceComplianceSummary has one row for each type of compliance of each
// managed node.
//
// A region costs one call for every 50 rows, and none for a node.
func tableResourceComplianceSummary() engine.Table {
	return engine.Table{
		Name: "ssm_resource_compliance_summary",
		Description: "Compliance summaries of managed nodes in AWS Systems Manager: the number of compliant and " +
			"non-compliant items of each node and type.",
		Reads: engine.Reads{
			Operation: "ListResourceComplianceSummaries", PageSize: 50,
		},
		KeyColumns: complianceSummaryKeyColumns.Declare(),
		List:       listResourceComplianceSummary,
		Columns: []*plugin.Column{
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
var complianceSummaryKeyColumns = engine.KeyColumns[types.ResourceComplianceSummaryItem]{
	{Name: "resource_id", Filter: "ResourceId", Many: maxComplianceValues,
		Value: func(s *types.ResourceComplianceSummaryItem) *string { return s.ResourceId }},
	{Name: "compliance_type", Filter: "ComplianceType", Many: maxComplianceValues,
		Value: func(s *types.ResourceComplianceSummaryItem) *string { return s.ComplianceType }},
	{Name: "status", Filter: "Status", Many: maxComplianceValues,
		Takes: engine.OneOf(types.ComplianceStatus("").Values()),
		Value: func(s *types.ResourceComplianceSummaryItem) *string { return engine.Member(s.Status) }},
}

func listResourceComplianceSummary(ctx context.Context, sc *engine.Scan) error {
	return engine.EmitListed(ctx, sc, engine.Listing[types.ResourceComplianceSummaryItem]{
		Operation:   "ListResourceComplianceSummaries",
		MinPageSize: 1,
		MaxPageSize: 50,
		Kind:        "compliance summary",
		Kinds:       "compliance summaries",
		ID: func(s *types.ResourceComplianceSummaryItem) string {
			return engine.Identity(s, s.ResourceType, s.ResourceId, s.ComplianceType)
		},
		Selection: complianceSummaryKeyColumns.Selection(sc),
		Page: func(ctx context.Context, request engine.PageRequest) ([]types.ResourceComplianceSummaryItem, *string, error) {
			out, err := sc.Region.Client.ListResourceComplianceSummaries(ctx, &ssm.ListResourceComplianceSummariesInput{
				Filters:    complianceFilters(request.Filters),
				MaxResults: aws.Int32(request.Size),
				NextToken:  request.Token,
			}, sc.Region.Options)
			if err != nil {
				return nil, nil, err
			}
			return out.ResourceComplianceSummaryItems, out.NextToken, nil
		},
	})
}
