package rig

import (
	"fmt"
	"slices"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// The table of automations, and the operations that it calls.
const (
	AutomationTable = "ssm_automation_execution"
	AutomationsOp   = "DescribeAutomationExecutions"
	StepsOp         = "GetAutomationExecution"
	MoreStepsOp     = "DescribeAutomationStepExecutions"
)

// AutomationExecutionCase is the case of AutomationTable.
var AutomationExecutionCase = TableCase{
	Name: AutomationTable,
	Keys: "automation_execution_id document_name execution_status start_time",
	Read: func(simulated *fleet.Fleet, region string) ([]Row, Calls) {
		rows := ExpectedAutomations(simulated, region, func(fleet.AutomationExecution) bool { return true })
		return rows, Calls{AutomationsOp: Pages(len(rows), 50), StepsOp: Failures(rows)}
	},
	Queries: func(simulated *fleet.Fleet, region string) map[string]string {
		return map[string]string{
			AutomationsOp: "select automation_execution_id from " + AutomationTable,
			StepsOp: fmt.Sprintf("select failed_step_name from %s where automation_execution_id = '%s'",
				AutomationTable, FailedAutomation(simulated, region)),
		}
	},
}

// ExpectedAutomations returns the rows of a region's automations that meet a condition.
func ExpectedAutomations(simulated *fleet.Fleet, region string, condition func(fleet.AutomationExecution) bool) []Row {
	var rows []Row
	for _, a := range simulated.Region(region).AutomationExecutions() {
		if !condition(a) {
			continue
		}
		r := Row{
			"automation_execution_id":        a.AutomationExecutionID,
			"association_id":                 Value(a.AssociationID),
			"document_name":                  a.DocumentName,
			"document_version":               a.DocumentVersion,
			"execution_status":               a.AutomationExecutionStatus,
			"start_time":                     Date(a.ExecutionStartTime),
			"execution_end_time":             Date(a.ExecutionEndTime),
			"failure_message":                Value(a.FailureMessage),
			"warning_message":                nil,
			"current_step_name":              Value(a.CurrentStepName),
			"current_action":                 Value(a.CurrentAction),
			"executed_by":                    Value(a.ExecutedBy),
			"mode":                           a.Mode,
			"automation_type":                Value(a.AutomationType),
			"automation_subtype":             nil,
			"parent_automation_execution_id": Value(a.ParentAutomationExecutionID),
			"target":                         Value(a.Target),
			"target_parameter_name":          Value(a.TargetParameterName),
			"targets":                        jsonText(a.Targets),
			"target_maps":                    jsonText(a.TargetMaps),
			"resolved_targets":               jsonText(a.ResolvedTargets),
			"max_concurrency":                Value(a.MaxConcurrency),
			"max_errors":                     Value(a.MaxErrors),
			"outputs":                        jsonText(a.Outputs),
			"log_file":                       a.LogFile,
			"scheduled_time":                 nil,
			"alarm_configuration":            jsonText(a.AlarmConfiguration),
			"failed_step_name":               nil,
			"failed_step_action":             nil,
			"failed_step_message":            nil,
			"title":                          a.AutomationExecutionID,
		}
		failed := func(s fleet.StepExecution) bool { return s.StepStatus == "Failed" || s.StepStatus == "TimedOut" }
		if i := slices.IndexFunc(a.Steps(), failed); i >= 0 && Failures([]Row{r}) == 1 {
			step := a.Steps()[i]
			r["failed_step_name"], r["failed_step_action"] = step.StepName, step.Action
			r["failed_step_message"] = Value(step.FailureMessage)
		}
		rows = append(rows, readIn(simulated, region, r))
	}
	return rows
}

// Failures returns the number of executions whose failed step takes a call.
func Failures(rows []Row) int {
	n := 0
	for _, r := range rows {
		if slices.Contains([]any{"Failed", "TimedOut", "CompletedWithFailure"}, r["execution_status"]) {
			n++
		}
	}
	return n
}

// FailedAutomation returns the ID of an execution whose failed step takes a call.
func FailedAutomation(simulated *fleet.Fleet, region string) string {
	for _, a := range simulated.Region(region).AutomationExecutions() {
		if a.AutomationExecutionStatus == "Failed" {
			return a.AutomationExecutionID
		}
	}
	return ""
}
