package rig

import "steampipe-plugin-ssmassoc/internal/sim/fleet"

// The table of invocations, and the operation that it calls.
const (
	InvocationTable = "ssm_command_invocation"
	InvocationsOp   = "ListCommandInvocations"
)

// CommandInvocationCase is the case of InvocationTable.
var CommandInvocationCase = TableCase{
	Name: InvocationTable,
	Keys: "command_id instance_id requested_date_time status",
	Read: func(simulated *fleet.Fleet, region string) ([]Row, Calls) {
		rows := ExpectedInvocations(simulated, region, func(fleet.CommandInvocation) bool { return true })
		return rows, Calls{InvocationsOp: Pages(len(rows), 50)}
	},
	Queries: func(*fleet.Fleet, string) map[string]string {
		return map[string]string{InvocationsOp: "select * from " + InvocationTable}
	},
}

// ExpectedInvocations returns the rows of a region's invocations that meet a condition.
func ExpectedInvocations(simulated *fleet.Fleet, region string, condition func(fleet.CommandInvocation) bool) []Row {
	var rows []Row
	for _, c := range simulated.Region(region).CommandInvocations() {
		if !condition(c) {
			continue
		}
		plugins := make([]map[string]any, len(c.CommandPlugins))
		for i, p := range c.CommandPlugins {
			plugins[i] = map[string]any{
				"Name": p.Name, "Output": p.Output, "ResponseCode": p.ResponseCode, "Status": p.Status,
				"StatusDetails":      p.StatusDetails,
				"OutputS3BucketName": p.OutputS3BucketName, "OutputS3KeyPrefix": p.OutputS3KeyPrefix,
				"OutputS3Region":        p.OutputS3Region,
				"ResponseStartDateTime": Date(p.ResponseStartDateTime), "ResponseFinishDateTime": Date(p.ResponseFinishDateTime),
				"StandardErrorUrl": p.StandardErrorURL, "StandardOutputUrl": p.StandardOutputURL,
			}
		}
		rows = append(rows, readIn(simulated, region, Row{
			"command_id":                c.CommandID,
			"instance_id":               c.InstanceID,
			"instance_name":             c.InstanceName,
			"requested_date_time":       Date(&c.RequestedDateTime),
			"status":                    FirstOf(&c.Status),
			"status_details":            Value(c.StatusDetails),
			"document_name":             c.DocumentName,
			"document_version":          c.DocumentVersion,
			"comment":                   c.Comment,
			"command_plugins":           jsonText(plugins),
			"standard_output_url":       c.StandardOutputURL,
			"standard_error_url":        c.StandardErrorURL,
			"trace_output":              c.TraceOutput,
			"service_role":              c.ServiceRole,
			"notification_config":       jsonText(c.NotificationConfig),
			"cloud_watch_output_config": jsonText(c.CloudWatchOutputConfig),
			"title":                     c.CommandID,
		}))
	}
	return rows
}
