package ssmassoc

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// tableAssociation has one row for each association.
//
// A region costs one call for every 50 associations. The columns that only
// DescribeAssociation tells cost one more call for each row, where a query
// selects any of them.
func (s *service) tableAssociation() *plugin.Table {
	return &plugin.Table{
		Name: "ssm_association",
		Description: "The associations of AWS Systems Manager's State Manager: which SSM document runs where and on which schedule, " +
			"with what parameters, and how it went.",
		List: &plugin.ListConfig{
			Hydrate:    s.listAssociation,
			KeyColumns: associationKeyColumns.declare(),
			Tags:       map[string]string{"service": "ssm", "action": "ListAssociations"},
		},
		GetMatrixItemFunc: s.targetRegions,
		Cache:             noSDKCache,
		Columns: withOrigin([]*plugin.Column{
			{Name: "association_id", Type: proto.ColumnType_STRING, Transform: of(func(a *types.Association) any { return text(a.AssociationId) }),
				Description: "The ID of the association."},
			{Name: "association_name", Type: proto.ColumnType_STRING, Transform: of(func(a *types.Association) any { return text(a.AssociationName) }),
				Description: "The name of the association, where it was given one."},
			{Name: "name", Type: proto.ColumnType_STRING, Transform: of(func(a *types.Association) any { return text(a.Name) }),
				Description: "The name or the ARN of the SSM document that the association runs."},
			{Name: "association_version", Type: proto.ColumnType_STRING, Transform: of(func(a *types.Association) any { return text(a.AssociationVersion) }),
				Description: "The version of the association."},
			{Name: "document_version", Type: proto.ColumnType_STRING, Transform: of(func(a *types.Association) any { return text(a.DocumentVersion) }),
				Description: "The version of the SSM document that the association runs."},
			{Name: "instance_id", Type: proto.ColumnType_STRING, Transform: of(func(a *types.Association) any { return text(a.InstanceId) }),
				Description: "The ID of the managed node, only of an association that was created by the ID of a node instead of by targets."},
			{Name: "targets", Type: proto.ColumnType_JSON, Transform: of(func(a *types.Association) any { return array(a.Targets) }),
				Description: "The targets of the association, such as [{\"Key\": \"tag:Role\", \"Values\": [\"web\"]}]."},
			{Name: "target_maps", Type: proto.ColumnType_JSON, Transform: of(func(a *types.Association) any { return array(a.TargetMaps) }),
				Description: "Document parameters mapped to target resources."},
			{Name: "schedule_expression", Type: proto.ColumnType_STRING, Transform: of(func(a *types.Association) any { return text(a.ScheduleExpression) }),
				Description: "The schedule, as a cron, rate or at expression in UTC. Null for an association without one, which runs when it or its targets change."},
			{Name: "schedule_offset", Type: proto.ColumnType_INT, Transform: of(func(a *types.Association) any { return number(a.ScheduleOffset) }),
				Description: "The number of days to wait after the scheduled day."},
			{Name: "duration", Type: proto.ColumnType_INT, Transform: of(func(a *types.Association) any { return number(a.Duration) }),
				Description: "The number of hours that the association may run."},
			{Name: "last_execution_date", Type: proto.ColumnType_TIMESTAMP, Transform: of(func(a *types.Association) any { return timestamp(a.LastExecutionDate) }),
				Description: "The time at which the association last ran."},
			{Name: "overview_status", Type: proto.ColumnType_STRING, Transform: of(func(a *types.Association) any { return text(associationOverview(a).Status) }),
				Description: "The status of the association over all its targets: Pending, Success or Failed (Overview.Status)."},
			{Name: "overview_detailed_status", Type: proto.ColumnType_STRING, Transform: of(func(a *types.Association) any { return text(associationOverview(a).DetailedStatus) }),
				Description: "The status of the association over all its targets in more detail (Overview.DetailedStatus)."},
			{Name: "association_status_aggregated_count", Type: proto.ColumnType_JSON, Transform: of(func(a *types.Association) any {
				return mapping(associationOverview(a).AssociationStatusAggregatedCount)
			}),
				Description: "The number of targets by status, such as {\"Success\": 12, \"Failed\": 1} (Overview.AssociationStatusAggregatedCount)."},
			{Name: "date", Type: proto.ColumnType_TIMESTAMP, Hydrate: describeAssociation, Transform: from(func(a *types.AssociationDescription) any { return timestamp(a.Date) }),
				Description: "The time at which the association was made."},
			{Name: "last_update_association_date", Type: proto.ColumnType_TIMESTAMP, Hydrate: describeAssociation, Transform: from(func(a *types.AssociationDescription) any { return timestamp(a.LastUpdateAssociationDate) }),
				Description: "The time at which the association was last changed."},
			{Name: "last_successful_execution_date", Type: proto.ColumnType_TIMESTAMP, Hydrate: describeAssociation, Transform: from(func(a *types.AssociationDescription) any { return timestamp(a.LastSuccessfulExecutionDate) }),
				Description: "The time at which the association last ran with success."},
			{Name: "status", Type: proto.ColumnType_JSON, Hydrate: describeAssociation, Transform: from(func(a *types.AssociationDescription) any { return object(a.Status) }),
				Description: "The status of an association that was created by the ID of a node: its name, date and message."},
			{Name: "parameters", Type: proto.ColumnType_JSON, Hydrate: describeAssociation, Transform: from(func(a *types.AssociationDescription) any { return mapping(a.Parameters) }),
				Description: "The parameters for the SSM document, each a list of values."},
			{Name: "compliance_severity", Type: proto.ColumnType_STRING, Hydrate: describeAssociation, Transform: from(func(a *types.AssociationDescription) any { return orNull(a.ComplianceSeverity) }),
				Description: "The severity of not being compliant with the association: CRITICAL, HIGH, MEDIUM, LOW or UNSPECIFIED."},
			{Name: "sync_compliance", Type: proto.ColumnType_STRING, Hydrate: describeAssociation, Transform: from(func(a *types.AssociationDescription) any { return orNull(a.SyncCompliance) }),
				Description: "How compliance is made: AUTO, of the status of executions, or MANUAL."},
			{Name: "apply_only_at_cron_interval", Type: proto.ColumnType_BOOL, Hydrate: describeAssociation, Transform: from(func(a *types.AssociationDescription) any { return a.ApplyOnlyAtCronInterval }),
				Description: "Whether the association runs at the times of its schedule alone, and not when it is made or changed. False also where AWS leaves it out."},
			{Name: "automation_target_parameter_name", Type: proto.ColumnType_STRING, Hydrate: describeAssociation, Transform: from(func(a *types.AssociationDescription) any { return text(a.AutomationTargetParameterName) }),
				Description: "The parameter by which an automation runbook branches out over its targets."},
			{Name: "max_concurrency", Type: proto.ColumnType_STRING, Hydrate: describeAssociation, Transform: from(func(a *types.AssociationDescription) any { return text(a.MaxConcurrency) }),
				Description: "The greatest number of targets that run the association at the same time, or a percentage."},
			{Name: "max_errors", Type: proto.ColumnType_STRING, Hydrate: describeAssociation, Transform: from(func(a *types.AssociationDescription) any { return text(a.MaxErrors) }),
				Description: "The number of errors after which no more targets run the association, or a percentage."},
			{Name: "calendar_names", Type: proto.ColumnType_JSON, Hydrate: describeAssociation, Transform: from(func(a *types.AssociationDescription) any { return array(a.CalendarNames) }),
				Description: "The names or ARNs of the change calendars that must be open for the association to run."},
			{Name: "target_locations", Type: proto.ColumnType_JSON, Hydrate: describeAssociation, Transform: from(func(a *types.AssociationDescription) any { return array(a.TargetLocations) }),
				Description: "The accounts and regions in which the association runs."},
			{Name: "output_s3_region", Type: proto.ColumnType_STRING, Hydrate: describeAssociation, Transform: from(func(a *types.AssociationDescription) any { return text(outputLocationOf(a).OutputS3Region) }),
				Description: "The region of the S3 bucket for the output (OutputLocation.S3Location.OutputS3Region)."},
			{Name: "output_s3_bucket_name", Type: proto.ColumnType_STRING, Hydrate: describeAssociation, Transform: from(func(a *types.AssociationDescription) any { return text(outputLocationOf(a).OutputS3BucketName) }),
				Description: "The name of the S3 bucket for the output (OutputLocation.S3Location.OutputS3BucketName)."},
			{Name: "output_s3_key_prefix", Type: proto.ColumnType_STRING, Hydrate: describeAssociation, Transform: from(func(a *types.AssociationDescription) any { return text(outputLocationOf(a).OutputS3KeyPrefix) }),
				Description: "The prefix of the S3 keys of the output (OutputLocation.S3Location.OutputS3KeyPrefix)."},
			{Name: "alarm_configuration", Type: proto.ColumnType_JSON, Hydrate: describeAssociation, Transform: from(func(a *types.AssociationDescription) any { return object(a.AlarmConfiguration) }),
				Description: "The CloudWatch alarms that stop the association."},
			{Name: "triggered_alarms", Type: proto.ColumnType_JSON, Hydrate: describeAssociation, Transform: from(func(a *types.AssociationDescription) any { return array(a.TriggeredAlarms) }),
				Description: "The CloudWatch alarms that were raised during the association."},
			{Name: "association_dispatch_assume_role", Type: proto.ColumnType_STRING, Hydrate: describeAssociation, Transform: from(func(a *types.AssociationDescription) any { return text(a.AssociationDispatchAssumeRole) }),
				Description: "The role that State Manager assumes to run the association."},
			{Name: "title", Type: proto.ColumnType_STRING, Transform: of(func(a *types.Association) any { return first(a.AssociationName, a.Name, a.AssociationId) }),
				Description: "A title for the row: the association's name, else the document's name, else the association's ID."},
		}),
	}
}

var associationKeyColumns = keyColumns[types.Association]{
	{name: "association_id", filter: "AssociationId", takes: isUUID,
		value: func(a *types.Association) *string { return a.AssociationId }},
	{name: "association_name", filter: "AssociationName",
		value: func(a *types.Association) *string { return a.AssociationName }},
	{name: "name", filter: "Name",
		value: func(a *types.Association) *string { return a.Name }},
	// AWS finds only associations that were created by the ID of a node, and
	// only these have the column.
	{name: "instance_id", filter: "InstanceId",
		value: func(a *types.Association) *string { return a.InstanceId }},
}

func (s *service) listAssociation(ctx context.Context, d *plugin.QueryData, _ *plugin.HydrateData) (any, error) {
	return nil, s.list(ctx, d, func(ctx context.Context, sc *scan) error {
		return emitListed(ctx, sc, associationListing(sc, associationKeyColumns.selection(sc)))
	})
}

// associationOverview returns the overview of an association, an empty one where
// AWS left it out.
func associationOverview(a *types.Association) types.AssociationOverview {
	if a.Overview == nil {
		return types.AssociationOverview{}
	}
	return *a.Overview
}

// outputLocationOf returns where the output of an association goes, nowhere
// where AWS left it out.
func outputLocationOf(a *types.AssociationDescription) types.S3OutputLocation {
	if a.OutputLocation == nil || a.OutputLocation.S3Location == nil {
		return types.S3OutputLocation{}
	}
	return *a.OutputLocation.S3Location
}
