package ssmassoc

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
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
func (s *service) tableAssociationExecutionTarget() *plugin.Table {
	return &plugin.Table{
		Name:        "ssm_association_execution_target",
		Description: "The targets of the executions of the associations of AWS Systems Manager's State Manager: how each execution went on each node.",
		List: &plugin.ListConfig{
			Hydrate:    s.listAssociationExecutionTarget,
			KeyColumns: targetKeyColumns.declare(),
			Tags:       map[string]string{"service": "ssm", "action": "DescribeAssociationExecutionTargets"},
		},
		GetMatrixItemFunc: s.targetRegions,
		Cache:             noSDKCache,
		Columns: withOrigin([]*plugin.Column{
			{Name: "association_id", Type: proto.ColumnType_STRING, Transform: of(func(t *types.AssociationExecutionTarget) any { return text(t.AssociationId) }),
				Description: "The ID of the association. With a condition on it only the executions of the associations named are read."},
			{Name: "execution_id", Type: proto.ColumnType_STRING, Transform: of(func(t *types.AssociationExecutionTarget) any { return text(t.ExecutionId) }),
				Description: "The ID of the execution. With a condition on it only the executions named are read."},
			{Name: "resource_id", Type: proto.ColumnType_STRING, Transform: of(func(t *types.AssociationExecutionTarget) any { return text(t.ResourceId) }),
				Description: "The ID of the target, such as a managed node."},
			{Name: "resource_type", Type: proto.ColumnType_STRING, Transform: of(func(t *types.AssociationExecutionTarget) any { return text(t.ResourceType) }),
				Description: "The type of the target, such as ManagedInstance."},
			{Name: "association_version", Type: proto.ColumnType_STRING, Transform: of(func(t *types.AssociationExecutionTarget) any { return text(t.AssociationVersion) }),
				Description: "The version of the association that was executed."},
			{Name: "status", Type: proto.ColumnType_STRING, Transform: of(func(t *types.AssociationExecutionTarget) any { return text(t.Status) }),
				Description: "The status of the execution on the target, such as Success or Failed."},
			{Name: "detailed_status", Type: proto.ColumnType_STRING, Transform: of(func(t *types.AssociationExecutionTarget) any { return text(t.DetailedStatus) }),
				Description: "The status of the execution on the target in more detail."},
			{Name: "last_execution_date", Type: proto.ColumnType_TIMESTAMP, Transform: of(func(t *types.AssociationExecutionTarget) any { return timestamp(t.LastExecutionDate) }),
				Description: "The time at which the execution ran on the target."},
			{Name: "output_source_id", Type: proto.ColumnType_STRING, Transform: of(func(t *types.AssociationExecutionTarget) any { return text(outputSource(t).OutputSourceId) }),
				Description: "Where the output is: the ID of a command, or a URL of S3 (OutputSource.OutputSourceId)."},
			{Name: "output_source_type", Type: proto.ColumnType_STRING, Transform: of(func(t *types.AssociationExecutionTarget) any { return text(outputSource(t).OutputSourceType) }),
				Description: "What output_source_id is, such as RunCommand (OutputSource.OutputSourceType)."},
			{Name: "title", Type: proto.ColumnType_STRING, Transform: of(func(t *types.AssociationExecutionTarget) any { return first(t.ResourceId, t.ExecutionId) }),
				Description: "A title for the row: the target's ID."},
		}),
	}
}

var targetKeyColumns = keyColumns[types.AssociationExecutionTarget]{
	{name: "association_id", value: func(t *types.AssociationExecutionTarget) *string { return t.AssociationId }},
	{name: "execution_id", value: func(t *types.AssociationExecutionTarget) *string { return t.ExecutionId }},
	{name: "status", filter: "Status", value: func(t *types.AssociationExecutionTarget) *string { return t.Status }},
	{name: "resource_id", filter: "ResourceId", value: func(t *types.AssociationExecutionTarget) *string { return t.ResourceId }},
	{name: "resource_type", filter: "ResourceType", value: func(t *types.AssociationExecutionTarget) *string { return t.ResourceType }},
}

func (s *service) listAssociationExecutionTarget(ctx context.Context, d *plugin.QueryData, _ *plugin.HydrateData) (any, error) {
	return nil, s.list(ctx, d, func(ctx context.Context, sc *scan) error {
		selected := targetKeyColumns.selection(sc)
		return emitItems(ctx, sc, sc.executions(),
			func(e execution) whole[types.AssociationExecutionTarget] { return sc.targetsOf(e, selected) },
			rowOf[types.AssociationExecutionTarget](sc))
	})
}

// targetsOf reads the selected targets of an execution.
func (sc *scan) targetsOf(e execution, selected selection[types.AssociationExecutionTarget]) whole[types.AssociationExecutionTarget] {
	return whole[types.AssociationExecutionTarget]{
		operation: "DescribeAssociationExecutionTargets",
		pageSize:  50,
		reads:     "the targets",
		kind:      "execution",
		of:        e.id + " of association " + e.association,
		selection: selected,
		unknown:   awsconn.IsNoSuchExecution,
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
