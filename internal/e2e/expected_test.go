package e2e

import (
	"encoding/json"
	"maps"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/awssim/fleet"
)

// The rows that the tables have, as the fleet knows them, independently of the
// plugin. JSON is as canonical leaves it.

func expectedNode(simulated *fleet.Fleet, node *fleet.Node) row {
	i := node.Information()
	r := row{
		"instance_id":                                i.InstanceID,
		"name":                                       value(i.Name),
		"ping_status":                                value(i.PingStatus),
		"last_ping_date_time":                        date(i.LastPingDateTime),
		"association_status":                         value(i.AssociationStatus),
		"association_overview_detailed_status":       nil,
		"last_association_execution_date":            date(i.LastAssociationExecutionDate),
		"last_successful_association_execution_date": date(i.LastSuccessfulAssociationExecutionDate),
		"agent_version":                              value(i.AgentVersion),
		"is_latest_version":                          boolean(i.IsLatestVersion),
		"platform_type":                              value(i.PlatformType),
		"platform_name":                              value(i.PlatformName),
		"platform_version":                           value(i.PlatformVersion),
		"resource_type":                              value(i.ResourceType),
		"computer_name":                              value(i.ComputerName),
		"ip_address":                                 value(i.IPAddress),
		"iam_role":                                   value(i.IamRole),
		"activation_id":                              value(i.ActivationID),
		"registration_date":                          date(i.RegistrationDate),
		"source_id":                                  value(i.SourceID),
		"source_type":                                value(i.SourceType),
		"source_location":                            value(i.SourceLocation),
		"title":                                      firstOf(i.Name, i.ComputerName, &i.InstanceID),
		"instance_association_status_aggregated_count": nil,
	}
	if o := i.AssociationOverview; o != nil {
		r["association_overview_detailed_status"] = o.DetailedStatus
		r["instance_association_status_aggregated_count"] = jsonText(o.Counts)
	}
	return readIn(simulated, node.Region, r)
}

// expectedAssociation is what a listing tells of an association.
func expectedAssociation(simulated *fleet.Fleet, region string, a fleet.Association) row {
	r := row{
		"association_id":                      a.AssociationID,
		"association_name":                    value(a.AssociationName),
		"name":                                value(a.Name),
		"association_version":                 value(a.AssociationVersion),
		"document_version":                    value(a.DocumentVersion),
		"instance_id":                         value(a.InstanceID),
		"targets":                             jsonText(a.Targets),
		"target_maps":                         jsonText(a.TargetMaps),
		"schedule_expression":                 value(a.ScheduleExpression),
		"schedule_offset":                     number(a.ScheduleOffset),
		"duration":                            number(a.Duration),
		"last_execution_date":                 date(a.LastExecutionDate),
		"overview_status":                     nil,
		"overview_detailed_status":            nil,
		"association_status_aggregated_count": nil,
		"title":                               firstOf(a.AssociationName, a.Name, &a.AssociationID),
	}
	if o := a.Overview; o != nil {
		r["overview_status"], r["overview_detailed_status"] = value(o.Status), value(o.DetailedStatus)
		r["association_status_aggregated_count"] = jsonText(o.Counts)
	}
	return readIn(simulated, region, r)
}

// expectedDescription is what a description tells of an association besides.
func expectedDescription(simulated *fleet.Fleet, region string, a fleet.Association) row {
	r := expectedAssociation(simulated, region, a)
	maps.Copy(r, row{
		"date":                             date(a.Date),
		"last_update_association_date":     date(a.LastUpdateAssociationDate),
		"last_successful_execution_date":   date(a.LastSuccessfulExecutionDate),
		"status":                           nil,
		"parameters":                       jsonText(a.Parameters),
		"compliance_severity":              value(a.ComplianceSeverity),
		"sync_compliance":                  value(a.SyncCompliance),
		"apply_only_at_cron_interval":      int64(0),
		"automation_target_parameter_name": value(a.AutomationTargetParameterName),
		"max_concurrency":                  value(a.MaxConcurrency),
		"max_errors":                       value(a.MaxErrors),
		"calendar_names":                   jsonText(a.CalendarNames),
		"target_locations":                 jsonText(a.TargetLocations),
		"output_s3_region":                 nil,
		"output_s3_bucket_name":            nil,
		"output_s3_key_prefix":             nil,
		"alarm_configuration":              jsonText(a.AlarmConfiguration),
		"triggered_alarms":                 jsonText(a.TriggeredAlarms),
		"association_dispatch_assume_role": value(a.AssociationDispatchAssumeRole),
	})
	if a.ApplyOnlyAtCronInterval != nil {
		r["apply_only_at_cron_interval"] = boolean(a.ApplyOnlyAtCronInterval)
	}
	if s := a.Status; s != nil {
		r["status"] = jsonText(map[string]any{"Date": date(s.Date), "Message": s.Message, "Name": s.Name, "AdditionalInfo": s.AdditionalInfo})
	}
	if o := a.OutputLocation; o != nil && o.S3Location != nil {
		r["output_s3_region"], r["output_s3_bucket_name"] = value(o.S3Location.OutputS3Region), value(o.S3Location.OutputS3BucketName)
		r["output_s3_key_prefix"] = value(o.S3Location.OutputS3KeyPrefix)
	}
	return r
}

func expectedEffective(simulated *fleet.Fleet, node *fleet.Node) []row {
	var rows []row
	for _, e := range node.EffectiveAssociations() {
		rows = append(rows, readIn(simulated, node.Region, row{
			"instance_id":         node.InstanceID,
			"association_id":      e.AssociationID,
			"association_version": value(e.AssociationVersion),
			"content":             value(e.Content),
			"title":               e.AssociationID,
		}))
	}
	return rows
}

func expectedExecution(simulated *fleet.Fleet, region string, e fleet.Execution) row {
	r := row{
		"association_id":           e.AssociationID,
		"execution_id":             e.ExecutionID,
		"association_version":      value(e.AssociationVersion),
		"status":                   value(e.Status),
		"detailed_status":          value(e.DetailedStatus),
		"created_time":             date(e.CreatedTime),
		"last_execution_date":      date(e.LastExecutionDate),
		"resource_count_by_status": nil,
		"alarm_configuration":      jsonText(e.AlarmConfiguration),
		"triggered_alarms":         jsonText(e.TriggeredAlarms),
		"title":                    e.ExecutionID,
	}
	if text := e.ResourceCountByStatus; text != nil {
		// {Success=12, Failed=1}
		counts := strings.NewReplacer("{", `{"`, "=", `":`, ", ", `,"`).Replace(*text)
		r["resource_count_by_status"] = canonical(counts)
	}
	return readIn(simulated, region, r)
}

func expectedTarget(simulated *fleet.Fleet, region string, t fleet.ExecutionTarget) row {
	r := row{
		"association_id":      t.AssociationID,
		"execution_id":        t.ExecutionID,
		"resource_id":         t.ResourceID,
		"resource_type":       value(t.ResourceType),
		"association_version": value(t.AssociationVersion),
		"status":              value(t.Status),
		"detailed_status":     value(t.DetailedStatus),
		"last_execution_date": date(t.LastExecutionDate),
		"output_source_id":    nil,
		"output_source_type":  nil,
		"title":               t.ResourceID,
	}
	if o := t.OutputSource; o != nil {
		r["output_source_id"], r["output_source_type"] = value(o.OutputSourceID), value(o.OutputSourceType)
	}
	return readIn(simulated, region, r)
}

// readIn adds where a row was read.
func readIn(simulated *fleet.Fleet, region string, r row) row {
	r["partition"], r["region"], r["account_id"] = simulated.Partition(), region, simulated.AccountID()
	return r
}

func date(t *fleet.Timestamp) any {
	if t == nil {
		return nil
	}
	return t.Time().Format(time.RFC3339Nano)
}

// boolean is as SQLite has it.
func boolean(b *bool) any {
	switch {
	case b == nil:
		return nil
	case *b:
		return int64(1)
	}
	return int64(0)
}

func number(n *int) any {
	if n == nil {
		return nil
	}
	return int64(*n)
}

func firstOf(candidates ...*string) any {
	for _, s := range candidates {
		if dereference(s) != "" {
			return *s
		}
	}
	return nil
}

// jsonText is the value of a JSON column, nil for null.
func jsonText(v any) any {
	text, err := json.Marshal(v)
	if err != nil {
		panic(err)
	}
	return canonical(string(text))
}

// canonical is JSON with its keys in order, and without what the API's types do
// not tell from what AWS left out: nulls and false.
func canonical(text string) any {
	var v any
	if err := json.Unmarshal([]byte(text), &v); err != nil {
		panic(err)
	}
	if v == nil {
		return nil
	}
	res, err := json.Marshal(pruned(v))
	if err != nil {
		panic(err)
	}
	return string(res)
}

func pruned(v any) any {
	switch v := v.(type) {
	case map[string]any:
		maps.DeleteFunc(v, func(_ string, member any) bool { return member == nil || member == false })
		for name, member := range v {
			v[name] = pruned(member)
		}
	case []any:
		for i, member := range v {
			v[i] = pruned(member)
		}
	}
	return v
}

// sameTable checks that the rows are the expected ones as sameRows does, JSON
// as canonical leaves it.
func sameTable(t *testing.T, got, want []row) {
	t.Helper()
	for _, r := range got {
		for name, v := range r {
			if text, ok := v.(string); ok && jsonColumns[name] && json.Valid([]byte(text)) {
				r[name] = canonical(text)
			}
		}
	}
	sameRows(t, got, want)
}

// jsonColumns are the columns of the tables that are JSON. The status of an
// association is JSON, that of other things is text.
var jsonColumns = map[string]bool{
	"instance_association_status_aggregated_count": true,
	"targets": true, "target_maps": true, "association_status_aggregated_count": true,
	"status": true, "parameters": true, "calendar_names": true, "target_locations": true,
	"alarm_configuration": true, "triggered_alarms": true, "resource_count_by_status": true,
}
