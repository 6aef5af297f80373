package ssmassoc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// tableInstanceAssociationStatus has one row for each association on each
// managed node.
//
// With instance_id it reads those nodes alone, also ones that a listing leaves
// out. Without, it lists the managed nodes of each target region and reads each.
// A region costs one call for every 50 nodes listed, and for each node one call
// for every 50 rows, at least one.
func (s *service) tableInstanceAssociationStatus() *plugin.Table {
	return &plugin.Table{
		Name: "ssm_instance_association_status",
		Description: "The latest status of each State Manager association on each managed node of AWS Systems Manager: " +
			"whether and when it ran, with what result, and where its output went.",
		List: &plugin.ListConfig{
			Hydrate: s.listInstanceAssociationStatus,
			KeyColumns: plugin.KeyColumnSlice{
				{Name: "instance_id", Operators: []string{"="}, Require: plugin.Optional},
			},
			Tags: map[string]string{"service": "ssm", "action": statusOperation},
		},
		GetMatrixItemFunc: s.targetRegions,
		// The SDK's query cache ends the plugin's process when a scan fails
		// after its first rows.
		Cache: &plugin.TableCacheOptions{Enabled: false},
		Columns: []*plugin.Column{
			{Name: "instance_id", Type: proto.ColumnType_STRING, Transform: from((*instanceAssociationStatus).instanceID),
				Description: "The ID of the managed node: i-... for an EC2 instance, mi-... for a hybrid one. With a condition on it only the nodes named are read."},
			{Name: "association_id", Type: proto.ColumnType_STRING, Transform: fromStatus(func(a *types.InstanceAssociationStatusInfo) any { return text(a.AssociationId) }),
				Description: "The ID of the association."},
			{Name: "association_name", Type: proto.ColumnType_STRING, Transform: fromStatus(func(a *types.InstanceAssociationStatusInfo) any { return text(a.AssociationName) }),
				Description: "The name of the association, where it was given one."},
			{Name: "association_version", Type: proto.ColumnType_STRING, Transform: fromStatus(func(a *types.InstanceAssociationStatusInfo) any { return text(a.AssociationVersion) }),
				Description: "The version of the association that was applied to the node."},
			{Name: "name", Type: proto.ColumnType_STRING, Transform: fromStatus(func(a *types.InstanceAssociationStatusInfo) any { return text(a.Name) }),
				Description: "The name or the ARN of the SSM document that the association runs."},
			{Name: "document_version", Type: proto.ColumnType_STRING, Transform: fromStatus(func(a *types.InstanceAssociationStatusInfo) any { return text(a.DocumentVersion) }),
				Description: "The version of the SSM document that the association runs."},
			{Name: "status", Type: proto.ColumnType_STRING, Transform: fromStatus(func(a *types.InstanceAssociationStatusInfo) any { return text(a.Status) }),
				Description: "The status of the association on the node, such as Success, Failed, Pending or Skipped."},
			{Name: "detailed_status", Type: proto.ColumnType_STRING, Transform: fromStatus(func(a *types.InstanceAssociationStatusInfo) any { return text(a.DetailedStatus) }),
				Description: "The status of the association on the node in more detail, such as TimedOut or Associated."},
			{Name: "execution_date", Type: proto.ColumnType_TIMESTAMP, Transform: fromStatus(func(a *types.InstanceAssociationStatusInfo) any { return timestamp(a.ExecutionDate) }),
				Description: "The time at which the association last ran on the node."},
			{Name: "execution_summary", Type: proto.ColumnType_STRING, Transform: fromStatus(func(a *types.InstanceAssociationStatusInfo) any { return text(a.ExecutionSummary) }),
				Description: "A summary of the last run, such as the number of plugins that were processed and that failed."},
			{Name: "error_code", Type: proto.ColumnType_STRING, Transform: fromStatus(func(a *types.InstanceAssociationStatusInfo) any { return text(a.ErrorCode) }),
				Description: "The error code of the last run, where it reported one."},
			{Name: "output_url", Type: proto.ColumnType_STRING, Transform: from((*instanceAssociationStatus).outputURL),
				Description: "The URL of the S3 location to which the output of the last run went (OutputUrl.S3OutputUrl.OutputUrl)."},
			{Name: "output_s3_region", Type: proto.ColumnType_STRING, Transform: fromOutput(func(o outputLocation) string { return o.region }),
				Description: "The region of the S3 bucket for the output, as the output URL tells it. Null where the URL does not tell."},
			{Name: "output_s3_bucket_name", Type: proto.ColumnType_STRING, Transform: fromOutput(func(o outputLocation) string { return o.bucket }),
				Description: "The name of the S3 bucket for the output, as the output URL tells it. Null where the URL does not tell."},
			{Name: "output_s3_key_prefix", Type: proto.ColumnType_STRING, Transform: fromOutput(func(o outputLocation) string { return o.keyPrefix }),
				Description: "The prefix of the S3 keys of the output, as the output URL tells it. Null where the URL does not tell."},
			{Name: "title", Type: proto.ColumnType_STRING, Transform: fromStatus(func(a *types.InstanceAssociationStatusInfo) any {
				return first(a.AssociationName, a.Name, a.AssociationId)
			}),
				Description: "A title for the row: the association's name, else the document's name, else the association's ID."},
			{Name: "partition", Type: proto.ColumnType_STRING, Transform: from(func(a *instanceAssociationStatus) any { return orNull(a.caller.partition) }),
				Description: "The AWS partition of the account, such as aws, aws-cn or aws-us-gov."},
			{Name: "region", Type: proto.ColumnType_STRING, Transform: from(func(a *instanceAssociationStatus) any { return a.region }),
				Description: "The AWS region that the row was read in. With a condition on it only the regions named are read."},
			{Name: "account_id", Type: proto.ColumnType_STRING, Transform: from(func(a *instanceAssociationStatus) any { return orNull(a.caller.accountID) }),
				Description: "The ID of the AWS account that the row was read in. With a condition on it only the connections to the accounts named are read."},
		},
	}
}

// instanceAssociationStatus is a row: what AWS said, and where it was asked.
type instanceAssociationStatus struct {
	*types.InstanceAssociationStatusInfo
	node   string // the id that AWS was asked about
	region string
	caller caller
	output outputLocation
}

// instanceID is the node's id. AWS was asked about one node; should an answer
// leave the member out, the row is still that node's.
func (a *instanceAssociationStatus) instanceID() any {
	if a.InstanceId == nil {
		return a.node
	}
	return *a.InstanceId
}

func (a *instanceAssociationStatus) outputURL() any {
	return text(outputURL(a.InstanceAssociationStatusInfo))
}

func outputURL(a *types.InstanceAssociationStatusInfo) *string {
	if a.OutputUrl == nil || a.OutputUrl.S3OutputUrl == nil {
		return nil
	}
	return a.OutputUrl.S3OutputUrl.OutputUrl
}

func fromStatus(value func(*types.InstanceAssociationStatusInfo) any) columnTransforms {
	return from(func(a *instanceAssociationStatus) any { return value(a.InstanceAssociationStatusInfo) })
}

func fromOutput(part func(outputLocation) string) columnTransforms {
	return from(func(a *instanceAssociationStatus) any { return orNull(part(a.output)) })
}

func (s *service) listInstanceAssociationStatus(ctx context.Context, d *plugin.QueryData, _ *plugin.HydrateData) (any, error) {
	return nil, s.list(ctx, d, func(ctx context.Context, sc *scan) error {
		list, listed := sc.listNodes, true
		if ids, given := sc.equalTo("instance_id"); given {
			listed = false
			list = func(_ context.Context, send func(string) error) error {
				for _, id := range ids {
					if err := send(id); err != nil {
						return err
					}
				}
				return nil
			}
		}
		return eachNode(ctx, sc, list, sc.associationStatuses, func(n nodeStatuses) bool {
			if listed && n.unknown != nil {
				sc.connection.skips.add("", n.unknown)
			}
			for i := range n.statuses {
				row := &instanceAssociationStatus{
					InstanceAssociationStatusInfo: &n.statuses[i],
					node:                          n.id,
					region:                        sc.region.name,
					caller:                        sc.caller,
					output:                        readOutputURL(aws.ToString(outputURL(&n.statuses[i]))),
				}
				if !emit(ctx, d, row) {
					return false
				}
			}
			return wantsRows(ctx, d)
		})
	})
}

// nodeStatuses is what one read of a node found.
type nodeStatuses struct {
	id       string
	statuses []types.InstanceAssociationStatusInfo
	unknown  error // why AWS knows no such node
}

// size estimates the memory that the rows of a node take, in bytes.
func (n nodeStatuses) size() int {
	const perRow, perText = 200, 24
	size := perRow
	for i := range n.statuses {
		a := &n.statuses[i]
		size += perRow
		for _, s := range []*string{
			a.AssociationId, a.AssociationName, a.AssociationVersion, a.DetailedStatus, a.DocumentVersion, a.ErrorCode,
			a.ExecutionSummary, a.InstanceId, a.Name, a.Status, outputURL(a),
		} {
			if s != nil {
				size += perText + len(*s)
			}
		}
	}
	return size
}

// associationStatuses returns the status of each association of a node, or of
// as many as the query needs, from AWS or from the cache.
func (sc *scan) associationStatuses(ctx context.Context, id string) (n nodeStatuses, err error) {
	err = readThrough(ctx, sc, source[nodeStatuses]{
		what: statusOperation,
		of:   id,
		size: nodeStatuses.size,
		run: func(ctx context.Context, send func(nodeStatuses) error) error {
			n, err := sc.readAssociationStatuses(ctx, id)
			if err != nil {
				return err
			}
			return send(n)
		},
		partial: sc.limit > 0,
	}, func(read nodeStatuses) error {
		n = read
		return nil
	})
	if err != nil && sc.connection.ignored.match(err) {
		plugin.Logger(ctx).Warn("node skipped, as the connection's arguments ask for", "connection", sc.connection.name, "region", sc.region.name, "instance_id", id, "error", err)
		sc.connection.skips.add("", err)
		return nodeStatuses{id: id}, nil
	}
	return n, err
}

// statusOperation reads a node, and statusPageSize is its greatest page.
const (
	statusOperation = "DescribeInstanceAssociationsStatus"
	statusPageSize  = 50
)

// readAssociationStatuses reads the status of each association of a node, or
// of as many as the query needs. A node that this region does not know, or no
// longer, has none.
func (sc *scan) readAssociationStatuses(ctx context.Context, id string) (nodeStatuses, error) {
	statuses, err := readPages(ctx, sc.region, statusOperation, sc.limit, statusPageSize,
		func(ctx context.Context, token *string, size int32) ([]types.InstanceAssociationStatusInfo, *string, error) {
			out, err := sc.region.client.DescribeInstanceAssociationsStatus(ctx, &ssm.DescribeInstanceAssociationsStatusInput{
				InstanceId: aws.String(id),
				MaxResults: aws.Int32(size),
				NextToken:  token,
			})
			if err != nil {
				return nil, nil, err
			}
			return out.InstanceAssociationStatusInfos, out.NextToken, nil
		})
	if err == nil {
		err = checkDates(statuses)
	}
	switch {
	case isNoSuchNode(err):
		plugin.Logger(ctx).Warn("no association status: AWS knows no such node here", "instance_id", id, "region", sc.region.name, "connection", sc.connection.name, "error", err)
		return nodeStatuses{id: id, unknown: err}, nil
	case err != nil:
		return nodeStatuses{}, fmt.Errorf("read the association status of node %s in %s: %w", id, sc.region.name, err)
	}
	return nodeStatuses{id: id, statuses: statuses}, nil
}

// checkDates refuses dates that no timestamp column can hold, before the SDK
// comes across them with rows already sent.
func checkDates(statuses []types.InstanceAssociationStatusInfo) error {
	for _, a := range statuses {
		if t := a.ExecutionDate; t != nil && (t.Year() < 1 || t.Year() > 9999) {
			return errors.New("AWS returned an execution date outside the years 1 to 9999: " + t.UTC().Format(time.RFC3339))
		}
	}
	return nil
}
