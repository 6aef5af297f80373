package ssmassoc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/engine"
)

// tableAssociation has one row for each association.
//
// A region costs one call for every 50 associations. The columns of descriptionColumns
// cost one more call for each row, in a query that reads any of them, and those of
// tagColumns another.
func tableAssociation() engine.Table {
	return engine.Table{
		Name: "ssm_association",
		Description: "State Manager associations in AWS Systems Manager: the SSM document that each runs, its targets, " +
			"schedule, parameters and latest overall result.",
		Reads: engine.Reads{
			Operation: "ListAssociations", PageSize: 50,
		},
		KeyColumns: associationKeyColumns.Declare(),
		List:       listAssociation,
		Hydrates: []engine.Hydrate{
			{Operations: []string{"DescribeAssociation"}, Func: describeAssociation, Columns: descriptionColumns()},
			{Operations: []string{"ListTagsForResource"}, Func: listAssociationTags, Columns: tagColumns()},
		},
		Columns: slices.Concat(associationColumns(), scheduleColumns(),
			[]*plugin.Column{
				rowColumn("akas", proto.ColumnType_JSON, func(a *engine.Row[types.Association]) any {
					if arn := associationARN(a); arn != "" {
						return []string{arn}
					}
					return nil
				}, "The ARN of the association, in a list."),
				textColumn("title", func(a *types.Association) *string { return first(a.AssociationName, a.Name, a.AssociationId) },
					"The title of the row: the name of the association or, failing that, of its document, or its ID."),
			}),
	}
}

// associationColumns are the columns that ListAssociations returns.
func associationColumns() []*plugin.Column {
	return []*plugin.Column{
		textColumn("association_id", func(a *types.Association) *string { return a.AssociationId },
			"The ID of the association."),
		rowColumn("arn", proto.ColumnType_STRING,
			func(a *engine.Row[types.Association]) any { return orNull(associationARN(a)) },
			"The ARN of the association."),
		textColumn("association_name", func(a *types.Association) *string { return a.AssociationName },
			"The name of the association, if it has one."),
		textColumn("name", func(a *types.Association) *string { return a.Name },
			"The name or the ARN of the SSM document that the association runs."),
		textColumn("association_version", func(a *types.Association) *string { return a.AssociationVersion },
			"The version of the association."),
		textColumn("document_version", func(a *types.Association) *string { return a.DocumentVersion },
			"The version of the SSM document that the association runs."),
		textColumn("instance_id", func(a *types.Association) *string { return a.InstanceId },
			"The ID of the managed node. Only an association that was created for a node instead of for targets has one."),
		jsonColumn("targets", func(a *types.Association) any { return array(a.Targets) },
			`The targets of the association, such as [{"Key": "tag:Role", "Values": ["web"]}].`),
		jsonColumn("target_maps", func(a *types.Association) any { return array(a.TargetMaps) },
			"The mapping of document parameters to target resources."),
		textColumn("schedule_expression", func(a *types.Association) *string { return a.ScheduleExpression },
			"The schedule, as a cron, rate or at expression in UTC. "+
				"Null for an association without a schedule, which runs when it or its targets change."),
		intColumn("schedule_offset", func(a *types.Association) *int32 { return a.ScheduleOffset },
			"The number of days to wait after the scheduled day."),
		intColumn("duration", func(a *types.Association) *int32 { return a.Duration },
			"The number of hours for which the association may run."),
		timeColumn("last_execution_date", func(a *types.Association) *time.Time { return a.LastExecutionDate },
			"The time when the association last ran."),
		textColumn("overview_status", func(a *types.Association) *string { return associationOverview(a).Status },
			"The status of the association over all its targets: Pending, Success or Failed (Overview.Status)."),
		textColumn("overview_detailed_status",
			func(a *types.Association) *string { return associationOverview(a).DetailedStatus },
			"The status of the association over all its targets in more detail (Overview.DetailedStatus)."),
		jsonColumn("association_status_aggregated_count",
			func(a *types.Association) any {
				return mapping(associationOverview(a).AssociationStatusAggregatedCount)
			},
			`The number of targets by status, such as {"Success": 12, "Failed": 1} `+
				"(Overview.AssociationStatusAggregatedCount)."),
	}
}

// descriptionColumns are the columns that only DescribeAssociation returns.
func descriptionColumns() []*plugin.Column {
	return []*plugin.Column{
		timeColumn("date", func(a *types.AssociationDescription) *time.Time { return a.Date },
			"The time when the association was created."),
		timeColumn("last_update_association_date",
			func(a *types.AssociationDescription) *time.Time { return a.LastUpdateAssociationDate },
			"The time when the association was last changed."),
		timeColumn("last_successful_execution_date",
			func(a *types.AssociationDescription) *time.Time { return a.LastSuccessfulExecutionDate },
			"The time when the association last succeeded."),
		jsonColumn("status", func(a *types.AssociationDescription) any { return object(a.Status) },
			"The status of an association that was created for a node: its name, date and message."),
		jsonColumn("parameters", func(a *types.AssociationDescription) any { return mapping(a.Parameters) },
			"The parameters of the SSM document, each with a list of values."),
		nonEmptyColumn("compliance_severity",
			func(a *types.AssociationDescription) types.AssociationComplianceSeverity { return a.ComplianceSeverity },
			"The severity of non-compliance: CRITICAL, HIGH, MEDIUM, LOW or UNSPECIFIED."),
		nonEmptyColumn("sync_compliance",
			func(a *types.AssociationDescription) types.AssociationSyncCompliance { return a.SyncCompliance },
			"How compliance is determined: AUTO (from the status of executions) or MANUAL."),
		boolColumn("apply_only_at_cron_interval",
			func(a *types.AssociationDescription) *bool { return &a.ApplyOnlyAtCronInterval },
			"Whether the association runs only on its schedule, and not when it is created or changed. "+
				"False if AWS omits it."),
		textColumn("automation_target_parameter_name",
			func(a *types.AssociationDescription) *string { return a.AutomationTargetParameterName },
			"The parameter by which an automation runbook fans out over its targets."),
		textColumn("max_concurrency", func(a *types.AssociationDescription) *string { return a.MaxConcurrency },
			"The maximum number of targets that run the association at the same time, or a percentage."),
		textColumn("max_errors", func(a *types.AssociationDescription) *string { return a.MaxErrors },
			"The number of errors, or the percentage, after which the association stops running on further targets."),
		jsonColumn("calendar_names", func(a *types.AssociationDescription) any { return array(a.CalendarNames) },
			"The names or ARNs of the change calendars that must be open for the association to run."),
		jsonColumn("target_locations", func(a *types.AssociationDescription) any { return array(a.TargetLocations) },
			"The accounts and regions in which the association runs."),
		textColumn("output_s3_region",
			func(a *types.AssociationDescription) *string { return s3Location(a.OutputLocation).OutputS3Region },
			"The region of the S3 bucket for the output (OutputLocation.S3Location.OutputS3Region)."),
		textColumn("output_s3_bucket_name",
			func(a *types.AssociationDescription) *string { return s3Location(a.OutputLocation).OutputS3BucketName },
			"The name of the S3 bucket for the output (OutputLocation.S3Location.OutputS3BucketName)."),
		textColumn("output_s3_key_prefix",
			func(a *types.AssociationDescription) *string { return s3Location(a.OutputLocation).OutputS3KeyPrefix },
			"The prefix of the S3 keys of the output (OutputLocation.S3Location.OutputS3KeyPrefix)."),
		jsonColumn("alarm_configuration", func(a *types.AssociationDescription) any { return object(a.AlarmConfiguration) },
			"The CloudWatch alarms that stop the association."),
		jsonColumn("triggered_alarms", func(a *types.AssociationDescription) any { return array(a.TriggeredAlarms) },
			"The CloudWatch alarms that were triggered while the association ran."),
		textColumn("association_dispatch_assume_role",
			func(a *types.AssociationDescription) *string { return a.AssociationDispatchAssumeRole },
			"The role that State Manager assumes to run the association."),
		firstScheduledColumn(),
	}
}

// associationARN returns the ARN of an association, or "" for one without an ID.
func associationARN(a *engine.Row[types.Association]) string {
	if aws.ToString(a.Item.AssociationId) == "" {
		return ""
	}
	return fmt.Sprintf("arn:%s:ssm:%s:%s:association/%s",
		a.Identity.Partition, a.Region.Name, a.Identity.AccountID, *a.Item.AssociationId)
}

var associationKeyColumns = engine.KeyColumns[types.Association]{
	{Name: "association_id", Filter: "AssociationId", Takes: engine.IsUUID,
		Value: func(a *types.Association) *string { return a.AssociationId }},
	{Name: "association_name", Filter: "AssociationName",
		Value: func(a *types.Association) *string { return a.AssociationName }},
	{Name: "name", Filter: "Name",
		Value: func(a *types.Association) *string { return a.Name }},
	// AWS finds only associations that were created for a node, and only these have
	// the column.
	{Name: "instance_id", Filter: "InstanceId",
		Value: func(a *types.Association) *string { return a.InstanceId }},
}

func listAssociation(ctx context.Context, sc *engine.Scan) error {
	return engine.EmitListed(ctx, sc, associationListing(sc, associationKeyColumns.Selection(sc)))
}

// associationOverview returns the overview of an association, an empty one where
// AWS left it out.
func associationOverview(a *types.Association) types.AssociationOverview {
	if a.Overview == nil {
		return types.AssociationOverview{}
	}
	return *a.Overview
}

// s3Location returns the S3 location of an association's output, an empty one where AWS
// left it out.
func s3Location(output *types.InstanceAssociationOutputLocation) types.S3OutputLocation {
	if output == nil || output.S3Location == nil {
		return types.S3OutputLocation{}
	}
	return *output.S3Location
}

// associationsOf returns the IDs of the associations that a scan reads one by one: those
// that its conditions on association_id name, or else all of the region.
func associationsOf(sc *engine.Scan) engine.Parents[string] {
	if ids, given := sc.Conditions.EqualTo("association_id"); given {
		return engine.Named(ids)
	}
	all := associationListing(sc, engine.Selection[types.Association]{})
	return engine.Listed(sc, all, func(a *types.Association) (string, error) {
		if aws.ToString(a.AssociationId) == "" {
			return "", &engine.UnaddressableError{Thing: "association " + associationKey(a)}
		}
		return *a.AssociationId, nil
	}, func(ctx context.Context, id string) (bool, error) {
		return listsAssociation(ctx, sc, &types.Association{AssociationId: &id})
	})
}

// listsAssociation reports whether AWS lists an association now.
func listsAssociation(ctx context.Context, sc *engine.Scan, a *types.Association) (bool, error) {
	by := func(key string, value *string) engine.Filter {
		return engine.Filter{Key: key, Operator: "EQUAL", Values: []string{aws.ToString(value)}}
	}
	selected := engine.Selection[types.Association]{
		Filters: []engine.Filter{by("AssociationId", a.AssociationId)},
		Meets:   func(other *types.Association) bool { return associationKey(other) == associationKey(a) },
	}
	if a.AssociationId == nil {
		selected.Filters = []engine.Filter{by("Name", a.Name), by("InstanceId", a.InstanceId)}
	}
	return engine.IsListed(ctx, sc, associationListing(sc, selected))
}

// associationKey returns what distinguishes an association in its region: its ID or, for
// an association older than these IDs, its document and its node.
func associationKey(a *types.Association) string {
	if a.AssociationId != nil || a.Name == nil || a.InstanceId == nil {
		return aws.ToString(a.AssociationId)
	}
	return *a.Name + " on " + *a.InstanceId
}

// associationListing lists the associations of a scan's region.
func associationListing(
	sc *engine.Scan, selected engine.Selection[types.Association],
) engine.Listing[types.Association] {
	return engine.Listing[types.Association]{
		Operation:   "ListAssociations",
		MinPageSize: 1,
		MaxPageSize: 50,
		Kind:        "association",
		ID:          associationKey,
		Selection:   selected,
		Page: func(ctx context.Context, request engine.PageRequest) ([]types.Association, *string, error) {
			var filters []types.AssociationFilter
			for _, f := range request.Filters {
				filters = append(filters, types.AssociationFilter{
					Key:   types.AssociationFilterKey(f.Key),
					Value: aws.String(f.Values[0]),
				})
			}
			out, err := sc.Region.Client.ListAssociations(ctx, &ssm.ListAssociationsInput{
				AssociationFilterList: filters,
				MaxResults:            aws.Int32(request.Size),
				NextToken:             request.Token,
			}, sc.Region.Options)
			if err != nil {
				return nil, nil, err
			}
			return out.Associations, out.NextToken, nil
		},
	}
}

// describeAssociation is the hydrate function of descriptionColumns. It returns nil for
// an association that was deleted since it was listed, or that AWS cannot be asked about.
func describeAssociation(ctx context.Context, _ *plugin.QueryData, h *plugin.HydrateData) (any, error) {
	a, ok := h.Item.(*engine.Row[types.Association])
	if !ok {
		return nil, engine.FailureOf(ctx, h.Item)
	}
	if associationKey(a.Item) == "" {
		return nil, nil
	}
	read := descriptionOf(a.Scan, a.Item)
	read.StillListed = func(ctx context.Context) (bool, error) { return listsAssociation(ctx, a.Scan, a.Item) }
	description, _, err := engine.ReadOne(ctx, a.Scan, read)
	if err != nil || description == nil {
		return nil, err
	}
	return engine.RowOf[types.AssociationDescription](a.Scan)(description), nil
}

// descriptionOf reads the description of an association, as a single page.
func descriptionOf(sc *engine.Scan, a *types.Association) engine.ParentRead[types.AssociationDescription] {
	input := &ssm.DescribeAssociationInput{AssociationId: a.AssociationId}
	if a.AssociationId == nil {
		input.Name, input.InstanceId = a.Name, a.InstanceId
	}
	return engine.ParentRead[types.AssociationDescription]{
		Operation:  "DescribeAssociation",
		Reads:      "the description",
		ParentKind: "association",
		ParentID:   associationKey(a),
		Unknown:    awsconn.IsNoSuchAssociation,
		Page: func(ctx context.Context, _ engine.PageRequest) ([]types.AssociationDescription, *string, error) {
			out, err := sc.Region.Client.DescribeAssociation(ctx, input, sc.Region.Options)
			if err != nil {
				return nil, nil, err
			}
			if out.AssociationDescription == nil {
				return nil, nil, errors.New("AWS answered without a description")
			}
			return []types.AssociationDescription{*out.AssociationDescription}, nil, nil
		},
	}
}
