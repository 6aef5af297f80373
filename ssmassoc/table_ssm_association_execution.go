package ssmassoc

import (
	"context"
	"encoding/json"
	"errors"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/engine"
)

// tableAssociationExecution has one row for each execution of each association
// that AWS keeps.
//
// With a condition on association_id it reads only those associations. Without one it
// lists the associations of each target region and reads each of them. A region costs
// one call for every 50 associations listed, and for each association one call for
// every 50 rows, at least one.
func tableAssociationExecution() engine.Table {
	return engine.Table{
		Name: "ssm_association_execution",
		Description: "Executions of State Manager associations in AWS Systems Manager: " +
			"when each association ran and how it fared across its targets.",
		Reads: engine.Reads{
			Operation: "DescribeAssociationExecutions", PageSize: 50,
			Parent: "association", Key: []string{"association_id"}, Listing: []string{"ListAssociations"},
		},
		KeyColumns: append(executionKeyColumns.Declare(), engine.TimeKeyColumn("created_time")),
		List:       listAssociationExecution,
		Columns: []*plugin.Column{
			textColumn("association_id", func(e *types.AssociationExecution) *string { return e.AssociationId },
				"The ID of the association. A condition on it limits the read to the associations it names."),
			textColumn("execution_id", func(e *types.AssociationExecution) *string { return e.ExecutionId },
				"The ID of the execution."),
			textColumn("association_version", func(e *types.AssociationExecution) *string { return e.AssociationVersion },
				"The version of the association that was executed."),
			textColumn("status", func(e *types.AssociationExecution) *string { return e.Status },
				"The status of the execution, such as Success, Failed or Pending."),
			textColumn("detailed_status", func(e *types.AssociationExecution) *string { return e.DetailedStatus },
				"The status of the execution in more detail."),
			timeColumn("created_time", func(e *types.AssociationExecution) *time.Time { return e.CreatedTime },
				"The time when the execution started."),
			timeColumn("last_execution_date", func(e *types.AssociationExecution) *time.Time { return e.LastExecutionDate },
				"The time of the last execution."),
			jsonColumn("resource_count_by_status",
				func(e *types.AssociationExecution) any { return resourceCounts(e.ResourceCountByStatus) },
				`The number of targets by status, such as {"Success": 12, "Failed": 1}. `+
					"If AWS returns text in another form, that text as a JSON string."),
			jsonColumn("alarm_configuration", func(e *types.AssociationExecution) any { return object(e.AlarmConfiguration) },
				"The CloudWatch alarms that stop the execution."),
			jsonColumn("triggered_alarms", func(e *types.AssociationExecution) any { return array(e.TriggeredAlarms) },
				"The CloudWatch alarms that were triggered during the execution."),
			textColumn("title", func(e *types.AssociationExecution) *string { return first(e.ExecutionId) },
				"The title of the row: the ID of the execution."),
		},
	}
}

var executionKeyColumns = engine.KeyColumns[types.AssociationExecution]{
	{Name: "association_id",
		Value: func(e *types.AssociationExecution) *string { return e.AssociationId }},
	{Name: "execution_id", Filter: "ExecutionId", Takes: engine.IsUUID,
		Value: func(e *types.AssociationExecution) *string { return e.ExecutionId }},
	{Name: "status", Filter: "Status", Takes: engine.Spelled(executionStatuses...),
		Value: func(e *types.AssociationExecution) *string { return e.Status }},
}

func listAssociationExecution(ctx context.Context, sc *engine.Scan) error {
	created := sc.Conditions.TimeRange("created_time")
	selected := executionKeyColumns.Selection(sc).And(created.Filters("CreatedTime"),
		func(e *types.AssociationExecution) bool { return created.Holds(e.CreatedTime) })
	return engine.EmitItems(ctx, sc, associationsOf(sc),
		func(association string) engine.ParentRead[types.AssociationExecution] {
			return executionsOf(sc, association, selected)
		},
		engine.RowOf[types.AssociationExecution](sc))
}

// execution names an execution of an association.
type execution struct{ association, id string }

// executionsToRead returns the executions that a scan reads one by one: those that its
// conditions on association_id and execution_id name, or else those of all
// associations that the conditions leave.
func executionsToRead(sc *engine.Scan) engine.Parents[execution] {
	associations, associationsGiven := sc.Conditions.EqualTo("association_id")
	ids, idsGiven := sc.Conditions.EqualTo("execution_id")
	// With several executions and several associations, listing the executions takes
	// fewer calls than trying every combination.
	if associationsGiven && idsGiven && (len(associations) == 1 || len(ids) == 1) {
		var both []execution
		for _, association := range associations {
			for _, id := range ids {
				both = append(both, execution{association, id})
			}
		}
		return engine.Named(both)
	}

	var selected engine.Selection[types.AssociationExecution]
	if idsGiven {
		selected.Meets = func(e *types.AssociationExecution) bool { return slices.Contains(ids, aws.ToString(e.ExecutionId)) }
		if len(ids) == 1 && engine.IsUUID(ids[0]) {
			selected.Filters = []engine.Filter{{Key: "ExecutionId", Operator: "EQUAL", Values: ids}}
		}
	}
	from := associationsOf(sc)
	each := func(ctx context.Context, send func(execution) error) error {
		read := func(ctx context.Context, association string, send func([]execution) error) error {
			r := executionsOf(sc, association, selected)
			r.StillListed = from.StillListed(association)
			_, err := engine.ReadParent(ctx, sc, r, func(found []*types.AssociationExecution) error {
				var executions []execution
				for _, e := range found {
					id := aws.ToString(e.ExecutionId)
					if id == "" {
						return errors.New("AWS returned an execution of association " + association + " without its ID")
					}
					executions = append(executions, execution{association, id})
				}
				return send(executions)
			})
			return err
		}
		return engine.FanOut(ctx, sc, from.Each, read, func(executions []execution) bool {
			return !slices.ContainsFunc(executions, func(e execution) bool { return send(e) != nil })
		})
	}
	return engine.Parents[execution]{
		Each:   each,
		Listed: func(ctx context.Context, e execution) (bool, error) { return listsExecution(ctx, sc, e) },
	}
}

// listsExecution reports whether AWS lists an execution of its association now.
func listsExecution(ctx context.Context, sc *engine.Scan, e execution) (bool, error) {
	selected := engine.Selection[types.AssociationExecution]{
		Meets: func(x *types.AssociationExecution) bool { return aws.ToString(x.ExecutionId) == e.id },
	}
	if engine.IsUUID(e.id) {
		selected.Filters = []engine.Filter{{Key: "ExecutionId", Operator: "EQUAL", Values: []string{e.id}}}
	}
	listed := false
	for {
		read := executionsOf(sc, e.association, selected)
		unknown, err := read.Read(ctx, sc, func(x *types.AssociationExecution) error {
			listed = listed || selected.Selects(x)
			return nil
		})
		switch {
		case engine.RefusesID(err) && selected.Filtered():
			selected = selected.Unfiltered()
		case err == nil && unknown != nil:
			return listsAssociation(ctx, sc, &types.Association{AssociationId: &e.association})
		default:
			return listed, err
		}
	}
}

// executionsOf reads the selected executions of an association.
func executionsOf(
	sc *engine.Scan, association string, selected engine.Selection[types.AssociationExecution],
) engine.ParentRead[types.AssociationExecution] {
	return engine.ParentRead[types.AssociationExecution]{
		Operation:  "DescribeAssociationExecutions",
		PageSize:   50,
		Reads:      "the executions",
		ParentKind: "association",
		ParentID:   association,
		ID:         func(e *types.AssociationExecution) string { return engine.IDOf(e.ExecutionId) },
		Selection:  selected,
		Unknown:    awsconn.IsNoSuchAssociation,
		Page: func(ctx context.Context, request engine.PageRequest) ([]types.AssociationExecution, *string, error) {
			var filters []types.AssociationExecutionFilter
			for _, f := range request.Filters {
				filters = append(filters, types.AssociationExecutionFilter{
					Key:   types.AssociationExecutionFilterKey(f.Key),
					Type:  types.AssociationFilterOperatorType(f.Operator),
					Value: aws.String(f.Values[0]),
				})
			}
			out, err := sc.Region.Client.DescribeAssociationExecutions(ctx, &ssm.DescribeAssociationExecutionsInput{
				AssociationId: aws.String(association),
				Filters:       filters,
				MaxResults:    aws.Int32(request.Size),
				NextToken:     request.Token,
			}, sc.Region.Options)
			if err != nil {
				return nil, nil, err
			}
			for i := range out.AssociationExecutions {
				engine.SetMissing(&out.AssociationExecutions[i].AssociationId, association)
			}
			return out.AssociationExecutions, out.NextToken, nil
		},
	}
}

// resourceCounts is the JSON value of the number of an execution's targets by status,
// which AWS writes as {Success=12, Failed=1}: an object or, for text in any other form,
// a string. It is nil where AWS left the text out.
func resourceCounts(text *string) any {
	if text == nil {
		return nil
	}
	inner, opened := strings.CutPrefix(strings.TrimSpace(*text), "{")
	inner, closed := strings.CutSuffix(inner, "}")
	counts := map[string]int{}
	if opened && closed {
		for entry := range strings.SplitSeq(inner, ",") {
			if entry = strings.TrimSpace(entry); entry == "" {
				continue
			}
			status, count, _ := strings.Cut(entry, "=")
			n, err := strconv.Atoi(strings.TrimSpace(count))
			if err != nil {
				return jsonString(*text)
			}
			counts[strings.TrimSpace(status)] = n
		}
		return counts
	}
	return jsonString(*text)
}

// jsonString returns a text as a JSON string. The SDK takes a Go string for JSON.
func jsonString(s string) json.RawMessage {
	text, _ := json.Marshal(s) // a string always has a form in JSON
	return text
}

// executionStatuses are statuses of executions and of their targets that AWS is known to
// report.
var executionStatuses = []string{"Associated", "Failed", "InProgress", "Pending", "Skipped", "Success", "TimedOut"}
