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

// tableEffectiveInstanceAssociation has one row for each association that applies
// to each managed node.
//
// It reads the nodes that tableInstanceAssociationStatus reads. AWS tells five
// associations of a node at a time: a region costs one call for every 50 nodes
// listed, and for each node one call for every 5 rows, at least one.
func (s *service) tableEffectiveInstanceAssociation() *plugin.Table {
	return &plugin.Table{
		Name:        "ssm_effective_instance_association",
		Description: "The associations that apply to each managed node of AWS Systems Manager, whether they have run there or not.",
		List: &plugin.ListConfig{
			Hydrate:    s.listEffectiveInstanceAssociation,
			KeyColumns: effectiveKeyColumns.declare(),
			Tags:       map[string]string{"service": "ssm", "action": "DescribeEffectiveInstanceAssociations"},
		},
		GetMatrixItemFunc: s.targetRegions,
		Cache:             noSDKCache,
		Columns: withOrigin([]*plugin.Column{
			{Name: "instance_id", Type: proto.ColumnType_STRING, Transform: of(func(a *types.InstanceAssociation) any { return text(a.InstanceId) }),
				Description: "The ID of the managed node: i-... for an EC2 instance, mi-... for a hybrid one. With a condition on it only the nodes named are read."},
			{Name: "association_id", Type: proto.ColumnType_STRING, Transform: of(func(a *types.InstanceAssociation) any { return text(a.AssociationId) }),
				Description: "The ID of the association."},
			{Name: "association_version", Type: proto.ColumnType_STRING, Transform: of(func(a *types.InstanceAssociation) any { return text(a.AssociationVersion) }),
				Description: "The version of the association that applies to the node."},
			{Name: "content", Type: proto.ColumnType_STRING, Transform: of(func(a *types.InstanceAssociation) any { return text(a.Content) }),
				Description: "The content of the association's document."},
			{Name: "title", Type: proto.ColumnType_STRING, Transform: of(func(a *types.InstanceAssociation) any { return first(a.AssociationId) }),
				Description: "A title for the row: the association's ID."},
		}),
	}
}

var effectiveKeyColumns = keyColumns[types.InstanceAssociation]{
	{name: "instance_id", value: func(a *types.InstanceAssociation) *string { return a.InstanceId }},
}

func (s *service) listEffectiveInstanceAssociation(ctx context.Context, d *plugin.QueryData, _ *plugin.HydrateData) (any, error) {
	return nil, s.list(ctx, d, func(ctx context.Context, sc *scan) error {
		selected := effectiveKeyColumns.selection(sc)
		return emitItems(ctx, sc, sc.nodes(),
			func(node string) whole[types.InstanceAssociation] { return sc.effectiveAssociationsOf(node, selected) },
			rowOf[types.InstanceAssociation](sc))
	})
}

// effectiveAssociationsOf reads the associations that apply to a node.
func (sc *scan) effectiveAssociationsOf(node string, selected selection[types.InstanceAssociation]) whole[types.InstanceAssociation] {
	return whole[types.InstanceAssociation]{
		operation: "DescribeEffectiveInstanceAssociations",
		pageSize:  5,
		reads:     "the effective associations",
		kind:      "node",
		of:        node,
		selection: selected,
		unknown:   awsconn.IsNoSuchNode,
		page: func(ctx context.Context, request pageRequest) ([]types.InstanceAssociation, *string, error) {
			out, err := sc.region.Client.DescribeEffectiveInstanceAssociations(ctx, &ssm.DescribeEffectiveInstanceAssociationsInput{
				InstanceId: aws.String(node),
				MaxResults: aws.Int32(request.size),
				NextToken:  request.token,
			}, sc.region.Options)
			if err != nil {
				return nil, nil, err
			}
			for i := range out.Associations {
				setMissing(&out.Associations[i].InstanceId, node)
			}
			return out.Associations, out.NextToken, nil
		},
	}
}
