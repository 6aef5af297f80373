package ssmassoc

import (
	"context"
	"maps"
	"slices"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/engine"
)

// tableInstanceAssociationStatus has one row for each association on each
// managed node.
//
// With a condition on instance_id it reads only those nodes, including any that a
// listing leaves out. Without one it lists the managed nodes of each target region and
// reads each of them. A region costs one call for every 50 nodes listed, and for each
// node one call for every 50 rows, at least one.
func tableInstanceAssociationStatus() engine.Table {
	return engine.Table{
		Name: "ssm_instance_association_status",
		Description: "The latest status of each State Manager association on each managed node in AWS Systems Manager: " +
			"when it ran, with what result, and where its output is.",
		Reads: engine.Reads{
			Operation: "DescribeInstanceAssociationsStatus", PageSize: 50,
			Parent: "node", Key: []string{"instance_id"}, Listing: []string{"DescribeInstanceInformation"},
		},
		KeyColumns: statusKeyColumns.Declare(),
		Hints:      []string{statusColumn},
		List:       listInstanceAssociationStatus,
		Columns: []*plugin.Column{
			textColumn("instance_id", func(a *instanceAssociationStatus) *string { return a.InstanceId },
				"The ID of the managed node: i-... for an EC2 instance, mi-... for a hybrid node. "+
					"A condition on it limits the read to the nodes it names."),
			textColumn("association_id", func(a *instanceAssociationStatus) *string { return a.AssociationId },
				"The ID of the association."),
			textColumn("association_name", func(a *instanceAssociationStatus) *string { return a.AssociationName },
				"The name of the association, if it has one."),
			textColumn("association_version", func(a *instanceAssociationStatus) *string { return a.AssociationVersion },
				"The version of the association that was applied to the node."),
			textColumn("name", func(a *instanceAssociationStatus) *string { return a.Name },
				"The name or the ARN of the SSM document that the association runs."),
			textColumn("document_version", func(a *instanceAssociationStatus) *string { return a.DocumentVersion },
				"The version of the SSM document that the association runs."),
			textColumn("status", func(a *instanceAssociationStatus) *string { return a.Status },
				"The status of the association on the node, such as Success, Failed, Pending or Skipped."),
			textColumn("detailed_status", func(a *instanceAssociationStatus) *string { return a.DetailedStatus },
				"The status of the association on the node in more detail, such as TimedOut or Associated."),
			timeColumn("execution_date", func(a *instanceAssociationStatus) *time.Time { return a.ExecutionDate },
				"The time when the association last ran on the node."),
			textColumn("execution_summary", func(a *instanceAssociationStatus) *string { return a.ExecutionSummary },
				"A summary of the last run, such as how many plugins were processed and how many failed."),
			textColumn("error_code", func(a *instanceAssociationStatus) *string { return a.ErrorCode },
				"The error code of the last run, if it reported one."),
			textColumn("output_url",
				func(a *instanceAssociationStatus) *string { return outputURL(a.InstanceAssociationStatusInfo) },
				"The URL of the S3 location of the output of the last run (OutputUrl.S3OutputUrl.OutputUrl)."),
			nonEmptyColumn("output_s3_region", func(a *instanceAssociationStatus) string { return a.output.region },
				"The region of the S3 bucket for the output, from the output URL. Null if the URL does not contain it."),
			nonEmptyColumn("output_s3_bucket_name", func(a *instanceAssociationStatus) string { return a.output.bucket },
				"The name of the S3 bucket for the output, from the output URL. Null if the URL does not contain it."),
			nonEmptyColumn("output_s3_key_prefix", func(a *instanceAssociationStatus) string { return a.output.keyPrefix },
				"The prefix of the S3 keys of the output, from the output URL. Null if the URL does not contain it."),
			textColumn("title",
				func(a *instanceAssociationStatus) *string { return first(a.AssociationName, a.Name, a.AssociationId) },
				"The title of the row: the name of the association or, failing that, of its document, or its ID."),
		},
	}
}

var statusKeyColumns = engine.KeyColumns[types.InstanceAssociationStatusInfo]{
	{Name: "instance_id", Value: func(a *types.InstanceAssociationStatusInfo) *string { return a.InstanceId }},
}

func listInstanceAssociationStatus(ctx context.Context, sc *engine.Scan) error {
	selected := statusKeyColumns.Selection(sc)
	triaged := triageOf(sc)
	var urls outputURLs
	return emitNodes(ctx, sc, "instance_id", triaged,
		func(sc *engine.Scan, node string) engine.ParentRead[types.InstanceAssociationStatusInfo] {
			return triaged.watch(ctx, node, associationStatusesOf(sc, node, selected))
		},
		func(sc *engine.Scan) func(*types.InstanceAssociationStatusInfo) any {
			row := engine.RowOf[instanceAssociationStatus](sc)
			return func(a *types.InstanceAssociationStatusInfo) any {
				return row(&instanceAssociationStatus{a, urls.read(aws.ToString(outputURL(a)))})
			}
		})
}

// instanceAssociationStatus is AWS's status of an association on a node, with the
// location in its output URL.
type instanceAssociationStatus struct {
	*types.InstanceAssociationStatusInfo
	output outputLocation
}

func outputURL(a *types.InstanceAssociationStatusInfo) *string {
	if a.OutputUrl == nil || a.OutputUrl.S3OutputUrl == nil {
		return nil
	}
	return a.OutputUrl.S3OutputUrl.OutputUrl
}

// associationStatusesOf reads the status of each association of a node.
func associationStatusesOf(
	sc *engine.Scan, node string, selected engine.Selection[types.InstanceAssociationStatusInfo],
) engine.ParentRead[types.InstanceAssociationStatusInfo] {
	return engine.ParentRead[types.InstanceAssociationStatusInfo]{
		Operation:  "DescribeInstanceAssociationsStatus",
		PageSize:   50,
		Reads:      "the association status",
		ParentKind: "node",
		ParentID:   node,
		ID: func(a *types.InstanceAssociationStatusInfo) string {
			return engine.IDOf(a.AssociationId)
		},
		Selection: selected,
		Unknown:   awsconn.IsNoSuchNode,
		Page: func(ctx context.Context, request engine.PageRequest) ([]types.InstanceAssociationStatusInfo, *string, error) {
			out, err := sc.Region.Client.DescribeInstanceAssociationsStatus(ctx, &ssm.DescribeInstanceAssociationsStatusInput{
				InstanceId: aws.String(node),
				MaxResults: aws.Int32(request.Size),
				NextToken:  request.Token,
			}, sc.Region.Options)
			if err != nil {
				return nil, nil, err
			}
			// The request was for one node: the rows belong to it even if the answer
			// does not name it.
			for i := range out.InstanceAssociationStatusInfos {
				engine.SetMissing(&out.InstanceAssociationStatusInfos[i].InstanceId, node)
			}
			return out.InstanceAssociationStatusInfos, out.NextToken, nil
		},
	}
}

// FailingStatuses are the statuses by which an association fails on a node: the run has
// ended, and not with success. Pending, InProgress, Associated and the like have not
// ended, and Skipped did not run; whether those pass is for the reader to decide.
//
// This is the definition everywhere: in the views over exported files, in the compliance
// mod and in the examples of the documentation, whose texts tests compare with it.
//
// AWS documents no list for DescribeInstanceAssociationsStatus. The agent reports Failed
// and TimedOut; the others are what AWS documents as the ends of a command on a node
// (StatusDetails of CommandInvocation), through which associations run.
var FailingStatuses = []string{
	"Failed", "TimedOut", "DeliveryTimedOut", "ExecutionTimedOut", "Undeliverable", "Cancelled", "Terminated",
}

// triage leaves nodes out of a scan of association statuses: those of whose associations
// AWS's listing counts none by a status that the query asks for. A node that AWS counts
// nothing of is read. AWS does not promise that the counts are as recent as the statuses,
// so the statuses of each node that is read are compared with its counts.
type triage struct {
	sc     *engine.Scan
	counts map[string]bool // the names by which a wanted status may be counted; nil if all are wanted

	mu   sync.Mutex
	read map[string]map[string]int32 // the counts of the nodes that are read
}

// triageOf returns the triage of a scan, or nil if its connection has none.
func triageOf(sc *engine.Scan) *triage {
	if !sc.Connection.Triages() {
		return nil
	}
	t := &triage{sc: sc, read: map[string]map[string]int32{}}
	if wanted, given := sc.Hints[statusColumn]; given {
		t.counts = map[string]bool{}
		for _, status := range wanted {
			t.counts[status], t.counts[overallStatus(status)] = true, true
		}
	}
	return t
}

const statusColumn = "status"

// overallStatus returns the name by which AWS may count a status other than by its own:
// one of the three of AssociationStatusName.
func overallStatus(status string) string {
	switch {
	case status == "Success":
		return status
	case slices.Contains(FailingStatuses, status):
		return string(types.AssociationStatusNameFailed)
	}
	return string(types.AssociationStatusNamePending)
}

// countsOf returns AWS's counts of a node's associations by status; none where AWS left
// them out.
func countsOf(node *types.InstanceInformation) map[string]int32 {
	return nodeOverview(node).InstanceAssociationStatusAggregatedCount
}

// admits reports whether a listed node is read. A nil triage admits all.
func (t *triage) admits(sc *engine.Scan, id string, counts map[string]int32) bool {
	if t == nil {
		return true
	}
	admitted := t.counts == nil || countsAny(t.counts, counts) || sc.Statement != nil && sc.Statement.IsNamed(id)
	if t.counts != nil {
		sc.NoteListed(id, !admitted)
	}
	if admitted && len(counts) > 0 {
		t.mu.Lock()
		defer t.mu.Unlock()
		t.read[id] = counts
	}
	return admitted
}

// countsAny reports whether AWS counts associations by one of the names, or gives no counts.
func countsAny(names map[string]bool, counts map[string]int32) bool {
	for name, n := range counts {
		if n != 0 && names[name] {
			return true
		}
	}
	return len(counts) == 0
}

// watch has a read of a node's statuses compare them with the node's counts.
func (t *triage) watch(
	ctx context.Context, node string, read engine.ParentRead[types.InstanceAssociationStatusInfo],
) engine.ParentRead[types.InstanceAssociationStatusInfo] {
	if t == nil {
		return read
	}
	t.mu.Lock()
	counts := t.read[node]
	delete(t.read, node)
	t.mu.Unlock()
	if counts == nil {
		return read
	}
	seen := map[string]int32{}
	read.Seen = func(a *types.InstanceAssociationStatusInfo) {
		if a.Status != nil { // AWS counts no other
			seen[*a.Status]++
		}
	}
	read.Ended = func() {
		agree := agreeing(counts, seen)
		t.sc.NoteCompared(node, agree)
		if !agree {
			plugin.Logger(ctx).Debug("the statuses of a node disagree with its counts in the listing", "node", node,
				"region", t.sc.Region.Name, "connection", t.sc.Connection.Name, "counts", counts, "statuses", seen)
		}
	}
	return read
}

// agreeing reports whether counts are those of statuses, each counted by its own name or
// all by their overall names.
func agreeing(counts, statuses map[string]int32) bool {
	counted, overall := map[string]int32{}, map[string]int32{}
	for name, n := range counts {
		if n != 0 {
			counted[name] = n
		}
	}
	for status, n := range statuses {
		overall[overallStatus(status)] += n
	}
	return maps.Equal(counted, statuses) || maps.Equal(counted, overall)
}

// begin notes that the triage may leave out nodes of its scan.
func (t *triage) begin() {
	if t != nil && t.counts != nil {
		t.sc.NoteTriage()
	}
}

// selection selects the listed nodes that are read. A nil triage selects all.
func (t *triage) selection(sc *engine.Scan) engine.Selection[types.InstanceInformation] {
	if t == nil {
		return engine.Selection[types.InstanceInformation]{}
	}
	t.begin()
	return engine.Selection[types.InstanceInformation]{Meets: func(node *types.InstanceInformation) bool {
		return t.admits(sc, aws.ToString(node.InstanceId), countsOf(node))
	}}
}
