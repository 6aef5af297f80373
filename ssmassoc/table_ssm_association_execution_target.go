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

// tableAssociationExecutionTarget has one row for each target of each execution
// of each association that AWS keeps.
//
// With conditions on association_id and execution_id it reads only that execution, at
// one call for every 50 rows, at least one. With one on association_id alone it reads
// every execution of those associations, and without one those of all associations of
// each target region. Finding the executions costs what tableAssociationExecution
// costs.
func tableAssociationExecutionTarget() engine.Table {
	return engine.Table{
		Name:        "ssm_association_execution_target",
		Description: "Targets of association executions in AWS Systems Manager: the result of each execution on each node.",
		Reads: engine.Reads{
			Operation: "DescribeAssociationExecutionTargets", PageSize: 50,
			Parent: "execution", Key: []string{"association_id", "execution_id"},
			Listing: []string{"ListAssociations", "DescribeAssociationExecutions"},
		},
		KeyColumns: targetKeyColumns.Declare(),
		List:       listAssociationExecutionTarget,
		Columns: []*plugin.Column{
			textColumn("association_id", func(t *types.AssociationExecutionTarget) *string { return t.AssociationId },
				"The ID of the association. A condition on it limits the read to the associations it names."),
			textColumn("execution_id", func(t *types.AssociationExecutionTarget) *string { return t.ExecutionId },
				"The ID of the execution. A condition on it limits the read to the executions it names."),
			textColumn("resource_id", func(t *types.AssociationExecutionTarget) *string { return t.ResourceId },
				"The ID of the target, such as a managed node."),
			textColumn("resource_type", func(t *types.AssociationExecutionTarget) *string { return t.ResourceType },
				"The type of the target, such as ManagedInstance."),
			textColumn("association_version", func(t *types.AssociationExecutionTarget) *string { return t.AssociationVersion },
				"The version of the association that was executed."),
			textColumn("status", func(t *types.AssociationExecutionTarget) *string { return t.Status },
				"The status of the execution on the target, such as Success or Failed."),
			textColumn("detailed_status", func(t *types.AssociationExecutionTarget) *string { return t.DetailedStatus },
				"The status of the execution on the target in more detail."),
			timeColumn("last_execution_date",
				func(t *types.AssociationExecutionTarget) *time.Time { return t.LastExecutionDate },
				"The time when the execution ran on the target."),
			textColumn("output_source_id",
				func(t *types.AssociationExecutionTarget) *string { return outputSource(t).OutputSourceId },
				"The location of the output: the ID of a command, or an S3 URL (OutputSource.OutputSourceId)."),
			textColumn("output_source_type",
				func(t *types.AssociationExecutionTarget) *string { return outputSource(t).OutputSourceType },
				"The type of output_source_id, such as RunCommand (OutputSource.OutputSourceType)."),
			textColumn("title", func(t *types.AssociationExecutionTarget) *string { return first(t.ResourceId, t.ExecutionId) },
				"The title of the row: the ID of the target."),
		},
	}
}

var targetKeyColumns = engine.KeyColumns[types.AssociationExecutionTarget]{
	{Name: "association_id",
		Value: func(t *types.AssociationExecutionTarget) *string { return t.AssociationId }},
	{Name: "execution_id",
		Value: func(t *types.AssociationExecutionTarget) *string { return t.ExecutionId }},
	{Name: "status", Filter: "Status", Takes: engine.Spelled(executionStatuses...),
		Value: func(t *types.AssociationExecutionTarget) *string { return t.Status }},
	{Name: "resource_id", Filter: "ResourceId",
		Value: func(t *types.AssociationExecutionTarget) *string { return t.ResourceId }},
	{Name: "resource_type", Filter: "ResourceType",
		Value: func(t *types.AssociationExecutionTarget) *string { return t.ResourceType }},
}

func listAssociationExecutionTarget(ctx context.Context, sc *engine.Scan) error {
	selected := targetKeyColumns.Selection(sc)
	return engine.EmitItems(ctx, sc, executionsToRead(sc),
		func(e execution) engine.ParentRead[types.AssociationExecutionTarget] {
			return targetsOf(sc, e, selected)
		},
		engine.RowOf[types.AssociationExecutionTarget](sc))
}

// targetsOf reads the selected targets of an execution.
func targetsOf(
	sc *engine.Scan, e execution, selected engine.Selection[types.AssociationExecutionTarget],
) engine.ParentRead[types.AssociationExecutionTarget] {
	return engine.ParentRead[types.AssociationExecutionTarget]{
		Operation:  "DescribeAssociationExecutionTargets",
		PageSize:   50,
		Reads:      "the targets",
		ParentKind: "execution",
		ParentID:   e.id + " of association " + e.association,
		ID: func(t *types.AssociationExecutionTarget) string {
			return engine.IDOf(t.ResourceId, t.ResourceType)
		},
		Selection: selected,
		Unknown:   awsconn.IsNoSuchExecution,
		Page: func(ctx context.Context, request engine.PageRequest) ([]types.AssociationExecutionTarget, *string, error) {
			var filters []types.AssociationExecutionTargetsFilter
			for _, f := range request.Filters {
				filters = append(filters, types.AssociationExecutionTargetsFilter{
					Key:   types.AssociationExecutionTargetsFilterKey(f.Key),
					Value: aws.String(f.Values[0]),
				})
			}
			out, err := sc.Region.Client.DescribeAssociationExecutionTargets(ctx, &ssm.DescribeAssociationExecutionTargetsInput{
				AssociationId: aws.String(e.association),
				ExecutionId:   aws.String(e.id),
				Filters:       filters,
				MaxResults:    aws.Int32(request.Size),
				NextToken:     request.Token,
			}, sc.Region.Options)
			if err != nil {
				return nil, nil, err
			}
			for i := range out.AssociationExecutionTargets {
				engine.SetMissing(&out.AssociationExecutionTargets[i].AssociationId, e.association)
				engine.SetMissing(&out.AssociationExecutionTargets[i].ExecutionId, e.id)
			}
			return out.AssociationExecutionTargets, out.NextToken, nil
		},
	}
}

// outputSource returns the source of a target's output, an empty one where AWS left it
// out.
func outputSource(t *types.AssociationExecutionTarget) types.OutputSource {
	if t.OutputSource == nil {
		return types.OutputSource{}
	}
	return *t.OutputSource
}
