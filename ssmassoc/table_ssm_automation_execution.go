package ssmassoc

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin/quals"

	"steampipe-plugin-ssmassoc/internal/engine"
)

// tableAutomationExecution has one row for each execution of an Automation runbook that
// AWS keeps.
//
// A region costs one call for every 50 executions. The columns of failedStepColumns cost
// one more call for each execution that failed, in a query that reads any of them.
func tableAutomationExecution() engine.Table {
	return engine.Table{
		Name: "ssm_automation_execution",
		Description: "Executions of Automation runbooks in AWS Systems Manager, including those that associations start: " +
			"the result of each, and the step at which it failed.",
		Reads: engine.Reads{
			Operation: "DescribeAutomationExecutions", PageSize: 50,
		},
		KeyColumns: append(automationKeyColumns.Declare(),
			&plugin.KeyColumn{Name: documentColumn, Operators: documentOperators, Require: plugin.Optional},
			engine.TimeKeyColumn("start_time")),
		List: listAutomationExecution,
		Hydrates: []engine.Hydrate{{
			Operations: []string{"GetAutomationExecution", "DescribeAutomationStepExecutions"},
			Rows:       "failed execution",
			Func:       describeFailedStep, Columns: failedStepColumns(),
		}},
		Columns: slices.Concat(automationColumns(), []*plugin.Column{
			textColumn("title", func(a *automationExecution) *string { return first(a.AutomationExecutionId) },
				"The title of the row: the ID of the execution."),
		}),
	}
}

type automationExecution = types.AutomationExecutionMetadata

const documentColumn = "document_name"

// documentOperators are the operators on documentColumn that the plugin applies: AWS can
// filter on the beginning of the name.
var documentOperators = []string{quals.QualOperatorEqual, quals.QualOperatorLike}

// automationColumns are the columns that DescribeAutomationExecutions returns.
func automationColumns() []*plugin.Column {
	return []*plugin.Column{
		textColumn("automation_execution_id", func(a *automationExecution) *string { return a.AutomationExecutionId },
			"The ID of the execution."),
		textColumn("association_id", func(a *automationExecution) *string { return a.AssociationId },
			"The ID of the association that started the execution, if any."),
		textColumn(documentColumn, func(a *automationExecution) *string { return a.DocumentName },
			"The name of the runbook."),
		textColumn("document_version", func(a *automationExecution) *string { return a.DocumentVersion },
			"The version of the runbook."),
		nonEmptyColumn("execution_status",
			func(a *automationExecution) types.AutomationExecutionStatus { return a.AutomationExecutionStatus },
			"The status of the execution, such as Success, Failed, TimedOut or InProgress (AutomationExecutionStatus)."),
		timeColumn("start_time", func(a *automationExecution) *time.Time { return a.ExecutionStartTime },
			"The time when the execution started (ExecutionStartTime)."),
		timeColumn("execution_end_time", func(a *automationExecution) *time.Time { return a.ExecutionEndTime },
			"The time when the execution ended. Null while it is in progress."),
		textColumn("failure_message", func(a *automationExecution) *string { return a.FailureMessage },
			"The reason why the execution failed."),
		textColumn("warning_message", func(a *automationExecution) *string { return a.WarningMessage },
			"A warning about a problem that was not critical."),
		textColumn("current_step_name", func(a *automationExecution) *string { return a.CurrentStepName },
			"The name of the step that is running. In a failed execution, it may be the step that failed."),
		textColumn("current_action", func(a *automationExecution) *string { return a.CurrentAction },
			"The action of the step in current_step_name, such as aws:runCommand."),
		textColumn("executed_by", func(a *automationExecution) *string { return a.ExecutedBy },
			"The ARN of the user or role that started the execution."),
		nonEmptyColumn("mode", func(a *automationExecution) types.ExecutionMode { return a.Mode },
			"Whether the steps run automatically (Auto) or after confirmation (Interactive)."),
		nonEmptyColumn("automation_type", func(a *automationExecution) types.AutomationType { return a.AutomationType },
			"Whether the execution runs in its own account and region (Local) or in several (CrossAccount)."),
		nonEmptyColumn("automation_subtype",
			func(a *automationExecution) types.AutomationSubtype { return a.AutomationSubtype },
			"The subtype of the execution, such as ChangeRequest."),
		textColumn("parent_automation_execution_id",
			func(a *automationExecution) *string { return a.ParentAutomationExecutionId },
			"The ID of the execution that runs this one for one of its targets."),
		textColumn("target", func(a *automationExecution) *string { return a.Target },
			"The target of the execution."),
		textColumn("target_parameter_name", func(a *automationExecution) *string { return a.TargetParameterName },
			"The parameter of the runbook by which the execution fans out over its targets."),
		jsonColumn("targets", func(a *automationExecution) any { return array(a.Targets) },
			"The targets that were set when the execution started."),
		jsonColumn("target_maps", func(a *automationExecution) any { return array(a.TargetMaps) },
			"The mapping of document parameters to target resources."),
		textColumn("target_locations_url", func(a *automationExecution) *string { return a.TargetLocationsURL },
			"The URL of a file with the accounts and regions in which the execution runs."),
		jsonColumn("resolved_targets", func(a *automationExecution) any { return object(a.ResolvedTargets) },
			"The resources that the targets resolved to, and whether the list is truncated."),
		textColumn("max_concurrency", func(a *automationExecution) *string { return a.MaxConcurrency },
			"The maximum number of targets that run at the same time, or a percentage."),
		textColumn("max_errors", func(a *automationExecution) *string { return a.MaxErrors },
			"The number of errors, or the percentage, after which the execution stops running on further targets."),
		jsonColumn("outputs", func(a *automationExecution) any { return mapping(a.Outputs) },
			"The outputs of the runbook, each with a list of values."),
		textColumn("log_file", func(a *automationExecution) *string { return a.LogFile },
			"The S3 bucket with the log of the execution."),
		timeColumn("scheduled_time", func(a *automationExecution) *time.Time { return a.ScheduledTime },
			"The time at which the execution is scheduled to start."),
		textColumn("change_request_name", func(a *automationExecution) *string { return a.ChangeRequestName },
			"The name of the change request of Change Manager."),
		textColumn("ops_item_id", func(a *automationExecution) *string { return a.OpsItemId },
			"The ID of the OpsItem of the change request."),
		jsonColumn("runbooks", func(a *automationExecution) any { return array(a.Runbooks) },
			"The runbooks of the change request."),
		jsonColumn("alarm_configuration", func(a *automationExecution) any { return object(a.AlarmConfiguration) },
			"The CloudWatch alarms that stop the execution."),
		jsonColumn("triggered_alarms", func(a *automationExecution) any { return array(a.TriggeredAlarms) },
			"The CloudWatch alarms that were triggered during the execution."),
	}
}

// failedStepColumns are the columns for which the steps of an execution are read.
func failedStepColumns() []*plugin.Column {
	return []*plugin.Column{
		textColumn("failed_step_name", func(s *failedStep) *string { return s.Name },
			"The name of the first step that failed a failed execution: it failed or timed out, and is critical."),
		textColumn("failed_step_action", func(s *failedStep) *string { return s.Action },
			"The action of the step in failed_step_name, such as aws:runCommand."),
		textColumn("failed_step_message", func(s *failedStep) *string { return s.Message },
			"The reason why the step in failed_step_name failed."),
	}
}

// automationKeyColumns are the columns that AWS has filters for, those that are no plain
// equality of a member left out.
var automationKeyColumns = engine.KeyColumns[types.AutomationExecutionMetadata]{
	{Name: "automation_execution_id", Filter: executionIDFilter, Many: maxAutomationValues, Takes: engine.IsUUID,
		Value: func(a *types.AutomationExecutionMetadata) *string { return a.AutomationExecutionId }},
	{Name: "execution_status", Filter: "ExecutionStatus", Many: maxAutomationValues,
		Takes: engine.OneOf(types.AutomationExecutionStatus("").Values()),
		Value: func(a *types.AutomationExecutionMetadata) *string { return engine.Member(a.AutomationExecutionStatus) }},
}

const (
	// executionIDFilter is the key of AWS's filter for the IDs of executions.
	executionIDFilter = "ExecutionId"
	// maxAutomationValues is the greatest number of values that a filter of
	// DescribeAutomationExecutions accepts.
	maxAutomationValues = 10
	// maxFilterBytes is the greatest length of such a value.
	maxFilterBytes = 150
)

func listAutomationExecution(ctx context.Context, sc *engine.Scan) error {
	started := sc.Conditions.TimeRange("start_time")
	selected := automationKeyColumns.Selection(sc).And(
		started.FiltersBy(engine.Filter{Key: "StartTimeAfter"}, engine.Filter{Key: "StartTimeBefore"}),
		func(a *types.AutomationExecutionMetadata) bool { return started.Holds(a.ExecutionStartTime) })
	if sc.Conditions.On(documentColumn) {
		selected = selectDocuments(selected, sc.Conditions)
	}
	return engine.EmitListed(ctx, sc, automationListing(sc, selected))
}

// selectDocuments narrows a selection by the conditions on documentColumn.
func selectDocuments(
	selected engine.Selection[types.AutomationExecutionMetadata], c engine.Conditions,
) engine.Selection[types.AutomationExecutionMetadata] {
	var filters []engine.Filter
	prefix, exact := c.Prefix(documentColumn, maxFilterBytes)
	if prefix != "" {
		filters = []engine.Filter{{Key: "DocumentNamePrefix", Operator: "EQUAL", Values: []string{prefix}}}
	}
	selected.Inexact = selected.Inexact || !exact
	return selected.And(filters, func(a *types.AutomationExecutionMetadata) bool {
		return a.DocumentName != nil && c.Allow(documentColumn, *a.DocumentName)
	})
}

// automationListing lists the automation executions of a scan's region.
func automationListing(
	sc *engine.Scan, selected engine.Selection[types.AutomationExecutionMetadata],
) engine.Listing[types.AutomationExecutionMetadata] {
	apart := ""
	if slices.ContainsFunc(selected.Filters, func(f engine.Filter) bool { return f.Key == executionIDFilter }) {
		apart = executionIDFilter // AWS does not document that it lists child executions otherwise
	}
	return engine.Listing[types.AutomationExecutionMetadata]{
		Apart:       apart,
		Operation:   "DescribeAutomationExecutions",
		MinPageSize: 1,
		MaxPageSize: 50,
		Kind:        "automation execution",
		ID: func(a *types.AutomationExecutionMetadata) string {
			return engine.Identity(a, a.AutomationExecutionId)
		},
		Selection: selected,
		Page: func(ctx context.Context, request engine.PageRequest) ([]types.AutomationExecutionMetadata, *string, error) {
			var filters []types.AutomationExecutionFilter
			for _, f := range request.Filters {
				filters = append(filters, types.AutomationExecutionFilter{
					Key:    types.AutomationExecutionFilterKey(f.Key),
					Values: f.Values,
				})
			}
			out, err := sc.Region.Client.DescribeAutomationExecutions(ctx, &ssm.DescribeAutomationExecutionsInput{
				Filters:    filters,
				MaxResults: aws.Int32(request.Size),
				NextToken:  request.Token,
			}, sc.Region.Options)
			if err != nil {
				return nil, nil, err
			}
			return out.AutomationExecutionMetadataList, out.NextToken, nil
		},
	}
}
