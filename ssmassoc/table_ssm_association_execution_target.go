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

// tableAssociationExecutionTarget has one row for each target of each execution
// of each association that AWS keeps.
//
// With conditions on association_id and execution_id it reads only that execution, at
// one call for every 50 rows, at least one. With one on association_id alone it reads
// every execution of those associations, and without one those of all associations of
// each target region. Finding the executions costs what tableAssociationExecution
// costs.
func tableAssociationExecutionTarget() table {
	return table{
		name:        "ssm_association_execution_target",
		description: "Targets of association executions in AWS Systems Manager: the result of each execution on each node.",
		operation:   "DescribeAssociationExecutionTargets",
		keyColumns:  targetKeyColumns.declare(),
		list:        listAssociationExecutionTarget,
		columns: []*plugin.Column{
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

var targetKeyColumns = keyColumns[types.AssociationExecutionTarget]{
	{name: "association_id",
		value: func(t *types.AssociationExecutionTarget) *string { return t.AssociationId }},
	{name: "execution_id",
		value: func(t *types.AssociationExecutionTarget) *string { return t.ExecutionId }},
	{name: "status", filter: "Status", takes: spelled(executionStatuses...),
		value: func(t *types.AssociationExecutionTarget) *string { return t.Status }},
	{name: "resource_id", filter: "ResourceId",
		value: func(t *types.AssociationExecutionTarget) *string { return t.ResourceId }},
	{name: "resource_type", filter: "ResourceType",
		value: func(t *types.AssociationExecutionTarget) *string { return t.ResourceType }},
}

func listAssociationExecutionTarget(ctx context.Context, sc *scan) error {
	selected := targetKeyColumns.selection(sc)
	return emitItems(ctx, sc, executionsToRead(sc),
		func(e execution) parentRead[types.AssociationExecutionTarget] { return targetsOf(sc, e, selected) },
		rowOf[types.AssociationExecutionTarget](sc))
}

// targetsOf reads the selected targets of an execution.
func targetsOf(
	sc *scan, e execution, selected selection[types.AssociationExecutionTarget],
) parentRead[types.AssociationExecutionTarget] {
	return parentRead[types.AssociationExecutionTarget]{
		operation:  "DescribeAssociationExecutionTargets",
		pageSize:   50,
		reads:      "the targets",
		parentKind: "execution",
		parentID:   e.id + " of association " + e.association,
		id: func(t *types.AssociationExecutionTarget) string {
			return idOf(t.ResourceId, t.ResourceType)
		},
		selection: selected,
		unknown:   awsconn.IsNoSuchExecution,
		page: func(ctx context.Context, request pageRequest) ([]types.AssociationExecutionTarget, *string, error) {
			var filters []types.AssociationExecutionTargetsFilter
			for _, f := range request.filters {
				filters = append(filters, types.AssociationExecutionTargetsFilter{
					Key:   types.AssociationExecutionTargetsFilterKey(f.key),
					Value: aws.String(f.values[0]),
				})
			}
			out, err := sc.region.Client.DescribeAssociationExecutionTargets(ctx, &ssm.DescribeAssociationExecutionTargetsInput{
				AssociationId: aws.String(e.association),
				ExecutionId:   aws.String(e.id),
				Filters:       filters,
				MaxResults:    aws.Int32(request.size),
				NextToken:     request.token,
			}, sc.region.Options)
			if err != nil {
				return nil, nil, err
			}
			for i := range out.AssociationExecutionTargets {
				setMissing(&out.AssociationExecutionTargets[i].AssociationId, e.association)
				setMissing(&out.AssociationExecutionTargets[i].ExecutionId, e.id)
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
