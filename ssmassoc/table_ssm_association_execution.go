package ssmassoc

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// tableAssociationExecution has one row for each execution of each association
// that AWS keeps.
//
// With association_id it reads those associations alone. Without, it lists the
// associations of each target region and reads each. A region costs one call for
// every 50 associations listed, and for each association one call for every 50
// rows, at least one.
func (s *service) tableAssociationExecution() *plugin.Table {
	return &plugin.Table{
		Name:        "ssm_association_execution",
		Description: "The executions of the associations of AWS Systems Manager's State Manager: when each ran and how it went over its targets.",
		List: &plugin.ListConfig{
			Hydrate:    s.listAssociationExecution,
			KeyColumns: append(executionKeyColumns.declare(), timeKeyColumn("created_time")),
			Tags:       map[string]string{"service": "ssm", "action": "DescribeAssociationExecutions"},
		},
		GetMatrixItemFunc: s.targetRegions,
		Cache:             noSDKCache,
		Columns: withOrigin([]*plugin.Column{
			{Name: "association_id", Type: proto.ColumnType_STRING, Transform: of(func(e *types.AssociationExecution) any { return text(e.AssociationId) }),
				Description: "The ID of the association. With a condition on it only the associations named are read."},
			{Name: "execution_id", Type: proto.ColumnType_STRING, Transform: of(func(e *types.AssociationExecution) any { return text(e.ExecutionId) }),
				Description: "The ID of the execution."},
			{Name: "association_version", Type: proto.ColumnType_STRING, Transform: of(func(e *types.AssociationExecution) any { return text(e.AssociationVersion) }),
				Description: "The version of the association that was executed."},
			{Name: "status", Type: proto.ColumnType_STRING, Transform: of(func(e *types.AssociationExecution) any { return text(e.Status) }),
				Description: "The status of the execution, such as Success, Failed or Pending."},
			{Name: "detailed_status", Type: proto.ColumnType_STRING, Transform: of(func(e *types.AssociationExecution) any { return text(e.DetailedStatus) }),
				Description: "The status of the execution in more detail."},
			{Name: "created_time", Type: proto.ColumnType_TIMESTAMP, Transform: of(func(e *types.AssociationExecution) any { return timestamp(e.CreatedTime) }),
				Description: "The time at which the execution started."},
			{Name: "last_execution_date", Type: proto.ColumnType_TIMESTAMP, Transform: of(func(e *types.AssociationExecution) any { return timestamp(e.LastExecutionDate) }),
				Description: "The time of the last execution."},
			{Name: "resource_count_by_status", Type: proto.ColumnType_JSON, Transform: of(func(e *types.AssociationExecution) any { return resourceCounts(e.ResourceCountByStatus) }),
				Description: "The number of targets by status, such as {\"Success\": 12, \"Failed\": 1}. Text that AWS puts in another form is a JSON string."},
			{Name: "alarm_configuration", Type: proto.ColumnType_JSON, Transform: of(func(e *types.AssociationExecution) any { return object(e.AlarmConfiguration) }),
				Description: "The CloudWatch alarms that stop the execution."},
			{Name: "triggered_alarms", Type: proto.ColumnType_JSON, Transform: of(func(e *types.AssociationExecution) any { return array(e.TriggeredAlarms) }),
				Description: "The CloudWatch alarms that were raised during the execution."},
			{Name: "title", Type: proto.ColumnType_STRING, Transform: of(func(e *types.AssociationExecution) any { return first(e.ExecutionId) }),
				Description: "A title for the row: the execution's ID."},
		}),
	}
}

var executionKeyColumns = keyColumns[types.AssociationExecution]{
	{name: "association_id", value: func(e *types.AssociationExecution) *string { return e.AssociationId }},
	{name: "execution_id", filter: "ExecutionId", takes: isUUID, value: func(e *types.AssociationExecution) *string { return e.ExecutionId }},
	{name: "status", filter: "Status", value: func(e *types.AssociationExecution) *string { return e.Status }},
}

func (s *service) listAssociationExecution(ctx context.Context, d *plugin.QueryData, _ *plugin.HydrateData) (any, error) {
	return nil, s.list(ctx, d, func(ctx context.Context, sc *scan) error {
		created := sc.conditions.timeRange("created_time")
		selected := executionKeyColumns.selection(sc).and(created.filters("CreatedTime"),
			func(e *types.AssociationExecution) bool { return created.holds(e.CreatedTime) })
		return emitItems(ctx, sc, sc.associations(),
			func(association string) whole[types.AssociationExecution] {
				return sc.executionsOf(association, selected)
			},
			rowOf[types.AssociationExecution](sc))
	})
}
