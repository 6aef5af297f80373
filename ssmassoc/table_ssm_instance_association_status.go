package ssmassoc

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/awsconn"
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
			Hydrate:    s.listInstanceAssociationStatus,
			KeyColumns: statusKeyColumns.declare(),
			Tags:       map[string]string{"service": "ssm", "action": "DescribeInstanceAssociationsStatus"},
		},
		GetMatrixItemFunc: s.targetRegions,
		Cache:             noSDKCache,
		Columns: withOrigin([]*plugin.Column{
			{Name: "instance_id", Type: proto.ColumnType_STRING, Transform: of(func(a *instanceAssociationStatus) any { return text(a.InstanceId) }),
				Description: "The ID of the managed node: i-... for an EC2 instance, mi-... for a hybrid one. With a condition on it only the nodes named are read."},
			{Name: "association_id", Type: proto.ColumnType_STRING, Transform: of(func(a *instanceAssociationStatus) any { return text(a.AssociationId) }),
				Description: "The ID of the association."},
			{Name: "association_name", Type: proto.ColumnType_STRING, Transform: of(func(a *instanceAssociationStatus) any { return text(a.AssociationName) }),
				Description: "The name of the association, where it was given one."},
			{Name: "association_version", Type: proto.ColumnType_STRING, Transform: of(func(a *instanceAssociationStatus) any { return text(a.AssociationVersion) }),
				Description: "The version of the association that was applied to the node."},
			{Name: "name", Type: proto.ColumnType_STRING, Transform: of(func(a *instanceAssociationStatus) any { return text(a.Name) }),
				Description: "The name or the ARN of the SSM document that the association runs."},
			{Name: "document_version", Type: proto.ColumnType_STRING, Transform: of(func(a *instanceAssociationStatus) any { return text(a.DocumentVersion) }),
				Description: "The version of the SSM document that the association runs."},
			{Name: "status", Type: proto.ColumnType_STRING, Transform: of(func(a *instanceAssociationStatus) any { return text(a.Status) }),
				Description: "The status of the association on the node, such as Success, Failed, Pending or Skipped."},
			{Name: "detailed_status", Type: proto.ColumnType_STRING, Transform: of(func(a *instanceAssociationStatus) any { return text(a.DetailedStatus) }),
				Description: "The status of the association on the node in more detail, such as TimedOut or Associated."},
			{Name: "execution_date", Type: proto.ColumnType_TIMESTAMP, Transform: of(func(a *instanceAssociationStatus) any { return timestamp(a.ExecutionDate) }),
				Description: "The time at which the association last ran on the node."},
			{Name: "execution_summary", Type: proto.ColumnType_STRING, Transform: of(func(a *instanceAssociationStatus) any { return text(a.ExecutionSummary) }),
				Description: "A summary of the last run, such as the number of plugins that were processed and that failed."},
			{Name: "error_code", Type: proto.ColumnType_STRING, Transform: of(func(a *instanceAssociationStatus) any { return text(a.ErrorCode) }),
				Description: "The error code of the last run, where it reported one."},
			{Name: "output_url", Type: proto.ColumnType_STRING, Transform: of(func(a *instanceAssociationStatus) any { return text(outputURL(a.InstanceAssociationStatusInfo)) }),
				Description: "The URL of the S3 location to which the output of the last run went (OutputUrl.S3OutputUrl.OutputUrl)."},
			{Name: "output_s3_region", Type: proto.ColumnType_STRING, Transform: of(func(a *instanceAssociationStatus) any { return orNull(a.output.region) }),
				Description: "The region of the S3 bucket for the output, as the output URL tells it. Null where the URL does not tell."},
			{Name: "output_s3_bucket_name", Type: proto.ColumnType_STRING, Transform: of(func(a *instanceAssociationStatus) any { return orNull(a.output.bucket) }),
				Description: "The name of the S3 bucket for the output, as the output URL tells it. Null where the URL does not tell."},
			{Name: "output_s3_key_prefix", Type: proto.ColumnType_STRING, Transform: of(func(a *instanceAssociationStatus) any { return orNull(a.output.keyPrefix) }),
				Description: "The prefix of the S3 keys of the output, as the output URL tells it. Null where the URL does not tell."},
			{Name: "title", Type: proto.ColumnType_STRING, Transform: of(func(a *instanceAssociationStatus) any {
				return first(a.AssociationName, a.Name, a.AssociationId)
			}),
				Description: "A title for the row: the association's name, else the document's name, else the association's ID."},
		}),
	}
}

var statusKeyColumns = keyColumns[types.InstanceAssociationStatusInfo]{
	{name: "instance_id", value: func(a *types.InstanceAssociationStatusInfo) *string { return a.InstanceId }},
}

func (s *service) listInstanceAssociationStatus(ctx context.Context, d *plugin.QueryData, _ *plugin.HydrateData) (any, error) {
	return nil, s.list(ctx, d, func(ctx context.Context, sc *scan) error {
		selected := statusKeyColumns.selection(sc)
		row := rowOf[instanceAssociationStatus](sc)
		return emitItems(ctx, sc, sc.nodes(),
			func(node string) whole[types.InstanceAssociationStatusInfo] {
				return sc.associationStatusesOf(node, selected)
			},
			func(a *types.InstanceAssociationStatusInfo) any {
				return row(&instanceAssociationStatus{a, readOutputURL(aws.ToString(outputURL(a)))})
			})
	})
}

// instanceAssociationStatus is what AWS tells of an association on a node, with
// what is read from it.
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
func (sc *scan) associationStatusesOf(node string, selected selection[types.InstanceAssociationStatusInfo]) whole[types.InstanceAssociationStatusInfo] {
	return whole[types.InstanceAssociationStatusInfo]{
		operation: "DescribeInstanceAssociationsStatus",
		pageSize:  50,
		reads:     "the association status",
		kind:      "node",
		of:        node,
		selection: selected,
		unknown:   awsconn.IsNoSuchNode,
		page: func(ctx context.Context, request pageRequest) ([]types.InstanceAssociationStatusInfo, *string, error) {
			out, err := sc.region.Client.DescribeInstanceAssociationsStatus(ctx, &ssm.DescribeInstanceAssociationsStatusInput{
				InstanceId: aws.String(node),
				MaxResults: aws.Int32(request.size),
				NextToken:  request.token,
			}, sc.region.Options)
			if err != nil {
				return nil, nil, err
			}
			// AWS was asked about one node: should the answer not name it, the
			// rows are still its own.
			for i := range out.InstanceAssociationStatusInfos {
				setMissing(&out.InstanceAssociationStatusInfos[i].InstanceId, node)
			}
			return out.InstanceAssociationStatusInfos, out.NextToken, nil
		},
	}
}
