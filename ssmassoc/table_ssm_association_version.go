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

// tableAssociationVersion has one row for each version of each association.
//
// With a condition on association_id it reads only those associations. Without one it
// lists the associations of each target region and reads each of them. A region costs
// one call for every 50 associations listed, and for each association one call for
// every 50 versions, at least one.
func tableAssociationVersion() engine.Table {
	return engine.Table{
		Name: "ssm_association_version",
		Description: "Versions of State Manager associations in AWS Systems Manager: " +
			"the settings of each version, and when they changed.",
		Reads: engine.Reads{
			Operation: "ListAssociationVersions", PageSize: 50,
			Parent: "association", Key: []string{"association_id"}, Listing: []string{"ListAssociations"},
		},
		KeyColumns: versionKeyColumns.Declare(),
		List:       listAssociationVersion,
		Columns: []*plugin.Column{
			textColumn("association_id", func(v *types.AssociationVersionInfo) *string { return v.AssociationId },
				"The ID of the association. A condition on it limits the read to the associations it names."),
			textColumn("association_version", func(v *types.AssociationVersionInfo) *string { return v.AssociationVersion },
				"The number of the version."),
			timeColumn("created_date", func(v *types.AssociationVersionInfo) *time.Time { return v.CreatedDate },
				"The time when the version was created by creating or changing the association."),
			textColumn("association_name", func(v *types.AssociationVersionInfo) *string { return v.AssociationName },
				"The name of the association in this version, if it had one."),
			textColumn("name", func(v *types.AssociationVersionInfo) *string { return v.Name },
				"The name or the ARN of the SSM document that the association ran."),
			textColumn("document_version", func(v *types.AssociationVersionInfo) *string { return v.DocumentVersion },
				"The version of the SSM document that the association ran."),
			jsonColumn("parameters", func(v *types.AssociationVersionInfo) any { return mapping(v.Parameters) },
				"The parameters of the SSM document, each with a list of values."),
			textColumn("schedule_expression", func(v *types.AssociationVersionInfo) *string { return v.ScheduleExpression },
				"The schedule, as a cron, rate or at expression in UTC. Null for an association without a schedule."),
			intColumn("schedule_offset", func(v *types.AssociationVersionInfo) *int32 { return v.ScheduleOffset },
				"The number of days to wait after the scheduled day."),
			boolColumn("apply_only_at_cron_interval",
				func(v *types.AssociationVersionInfo) *bool { return &v.ApplyOnlyAtCronInterval },
				"Whether the association ran only on its schedule, and not when it was created or changed. "+
					"False if AWS omits it."),
			intColumn("duration", func(v *types.AssociationVersionInfo) *int32 { return v.Duration },
				"The number of hours for which the association could run."),
			jsonColumn("targets", func(v *types.AssociationVersionInfo) any { return array(v.Targets) },
				`The targets of the association, such as [{"Key": "tag:Role", "Values": ["web"]}].`),
			jsonColumn("target_maps", func(v *types.AssociationVersionInfo) any { return array(v.TargetMaps) },
				"The mapping of document parameters to target resources."),
			jsonColumn("target_locations", func(v *types.AssociationVersionInfo) any { return array(v.TargetLocations) },
				"The accounts and regions in which the association ran."),
			textColumn("max_concurrency", func(v *types.AssociationVersionInfo) *string { return v.MaxConcurrency },
				"The maximum number of targets that ran the association at the same time, or a percentage."),
			textColumn("max_errors", func(v *types.AssociationVersionInfo) *string { return v.MaxErrors },
				"The number of errors, or the percentage, after which the association stopped running on further targets."),
			nonEmptyColumn("compliance_severity",
				func(v *types.AssociationVersionInfo) types.AssociationComplianceSeverity { return v.ComplianceSeverity },
				"The severity of non-compliance: CRITICAL, HIGH, MEDIUM, LOW or UNSPECIFIED."),
			nonEmptyColumn("sync_compliance",
				func(v *types.AssociationVersionInfo) types.AssociationSyncCompliance { return v.SyncCompliance },
				"How compliance was determined: AUTO (from the status of executions) or MANUAL."),
			jsonColumn("calendar_names", func(v *types.AssociationVersionInfo) any { return array(v.CalendarNames) },
				"The names or ARNs of the change calendars that had to be open for the association to run."),
			textColumn("output_s3_region",
				func(v *types.AssociationVersionInfo) *string { return s3Location(v.OutputLocation).OutputS3Region },
				"The region of the S3 bucket for the output (OutputLocation.S3Location.OutputS3Region)."),
			textColumn("output_s3_bucket_name",
				func(v *types.AssociationVersionInfo) *string { return s3Location(v.OutputLocation).OutputS3BucketName },
				"The name of the S3 bucket for the output (OutputLocation.S3Location.OutputS3BucketName)."),
			textColumn("output_s3_key_prefix",
				func(v *types.AssociationVersionInfo) *string { return s3Location(v.OutputLocation).OutputS3KeyPrefix },
				"The prefix of the S3 keys of the output (OutputLocation.S3Location.OutputS3KeyPrefix)."),
			textColumn("association_dispatch_assume_role",
				func(v *types.AssociationVersionInfo) *string { return v.AssociationDispatchAssumeRole },
				"The role that State Manager assumed to run the association."),
			textColumn("title",
				func(v *types.AssociationVersionInfo) *string {
					return first(v.AssociationName, v.Name, v.AssociationId)
				},
				"The title of the row: the name of the association or, failing that, of its document, or its ID."),
		},
	}
}

var versionKeyColumns = engine.KeyColumns[types.AssociationVersionInfo]{
	{Name: "association_id", Value: func(v *types.AssociationVersionInfo) *string { return v.AssociationId }},
}

func listAssociationVersion(ctx context.Context, sc *engine.Scan) error {
	selected := versionKeyColumns.Selection(sc)
	return engine.EmitItems(ctx, sc, associationsOf(sc),
		func(association string) engine.ParentRead[types.AssociationVersionInfo] {
			return versionsOf(sc, association, selected)
		},
		engine.RowOf[types.AssociationVersionInfo](sc))
}

// versionsOf reads the versions of an association.
func versionsOf(
	sc *engine.Scan, association string, selected engine.Selection[types.AssociationVersionInfo],
) engine.ParentRead[types.AssociationVersionInfo] {
	return engine.ParentRead[types.AssociationVersionInfo]{
		Operation:  "ListAssociationVersions",
		PageSize:   50,
		Reads:      "the versions",
		ParentKind: "association",
		ParentID:   association,
		ID:         func(v *types.AssociationVersionInfo) string { return engine.IDOf(v.AssociationVersion) },
		Selection:  selected,
		Unknown:    awsconn.IsNoSuchAssociation,
		Page: func(ctx context.Context, request engine.PageRequest) ([]types.AssociationVersionInfo, *string, error) {
			out, err := sc.Region.Client.ListAssociationVersions(ctx, &ssm.ListAssociationVersionsInput{
				AssociationId: aws.String(association),
				MaxResults:    aws.Int32(request.Size),
				NextToken:     request.Token,
			}, sc.Region.Options)
			if err != nil {
				return nil, nil, err
			}
			for i := range out.AssociationVersions {
				engine.SetMissing(&out.AssociationVersions[i].AssociationId, association)
			}
			return out.AssociationVersions, out.NextToken, nil
		},
	}
}
