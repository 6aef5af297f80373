package ssmassoc

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
)

// tableComplianceItem has one row for each compliance item of each managed node.
//
// With a condition on resource_id it reads only those nodes, including any that a
// listing leaves out. Without one it lists the managed nodes of each target region and
// reads each of them. A region costs one call for every 50 nodes listed, and for each
// node one call for every 50 items, at least one.
func tableComplianceItem() table {
	return table{
		name: "ssm_compliance_item",
		description: "Compliance items of managed nodes in AWS Systems Manager: the compliance status of each association, " +
			"patch and custom item.",
		operation:  "ListComplianceItems",
		keyColumns: complianceItemKeyColumns.declare(),
		list:       listComplianceItem,
		columns: []*plugin.Column{
			textColumn("resource_id", func(i *types.ComplianceItem) *string { return i.ResourceId },
				"The ID of the managed node. A condition on it limits the read to the nodes it names."),
			textColumn("resource_type", func(i *types.ComplianceItem) *string { return i.ResourceType },
				"The type of the resource: ManagedInstance."),
			textColumn("compliance_type", func(i *types.ComplianceItem) *string { return i.ComplianceType },
				"The type of the item: Association, Patch or Custom:NAME."),
			textColumn("id", func(i *types.ComplianceItem) *string { return i.Id },
				"The ID of the item within its type: an association ID, or the number of a patch's KB article."),
			nonEmptyColumn("status", func(i *types.ComplianceItem) types.ComplianceStatus { return i.Status },
				"Whether the node complies: COMPLIANT or NON_COMPLIANT. "+
					"Null for a Windows patch that is not applicable, for which AWS returns an empty string."),
			nonEmptyColumn("severity", func(i *types.ComplianceItem) types.ComplianceSeverity { return i.Severity },
				"The severity of non-compliance: CRITICAL, HIGH, MEDIUM, LOW, INFORMATIONAL or UNSPECIFIED."),
			timeColumn("execution_time", func(i *types.ComplianceItem) *time.Time { return executionTime(i.ExecutionSummary) },
				"The time when the status was captured (ExecutionSummary.ExecutionTime). For an association this is the time "+
					"of the snapshot, not of a run."),
			jsonColumn("execution_summary", func(i *types.ComplianceItem) any { return object(i.ExecutionSummary) },
				"The time, the ID and the type of the execution that captured the status."),
			jsonColumn("details", func(i *types.ComplianceItem) any { return mapping(i.Details) },
				`Details of the item by name, such as {"DocumentName": "AWS-RunPatchBaseline"}.`),
			textColumn("title", func(i *types.ComplianceItem) *string { return first(i.Title, i.Id) },
				"The title of the row: the title or the ID of the item."),
		},
	}
}

// complianceItemKeyColumns are the columns that AWS has filters for.
var complianceItemKeyColumns = keyColumns[types.ComplianceItem]{
	{name: "resource_id", value: func(i *types.ComplianceItem) *string { return i.ResourceId }},
	{name: "compliance_type", filter: "ComplianceType", many: mostComplianceValues,
		value: func(i *types.ComplianceItem) *string { return i.ComplianceType }},
	{name: "status", filter: "Status", many: mostComplianceValues, takes: oneOf(types.ComplianceStatus("").Values()),
		value: func(i *types.ComplianceItem) *string { return member(i.Status) }},
	{name: "severity", filter: "Severity", many: mostComplianceValues, takes: oneOf(types.ComplianceSeverity("").Values()),
		value: func(i *types.ComplianceItem) *string { return member(i.Severity) }},
}

// mostComplianceValues is the greatest number of values that a filter of a compliance
// operation accepts.
const mostComplianceValues = 20

func listComplianceItem(ctx context.Context, sc *scan) error {
	selected := complianceItemKeyColumns.selection(sc)
	return emitNodes(ctx, sc, "resource_id",
		func(node string) parentRead[types.ComplianceItem] { return complianceItemsOf(sc, node, selected) },
		rowOf[types.ComplianceItem](sc))
}

// complianceItemsOf reads the selected compliance items of a node.
func complianceItemsOf(
	sc *scan, node string, selected selection[types.ComplianceItem],
) parentRead[types.ComplianceItem] {
	return parentRead[types.ComplianceItem]{
		operation:  "ListComplianceItems",
		pageSize:   50,
		reads:      "the compliance items",
		parentKind: "node",
		parentID:   node,
		id:         func(*types.ComplianceItem) string { return "" },
		selection:  selected,
		unknown:    awsconn.IsNoSuchResource,
		page: func(ctx context.Context, request pageRequest) ([]types.ComplianceItem, *string, error) {
			out, err := sc.region.Client.ListComplianceItems(ctx, &ssm.ListComplianceItemsInput{
				ResourceIds:   []string{node},
				ResourceTypes: []string{"ManagedInstance"},
				Filters:       complianceFilters(request.filters),
				MaxResults:    aws.Int32(request.size),
				NextToken:     request.token,
			}, sc.region.Options)
			if err != nil {
				return nil, nil, err
			}
			for i := range out.ComplianceItems {
				setMissing(&out.ComplianceItems[i].ResourceId, node)
			}
			return out.ComplianceItems, out.NextToken, nil
		},
	}
}

// complianceFilters returns filters in the form of the compliance operations.
func complianceFilters(filters []filter) []types.ComplianceStringFilter {
	var all []types.ComplianceStringFilter
	for _, f := range filters {
		all = append(all, types.ComplianceStringFilter{
			Key:    aws.String(f.key),
			Type:   types.ComplianceQueryOperatorType(f.operator),
			Values: f.values,
		})
	}
	return all
}

// executionTime returns the time in an execution summary, or nil where AWS left it out.
func executionTime(summary *types.ComplianceExecutionSummary) *time.Time {
	if summary == nil {
		return nil
	}
	return summary.ExecutionTime
}
