package ssmassoc

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/awsconn"
)

// tableAssociationExecutionTarget has one row for each target of each execution
// of each association that AWS keeps.
//
// With association_id and execution_id it reads that execution alone, one call
// for every 50 rows, at least one. With association_id it reads each execution of
// those associations, without it, of all associations of each target region; to
// find them costs what tableAssociationExecution costs.
func tableAssociationExecutionTarget() table {
	return table{
		name:        "ssm_association_execution_target",
		description: "The targets of the executions of the associations of AWS Systems Manager's State Manager: how each execution went on each node.",
		operation:   "DescribeAssociationExecutionTargets",
		keyColumns:  targetKeyColumns.declare(),
		list:        listAssociationExecutionTarget,
		columns: []*plugin.Column{
			textColumn("association_id", func(t *types.AssociationExecutionTarget) *string { return t.AssociationId },
				"The ID of the association. With a condition on it only the executions of the associations named are read."),
			textColumn("execution_id", func(t *types.AssociationExecutionTarget) *string { return t.ExecutionId },
				"The ID of the execution. With a condition on it only the executions named are read."),
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
				"The time at which the execution ran on the target."),
			textColumn("output_source_id",
				func(t *types.AssociationExecutionTarget) *string { return outputSource(t).OutputSourceId },
				"Where the output is: the ID of a command, or a URL of S3 (OutputSource.OutputSourceId)."),
			textColumn("output_source_type",
				func(t *types.AssociationExecutionTarget) *string { return outputSource(t).OutputSourceType },
				"What output_source_id is, such as RunCommand (OutputSource.OutputSourceType)."),
			textColumn("title", func(t *types.AssociationExecutionTarget) *string { return first(t.ResourceId, t.ExecutionId) },
				"A title for the row: the target's ID."),
		},
	}
}

var targetKeyColumns = keyColumns[types.AssociationExecutionTarget]{
	{name: "association_id", value: func(t *types.AssociationExecutionTarget) *string { return t.AssociationId }},
	{name: "execution_id", value: func(t *types.AssociationExecutionTarget) *string { return t.ExecutionId }},
	{name: "status", filter: "Status", value: func(t *types.AssociationExecutionTarget) *string { return t.Status }},
	{name: "resource_id", filter: "ResourceId", value: func(t *types.AssociationExecutionTarget) *string { return t.ResourceId }},
	{name: "resource_type", filter: "ResourceType", value: func(t *types.AssociationExecutionTarget) *string { return t.ResourceType }},
}

func listAssociationExecutionTarget(ctx context.Context, sc *scan) error {
	selected := targetKeyColumns.selection(sc)
	return emitItems(ctx, sc, sc.executions(),
		func(e execution) parentRead[types.AssociationExecutionTarget] { return sc.targetsOf(e, selected) },
		rowOf[types.AssociationExecutionTarget](sc))
}

// targetsOf reads the selected targets of an execution.
func (sc *scan) targetsOf(e execution, selected selection[types.AssociationExecutionTarget]) parentRead[types.AssociationExecutionTarget] {
	return parentRead[types.AssociationExecutionTarget]{
		operation:  "DescribeAssociationExecutionTargets",
		pageSize:   50,
		reads:      "the targets",
		parentKind: "execution",
		parentID:   e.id + " of association " + e.association,
		selection:  selected,
		unknown:    awsconn.IsNoSuchExecution,
		page: func(ctx context.Context, request pageRequest) ([]types.AssociationExecutionTarget, *string, error) {
			var filters []types.AssociationExecutionTargetsFilter
			for _, f := range request.filters {
				filters = append(filters, types.AssociationExecutionTargetsFilter{Key: types.AssociationExecutionTargetsFilterKey(f.key), Value: aws.String(f.values[0])})
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

// outputSource returns where the output of a target is, nowhere where AWS left
// it out.
func outputSource(t *types.AssociationExecutionTarget) types.OutputSource {
	if t.OutputSource == nil {
		return types.OutputSource{}
	}
	return *t.OutputSource
}
