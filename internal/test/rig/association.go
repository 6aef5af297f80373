package rig

import (
	"fmt"
	"maps"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// The table of associations, and the operations that it calls.
const (
	AssociationTable = "ssm_association"
	AssociationsOp   = "ListAssociations"
	DescriptionOp    = "DescribeAssociation"
	TagsOp           = "ListTagsForResource"
)

var associationCase = TableCase{
	Name: AssociationTable,
	Keys: "association_id association_name instance_id name",
	Read: func(simulated *fleet.Fleet, region string) ([]Row, Calls) {
		var rows []Row
		for _, a := range simulated.Associations(region) {
			rows = append(rows, ExpectedDescription(simulated, region, a))
		}
		return rows, Calls{AssociationsOp: Pages(len(rows), 50), DescriptionOp: len(rows), TagsOp: len(rows)}
	},
	Queries: func(simulated *fleet.Fleet, region string) map[string]string {
		return map[string]string{
			AssociationsOp: "select association_id from " + AssociationTable,
			DescriptionOp: fmt.Sprintf("select * from %s where association_id = '%s'",
				AssociationTable, simulated.Associations(region)[0].AssociationID),
			TagsOp: fmt.Sprintf("select tags from %s where association_id = '%s'",
				AssociationTable, simulated.Associations(region)[0].AssociationID),
		}
	},
}

// ExpectedAssociation returns the columns that a listing fills.
func ExpectedAssociation(simulated *fleet.Fleet, region string, a fleet.Association) Row {
	r := Row{
		"association_id":                      a.AssociationID,
		"arn":                                 associationARN(simulated, region, a),
		"akas":                                jsonText([]string{associationARN(simulated, region, a)}),
		"association_name":                    Value(a.AssociationName),
		"name":                                Value(a.Name),
		"association_version":                 Value(a.AssociationVersion),
		"document_version":                    Value(a.DocumentVersion),
		"instance_id":                         Value(a.InstanceID),
		"targets":                             jsonText(a.Targets),
		"target_maps":                         jsonText(a.TargetMaps),
		"schedule_expression":                 Value(a.ScheduleExpression),
		"schedule_offset":                     number(a.ScheduleOffset),
		"duration":                            number(a.Duration),
		"last_execution_date":                 Date(a.LastExecutionDate),
		"overview_status":                     nil,
		"overview_detailed_status":            nil,
		"association_status_aggregated_count": nil,
		"title":                               FirstOf(a.AssociationName, a.Name, &a.AssociationID),
	}
	if o := a.Overview; o != nil {
		r["overview_status"], r["overview_detailed_status"] = Value(o.Status), Value(o.DetailedStatus)
		r["association_status_aggregated_count"] = jsonText(o.Counts)
	}
	return readIn(simulated, region, r)
}

func associationARN(simulated *fleet.Fleet, region string, a fleet.Association) string {
	return fmt.Sprintf("arn:%s:ssm:%s:%s:association/%s",
		simulated.Partition(), region, simulated.AccountID(), a.AssociationID)
}

// expectedTags are the columns of an association's tags.
func expectedTags(a fleet.Association) Row {
	byKey := map[string]string{}
	for _, tag := range a.Tags() {
		byKey[tag.Key] = tag.Value
	}
	return Row{"tags_src": jsonText(append([]fleet.Tag{}, a.Tags()...)), "tags": jsonText(byKey)}
}

// ExpectedDescription also returns the columns that a description and the tags fill.
func ExpectedDescription(simulated *fleet.Fleet, region string, a fleet.Association) Row {
	r := ExpectedAssociation(simulated, region, a)
	maps.Copy(r, expectedTags(a))
	maps.Copy(r, Row{
		"date":                             Date(a.Date),
		"last_update_association_date":     Date(a.LastUpdateAssociationDate),
		"last_successful_execution_date":   Date(a.LastSuccessfulExecutionDate),
		"status":                           nil,
		"parameters":                       jsonText(a.Parameters),
		"compliance_severity":              Value(a.ComplianceSeverity),
		"sync_compliance":                  Value(a.SyncCompliance),
		"apply_only_at_cron_interval":      int64(0),
		"automation_target_parameter_name": Value(a.AutomationTargetParameterName),
		"max_concurrency":                  Value(a.MaxConcurrency),
		"max_errors":                       Value(a.MaxErrors),
		"calendar_names":                   jsonText(a.CalendarNames),
		"target_locations":                 jsonText(a.TargetLocations),
		"output_s3_region":                 nil,
		"output_s3_bucket_name":            nil,
		"output_s3_key_prefix":             nil,
		"alarm_configuration":              jsonText(a.AlarmConfiguration),
		"triggered_alarms":                 jsonText(a.TriggeredAlarms),
		"association_dispatch_assume_role": Value(a.AssociationDispatchAssumeRole),
	})
	if a.ApplyOnlyAtCronInterval != nil {
		r["apply_only_at_cron_interval"] = Boolean(a.ApplyOnlyAtCronInterval)
	}
	if s := a.Status; s != nil {
		r["status"] = jsonText(map[string]any{
			"Date": Date(s.Date), "Message": s.Message, "Name": s.Name, "AdditionalInfo": s.AdditionalInfo,
		})
	}
	if o := a.OutputLocation; o != nil && o.S3Location != nil {
		r["output_s3_region"] = Value(o.S3Location.OutputS3Region)
		r["output_s3_bucket_name"] = Value(o.S3Location.OutputS3BucketName)
		r["output_s3_key_prefix"] = Value(o.S3Location.OutputS3KeyPrefix)
	}
	return r
}
