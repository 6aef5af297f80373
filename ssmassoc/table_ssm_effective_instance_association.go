package ssmassoc

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
)

// tableEffectiveInstanceAssociation has one row for each association that applies
// to each managed node.
//
// It reads the nodes that tableInstanceAssociationStatus reads. AWS returns five
// associations of a node at a time: a region costs one call for every 50 nodes listed,
// and for each node one call for every 5 rows, at least one.
func tableEffectiveInstanceAssociation() table {
	return table{
		name: "ssm_effective_instance_association",
		description: "State Manager associations that apply to each managed node in AWS Systems Manager, " +
			"whether or not they have run there.",
		operation:  "DescribeEffectiveInstanceAssociations",
		keyColumns: effectiveKeyColumns.declare(),
		list:       listEffectiveInstanceAssociation,
		columns: []*plugin.Column{
			textColumn("instance_id", func(a *types.InstanceAssociation) *string { return a.InstanceId },
				"The ID of the managed node: i-... for an EC2 instance, mi-... for a hybrid node. "+
					"A condition on it limits the read to the nodes it names."),
			textColumn("association_id", func(a *types.InstanceAssociation) *string { return a.AssociationId },
				"The ID of the association."),
			textColumn("association_version", func(a *types.InstanceAssociation) *string { return a.AssociationVersion },
				"The version of the association that applies to the node."),
			textColumn("content", func(a *types.InstanceAssociation) *string { return a.Content },
				"The content of the association's document."),
			textColumn("title", func(a *types.InstanceAssociation) *string { return first(a.AssociationId) },
				"The title of the row: the ID of the association."),
		},
	}
}

var effectiveKeyColumns = keyColumns[types.InstanceAssociation]{
	{name: "instance_id", value: func(a *types.InstanceAssociation) *string { return a.InstanceId }},
}

func listEffectiveInstanceAssociation(ctx context.Context, sc *scan) error {
	selected := effectiveKeyColumns.selection(sc)
	return emitNodes(ctx, sc, "instance_id",
		func(node string) parentRead[types.InstanceAssociation] {
			return effectiveAssociationsOf(sc, node, selected)
		},
		rowOf[types.InstanceAssociation](sc))
}

// effectiveAssociationsOf reads the associations that apply to a node.
func effectiveAssociationsOf(
	sc *scan, node string, selected selection[types.InstanceAssociation],
) parentRead[types.InstanceAssociation] {
	return parentRead[types.InstanceAssociation]{
		operation:  "DescribeEffectiveInstanceAssociations",
		pageSize:   5,
		reads:      "the effective associations",
		parentKind: "node",
		parentID:   node,
		id:         func(a *types.InstanceAssociation) string { return idOf(a.AssociationId) },
		selection:  selected,
		unknown:    awsconn.IsNoSuchNode,
		page: func(ctx context.Context, request pageRequest) ([]types.InstanceAssociation, *string, error) {
			input := &ssm.DescribeEffectiveInstanceAssociationsInput{
				InstanceId: aws.String(node),
				MaxResults: aws.Int32(request.size),
				NextToken:  request.token,
			}
			out, err := sc.region.Client.DescribeEffectiveInstanceAssociations(ctx, input, sc.region.Options)
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
