package rig

import (
	"fmt"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// The table of versions, and the operation that it calls.
const (
	VersionTable = "ssm_association_version"
	VersionsOp   = "ListAssociationVersions"
)

var associationVersionCase = TableCase{
	Name: VersionTable,
	Keys: "association_id",
	Read: func(simulated *fleet.Fleet, region string) ([]Row, Calls) {
		associations := simulated.Associations(region)
		made := Calls{AssociationsOp: Pages(len(associations), 50)}
		var rows []Row
		for _, a := range associations {
			rows = append(rows, ExpectedVersions(simulated, region, a)...)
			made[VersionsOp] += Pages(len(a.Versions()), 50)
		}
		return rows, made
	},
	Queries: func(simulated *fleet.Fleet, region string) map[string]string {
		return map[string]string{
			VersionsOp: fmt.Sprintf("select * from %s where association_id = '%s'",
				VersionTable, ChangedAssociation(simulated, region).AssociationID),
		}
	},
}

// ExpectedVersions returns the rows of an association's versions.
func ExpectedVersions(simulated *fleet.Fleet, region string, a fleet.Association) []Row {
	var rows []Row
	for _, v := range a.Versions() {
		r := Row{
			"association_id":                   v.AssociationID,
			"association_version":              Value(v.AssociationVersion),
			"created_date":                     Date(v.CreatedDate),
			"association_name":                 Value(v.AssociationName),
			"name":                             Value(v.Name),
			"document_version":                 Value(v.DocumentVersion),
			"parameters":                       jsonText(v.Parameters),
			"schedule_expression":              Value(v.ScheduleExpression),
			"schedule_offset":                  number(v.ScheduleOffset),
			"apply_only_at_cron_interval":      int64(0),
			"duration":                         number(v.Duration),
			"targets":                          jsonText(v.Targets),
			"target_maps":                      jsonText(v.TargetMaps),
			"target_locations":                 jsonText(v.TargetLocations),
			"max_concurrency":                  Value(v.MaxConcurrency),
			"max_errors":                       Value(v.MaxErrors),
			"compliance_severity":              Value(v.ComplianceSeverity),
			"sync_compliance":                  Value(v.SyncCompliance),
			"calendar_names":                   jsonText(v.CalendarNames),
			"output_s3_region":                 nil,
			"output_s3_bucket_name":            nil,
			"output_s3_key_prefix":             nil,
			"association_dispatch_assume_role": Value(v.AssociationDispatchAssumeRole),
			"title":                            FirstOf(v.AssociationName, v.Name, &v.AssociationID),
		}
		if v.ApplyOnlyAtCronInterval != nil {
			r["apply_only_at_cron_interval"] = Boolean(v.ApplyOnlyAtCronInterval)
		}
		if o := v.OutputLocation; o != nil && o.S3Location != nil {
			r["output_s3_region"] = Value(o.S3Location.OutputS3Region)
			r["output_s3_bucket_name"] = Value(o.S3Location.OutputS3BucketName)
			r["output_s3_key_prefix"] = Value(o.S3Location.OutputS3KeyPrefix)
		}
		rows = append(rows, readIn(simulated, region, r))
	}
	return rows
}

// ChangedAssociation returns the first association with several versions.
func ChangedAssociation(simulated *fleet.Fleet, region string) fleet.Association {
	for _, a := range simulated.Associations(region) {
		if len(a.Versions()) > 1 {
			return a
		}
	}
	panic("the fleet has no such association")
}
