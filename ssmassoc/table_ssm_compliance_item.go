package ssmassoc

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/engine"
)

// tableComplianceItem has one row for each compliance item of each managed node.
//
// With a condition on resource_id it reads only those nodes, including any that a
// listing leaves out. Without one it lists the managed nodes of each target region and
// reads each of them. A region costs one call for every 50 nodes listed, and for each
// node one call for every 50 items, at least one.
func tableComplianceItem() engine.Table {
	return engine.Table{
		Name: "ssm_compliance_item",
		Description: "Compliance items of managed nodes in AWS Systems Manager: the compliance status of each association, " +
			"patch and custom item.",
		Reads: engine.Reads{
			Operation: "ListComplianceItems", PageSize: 50,
			Parent: "node", Key: []string{"resource_id"}, Listing: []string{"DescribeInstanceInformation"},
		},
		KeyColumns: complianceItemKeyColumns.Declare(),
		List:       listComplianceItem,
		Columns: []*plugin.Column{
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
var complianceItemKeyColumns = engine.KeyColumns[types.ComplianceItem]{
	{Name: "resource_id", Value: func(i *types.ComplianceItem) *string { return i.ResourceId }},
	{Name: "compliance_type", Filter: "ComplianceType", Many: maxComplianceValues,
		Value: func(i *types.ComplianceItem) *string { return i.ComplianceType }},
	{Name: "status", Filter: "Status", Many: maxComplianceValues,
		Takes: engine.OneOf(types.ComplianceStatus("").Values()),
		Value: func(i *types.ComplianceItem) *string { return engine.Member(i.Status) }},
	{Name: "severity", Filter: "Severity", Many: maxComplianceValues,
		Takes: engine.OneOf(types.ComplianceSeverity("").Values()),
		Value: func(i *types.ComplianceItem) *string { return engine.Member(i.Severity) }},
}

// maxComplianceValues is the greatest number of values that a filter of a compliance
// operation accepts.
const maxComplianceValues = 20

func listComplianceItem(ctx context.Context, sc *engine.Scan) error {
	selected := complianceItemKeyColumns.Selection(sc)
	return emitNodes(ctx, sc, "resource_id", nil,
		func(sc *engine.Scan, node string) engine.ParentRead[types.ComplianceItem] {
			return complianceItemsOf(sc, node, selected)
		},
		engine.RowOf[types.ComplianceItem])
}

// complianceItemsOf reads the selected compliance items of a node.
func complianceItemsOf(
	sc *engine.Scan, node string, selected engine.Selection[types.ComplianceItem],
) engine.ParentRead[types.ComplianceItem] {
	return engine.ParentRead[types.ComplianceItem]{
		Operation:  "ListComplianceItems",
		PageSize:   50,
		Reads:      "the compliance items",
		ParentKind: "node",
		ParentID:   node,
		ID:         func(*types.ComplianceItem) string { return "" },
		Selection:  selected,
		Unknown:    awsconn.IsNoSuchResource,
		Page: func(ctx context.Context, request engine.PageRequest) ([]types.ComplianceItem, *string, error) {
			out, err := sc.Region.Client.ListComplianceItems(ctx, &ssm.ListComplianceItemsInput{
				ResourceIds:   []string{node},
				ResourceTypes: []string{"ManagedInstance"},
				Filters:       complianceFilters(request.Filters),
				MaxResults:    aws.Int32(request.Size),
				NextToken:     request.Token,
			}, sc.Region.Options)
			if err != nil {
				return nil, nil, err
			}
			for i := range out.ComplianceItems {
				engine.SetMissing(&out.ComplianceItems[i].ResourceId, node)
			}
			return out.ComplianceItems, out.NextToken, nil
		},
	}
}

// complianceFilters returns filters in the form of the compliance operations.
func complianceFilters(filters []engine.Filter) []types.ComplianceStringFilter {
	var all []types.ComplianceStringFilter
	for _, f := range filters {
		all = append(all, types.ComplianceStringFilter{
			Key:    aws.String(f.Key),
			Type:   types.ComplianceQueryOperatorType(f.Operator),
			Values: f.Values,
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
