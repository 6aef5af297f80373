package e2e

import (
	"fmt"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

const (
	versionTable = "ssm_association_version"
	versionsOp   = "ListAssociationVersions"
)

var associationVersionCase = tableCase{
	name: versionTable,
	keys: "association_id",
	read: func(simulated *fleet.Fleet, region string) ([]row, calls) {
		associations := simulated.Associations(region)
		made := calls{associationsOp: pages(len(associations), 50)}
		var rows []row
		for _, a := range associations {
			rows = append(rows, expectedVersions(simulated, region, a)...)
			made[versionsOp] += pages(len(a.Versions()), 50)
		}
		return rows, made
	},
	queries: func(simulated *fleet.Fleet, region string) map[string]string {
		return map[string]string{
			versionsOp: fmt.Sprintf("select * from %s where association_id = '%s'", versionTable, changedAssociation(simulated, region).AssociationID),
		}
	},
}

// changedAssociation returns the first association with several versions.
func changedAssociation(simulated *fleet.Fleet, region string) fleet.Association {
	for _, a := range simulated.Associations(region) {
		if len(a.Versions()) > 1 {
			return a
		}
	}
	panic("the fleet has no such association")
}

func TestAssociationVersions(t *testing.T) {
	w := twoRegions(t, embedded.Options{})
	us := w.fleet.Associations("us-east-1")
	a := changedAssociation(w.fleet, "us-east-1")
	of := func(associations ...fleet.Association) (rows []row) {
		for _, a := range associations {
			rows = append(rows, expectedVersions(w.fleet, "us-east-1", a)...)
		}
		return rows
	}
	for name, test := range map[string]struct {
		where string
		want  []row
		calls calls
	}{
		"of one association":           {fmt.Sprintf("association_id = '%s'", a.AssociationID), of(a), calls{versionsOp: 1}},
		"of two associations":          {fmt.Sprintf("association_id in ('%s', '%s')", us[5].AssociationID, us[6].AssociationID), of(us[5], us[6]), calls{versionsOp: 2}},
		"of an unknown association":    {"association_id = '00000000-0000-4000-8000-000000000000'", nil, calls{versionsOp: 1}},
		"of no association":            {"association_id in ('a', 'b') and association_id = 'c'", nil, calls{}},
		"an association that is no id": {"association_id = 'patching'", nil, calls{versionsOp: 1}},
	} {
		t.Run(name, func(t *testing.T) {
			w.check(t, "select * from "+versionTable+" where region = 'us-east-1' and "+test.where, test.want, test.calls)
		})
	}
	t.Run("a limit reads no more than it needs", func(t *testing.T) {
		w.sim.Reset()
		if got := w.query(fmt.Sprintf("select * from %s where association_id = '%s' and region = 'us-east-1' limit 1", versionTable, a.AssociationID)); len(got) != 1 {
			t.Errorf("got %d rows, want 1", len(got))
		}
		w.expectCalls(calls{versionsOp: 1})
	})
}

func expectedVersions(simulated *fleet.Fleet, region string, a fleet.Association) []row {
	var rows []row
	for _, v := range a.Versions() {
		r := row{
			"association_id":                   v.AssociationID,
			"association_version":              value(v.AssociationVersion),
			"created_date":                     date(v.CreatedDate),
			"association_name":                 value(v.AssociationName),
			"name":                             value(v.Name),
			"document_version":                 value(v.DocumentVersion),
			"parameters":                       jsonText(v.Parameters),
			"schedule_expression":              value(v.ScheduleExpression),
			"schedule_offset":                  number(v.ScheduleOffset),
			"apply_only_at_cron_interval":      int64(0),
			"duration":                         number(v.Duration),
			"targets":                          jsonText(v.Targets),
			"target_maps":                      jsonText(v.TargetMaps),
			"target_locations":                 jsonText(v.TargetLocations),
			"max_concurrency":                  value(v.MaxConcurrency),
			"max_errors":                       value(v.MaxErrors),
			"compliance_severity":              value(v.ComplianceSeverity),
			"sync_compliance":                  value(v.SyncCompliance),
			"calendar_names":                   jsonText(v.CalendarNames),
			"output_s3_region":                 nil,
			"output_s3_bucket_name":            nil,
			"output_s3_key_prefix":             nil,
			"association_dispatch_assume_role": value(v.AssociationDispatchAssumeRole),
			"title":                            firstOf(v.AssociationName, v.Name, &v.AssociationID),
		}
		if v.ApplyOnlyAtCronInterval != nil {
			r["apply_only_at_cron_interval"] = boolean(v.ApplyOnlyAtCronInterval)
		}
		if o := v.OutputLocation; o != nil && o.S3Location != nil {
			r["output_s3_region"], r["output_s3_bucket_name"] = value(o.S3Location.OutputS3Region), value(o.S3Location.OutputS3BucketName)
			r["output_s3_key_prefix"] = value(o.S3Location.OutputS3KeyPrefix)
		}
		rows = append(rows, readIn(simulated, region, r))
	}
	return rows
}
