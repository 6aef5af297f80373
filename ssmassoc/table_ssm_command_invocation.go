package ssmassoc

import (
	"context"
	"slices"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/engine"
)

// tableCommandInvocation has one row for each command on each managed node it was sent
// to, of those that AWS keeps.
//
// With conditions on command_id or instance_id it reads only the invocations of these
// commands or nodes, at one call for every 50 rows of each, at least one. Without one it
// lists the invocations of each target region, at one call for every 50 rows.
func tableCommandInvocation() engine.Table {
	return engine.Table{
		Name: "ssm_command_invocation",
		Description: "Invocations of Run Command in AWS Systems Manager: the result of each command on each managed node, " +
			"step by step, with the output.",
		Reads: engine.Reads{
			Operation: "ListCommandInvocations", PageSize: 50, Parts: []string{"command_id", "instance_id"},
		},
		KeyColumns: append(invocationKeyColumns.Declare(), engine.TimeKeyColumn("requested_date_time")),
		List:       listCommandInvocation,
		Columns: []*plugin.Column{
			textColumn("command_id", func(i *types.CommandInvocation) *string { return i.CommandId },
				"The ID of the command. A condition on it limits the read to the commands it names."),
			textColumn("instance_id", func(i *types.CommandInvocation) *string { return i.InstanceId },
				"The ID of the managed node. A condition on it limits the read to the nodes it names."),
			textColumn("instance_name", func(i *types.CommandInvocation) *string { return i.InstanceName },
				"The fully qualified host name of the managed node."),
			timeColumn("requested_date_time", func(i *types.CommandInvocation) *time.Time { return i.RequestedDateTime },
				"The time when the command was sent to the node."),
			nonEmptyColumn("status", func(i *types.CommandInvocation) types.CommandInvocationStatus { return i.Status },
				"The status of the invocation: Pending, InProgress, Delayed, Success, Cancelled, TimedOut, Failed or Cancelling."),
			textColumn("status_details", func(i *types.CommandInvocation) *string { return i.StatusDetails },
				"The status of the invocation in more detail, such as ExecutionTimedOut or Undeliverable."),
			textColumn("document_name", func(i *types.CommandInvocation) *string { return i.DocumentName },
				"The name or the ARN of the SSM document that the command ran."),
			textColumn("document_version", func(i *types.CommandInvocation) *string { return i.DocumentVersion },
				"The version of the SSM document that the command ran."),
			textColumn("comment", func(i *types.CommandInvocation) *string { return i.Comment },
				"The comment that the sender gave the command."),
			jsonColumn("command_plugins", func(i *types.CommandInvocation) any { return array(i.CommandPlugins) },
				"The steps of the document on the node, each with Name, Status, StatusDetails, ResponseCode, Output (its first "+
					"2,500 characters), ResponseStartDateTime and ResponseFinishDateTime."),
			textColumn("standard_output_url", func(i *types.CommandInvocation) *string { return i.StandardOutputUrl },
				"The S3 URL of the standard output of the command. AWS sets it for documents with one step."),
			textColumn("standard_error_url", func(i *types.CommandInvocation) *string { return i.StandardErrorUrl },
				"The S3 URL of the standard error of the command. AWS sets it for documents with one step."),
			textColumn("trace_output", func(i *types.CommandInvocation) *string { return i.TraceOutput },
				"The trace that the agent sent."),
			textColumn("service_role", func(i *types.CommandInvocation) *string { return i.ServiceRole },
				"The IAM role with which Run Command sends notifications."),
			jsonColumn("notification_config", func(i *types.CommandInvocation) any { return object(i.NotificationConfig) },
				"The recipients of notifications about changes of the status."),
			jsonColumn("cloud_watch_output_config",
				func(i *types.CommandInvocation) any { return object(i.CloudWatchOutputConfig) },
				"Whether the output goes to CloudWatch Logs, and to which log group."),
			textColumn("title", func(i *types.CommandInvocation) *string { return first(i.CommandId) },
				"The title of the row: the ID of the command."),
		},
	}
}

var invocationKeyColumns = engine.KeyColumns[types.CommandInvocation]{
	{Name: "command_id",
		Value: func(i *types.CommandInvocation) *string { return i.CommandId }},
	{Name: "instance_id", Beyond: true,
		Value: func(i *types.CommandInvocation) *string { return i.InstanceId }},
	{Name: "status", Filter: statusFilter, Takes: engine.OneOf(filteredInvocationStatuses),
		Value: func(i *types.CommandInvocation) *string { return engine.Member(i.Status) }},
}

// statusFilter is the key of AWS's filter for the status of invocations.
const statusFilter = "Status"

// filteredInvocationStatuses are the values of the status that AWS documents for the
// filter.
var filteredInvocationStatuses = []types.CommandInvocationStatus{
	types.CommandInvocationStatusPending, types.CommandInvocationStatusInProgress, types.CommandInvocationStatusDelayed,
	types.CommandInvocationStatusSuccess, types.CommandInvocationStatusCancelled, types.CommandInvocationStatusFailed,
	types.CommandInvocationStatusTimedOut, "AccessDenied", "DeliveryTimedOut", "ExecutionTimedOut", "Undeliverable",
	"InvalidPlatform", "Terminated",
}

func listCommandInvocation(ctx context.Context, sc *engine.Scan) error {
	requested := sc.Conditions.TimeRange("requested_date_time")
	selected := invocationKeyColumns.Selection(sc).And(
		requested.FiltersBy(engine.Filter{Key: "InvokedAfter"}, engine.Filter{Key: "InvokedBefore"}),
		func(i *types.CommandInvocation) bool { return requested.Holds(i.RequestedDateTime) })
	parts, given := invocationParts(sc, !pendingOnly(selected))
	if !given {
		return engine.EmitListed(ctx, sc, invocationListing(sc, selected))
	}
	read := func(ctx context.Context, part invocationPart, take func([]*types.CommandInvocation) error) error {
		unknown, err := engine.ReadParent(ctx, sc, invocationsOf(sc, part, selected), take)
		if part.command != "" && part.node != "" && unknown != nil && awsconn.IsNoSuchNode(unknown) {
			part.node = "" // the command may have run on a node that has gone
			_, err = engine.ReadParent(ctx, sc, invocationsOf(sc, part, selected), take)
		}
		return err
	}
	row := engine.RowOf[types.CommandInvocation](sc)
	return engine.FanOut(ctx, sc, engine.Named(parts).Each, read, func(invocations []*types.CommandInvocation) bool {
		for _, invocation := range invocations {
			if !sc.Emit(ctx, row(invocation)) {
				return false
			}
		}
		return sc.WantsRows()
	})
}

// pendingOnly reports whether a selection asks AWS for the status Pending, with which
// AWS accepts no node.
func pendingOnly(selected engine.Selection[types.CommandInvocation]) bool {
	return slices.ContainsFunc(selected.Filters, func(f engine.Filter) bool {
		return f.Key == statusFilter && slices.Contains(f.Values, string(types.CommandInvocationStatusPending))
	})
}

// invocationPart is the invocations of a command, those on a node, or that of a command
// on a node. The part that is not named is "".
type invocationPart struct{ command, node string }

func (p invocationPart) String() string {
	switch {
	case p.node == "":
		return "command " + p.command
	case p.command == "":
		return "node " + p.node
	}
	return "command " + p.command + " on node " + p.node
}

// invocationParts returns the parts that a scan's conditions name, or false if they name
// none: all invocations of the region are then listed. byNode allows parts of nodes.
func invocationParts(sc *engine.Scan, byNode bool) (parts []invocationPart, given bool) {
	commands, commandsGiven := sc.Conditions.NonEmpty("command_id")
	nodes, nodesGiven := sc.Conditions.NonEmpty("instance_id")
	nodesGiven = nodesGiven && byNode
	switch {
	case commandsGiven && nodesGiven && len(nodes) <= 1:
		for _, command := range commands {
			for _, node := range nodes {
				parts = append(parts, invocationPart{command, node})
			}
		}
	case commandsGiven:
		for _, command := range commands {
			parts = append(parts, invocationPart{command: command})
		}
	case nodesGiven:
		for _, node := range nodes {
			parts = append(parts, invocationPart{node: node})
		}
	}
	return parts, commandsGiven || nodesGiven
}

// commandParameter and nodeParameter are filters that stand for parameters of the
// operation, which narrow its answer as filters do.
const (
	commandParameter = "CommandId"
	nodeParameter    = "InstanceId"
)

// invocationsOf reads the selected invocations of a part. A kept listing of the region
// does not serve it: AWS does not document that it lists the commands of associations,
// and it may have those of nodes for which AWS answers no more.
func invocationsOf(
	sc *engine.Scan, part invocationPart, selected engine.Selection[types.CommandInvocation],
) engine.ParentRead[types.CommandInvocation] {
	r := engine.ParentRead[types.CommandInvocation]{
		Operation:  "ListCommandInvocations",
		PageSize:   50,
		Reads:      "the invocations",
		ParentKind: "command",
		ParentID:   part.String(),
		ID:         func(i *types.CommandInvocation) string { return engine.IDOf(i.CommandId, i.InstanceId) },
		Unknown:    awsconn.IsNoSuchInvocation,
		Limit:      sc.Limit,
		Page:       invocationPage(sc),
		Members:    invocationMembers(sc),
	}
	if part.command != "" {
		selected = selected.And([]engine.Filter{engine.Parameter(commandParameter, part.command)},
			func(i *types.CommandInvocation) bool { return aws.ToString(i.CommandId) == part.command })
	}
	if part.node != "" {
		selected = selected.And([]engine.Filter{engine.Parameter(nodeParameter, part.node)},
			func(i *types.CommandInvocation) bool { return aws.ToString(i.InstanceId) == part.node })
	} else if sc.Conditions.On("instance_id") {
		selected.Inexact = true // the nodes are compared here
	}
	r.Selection = selected
	return r
}

// invocationID returns what distinguishes an invocation: AWS has one of a command on a node.
func invocationID(i *types.CommandInvocation) string {
	return engine.Identity(i, i.CommandId, i.InstanceId)
}

// invocationListing lists the selected invocations of a scan's region.
func invocationListing(
	sc *engine.Scan, selected engine.Selection[types.CommandInvocation],
) engine.Listing[types.CommandInvocation] {
	return engine.Listing[types.CommandInvocation]{
		Operation:   "ListCommandInvocations",
		MinPageSize: 1,
		MaxPageSize: 50,
		Kind:        "command invocation",
		ID:          invocationID,
		Selection:   selected,
		Page:        invocationPage(sc),
		Members:     invocationMembers(sc),
	}
}

// detailColumns are the columns for which AWS is asked for the details of invocations: the
// steps with the first 2,500 characters of the output of each, most of an answer. AWS does
// not document whether the other output comes without.
var detailColumns = []string{"command_plugins", "trace_output", "standard_output_url", "standard_error_url"}

// invocationMembers returns "" if the query reads the details of invocations.
func invocationMembers(sc *engine.Scan) string {
	if slices.ContainsFunc(sc.Columns, func(c string) bool { return slices.Contains(detailColumns, c) }) {
		return ""
	}
	return "without details"
}

// invocationPage returns a function that calls ListCommandInvocations for a page.
func invocationPage(
	sc *engine.Scan,
) func(context.Context, engine.PageRequest) ([]types.CommandInvocation, *string, error) {
	return func(ctx context.Context, request engine.PageRequest) ([]types.CommandInvocation, *string, error) {
		input := &ssm.ListCommandInvocationsInput{
			Details:    invocationMembers(sc) == "",
			MaxResults: aws.Int32(request.Size),
			NextToken:  request.Token,
		}
		for _, f := range request.Filters {
			switch value := aws.String(f.Values[0]); f.Key {
			case commandParameter:
				input.CommandId = value
			case nodeParameter:
				input.InstanceId = value
			default:
				input.Filters = append(input.Filters, types.CommandFilter{Key: types.CommandFilterKey(f.Key), Value: value})
			}
		}
		out, err := sc.Region.Client.ListCommandInvocations(ctx, input, sc.Region.Options)
		if err != nil {
			return nil, nil, err
		}
		return out.CommandInvocations, out.NextToken, nil
	}
}
