package ssmassoc

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/engine"
)

// tableEffectiveInstanceAssociation has one row for each association that applies
// to each managed node.
//
// It reads the nodes that tableInstanceAssociationStatus reads. AWS returns five
// associations of a node at a time: a region costs one call for every 50 nodes listed,
// and for each node one call for every 5 rows, at least one.
func tableEffectiveInstanceAssociation() engine.Table {
	return engine.Table{
		Name: "ssm_effective_instance_association",
		Description: "State Manager associations that apply to each managed node in AWS Systems Manager, " +
			"whether or not they have run there.",
		Reads: engine.Reads{
			Operation: "DescribeEffectiveInstanceAssociations", PageSize: 5,
			Parent: "node", Key: []string{"instance_id"}, Listing: []string{"DescribeInstanceInformation"},
		},
		KeyColumns: effectiveKeyColumns.Declare(),
		List:       listEffectiveInstanceAssociation,
		Columns: []*plugin.Column{
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

var effectiveKeyColumns = engine.KeyColumns[types.InstanceAssociation]{
	{Name: "instance_id", Value: func(a *types.InstanceAssociation) *string { return a.InstanceId }},
}

func listEffectiveInstanceAssociation(ctx context.Context, sc *engine.Scan) error {
	selected := effectiveKeyColumns.Selection(sc)
	return emitNodes(ctx, sc, "instance_id", nil,
		func(sc *engine.Scan, node string) engine.ParentRead[types.InstanceAssociation] {
			return effectiveAssociationsOf(sc, node, selected)
		},
		engine.RowOf[types.InstanceAssociation])
}

// effectiveAssociationsOf reads the associations that apply to a node.
func effectiveAssociationsOf(
	sc *engine.Scan, node string, selected engine.Selection[types.InstanceAssociation],
) engine.ParentRead[types.InstanceAssociation] {
	return engine.ParentRead[types.InstanceAssociation]{
		Operation:  "DescribeEffectiveInstanceAssociations",
		PageSize:   5,
		Reads:      "the effective associations",
		ParentKind: "node",
		ParentID:   node,
		ID:         func(a *types.InstanceAssociation) string { return engine.IDOf(a.AssociationId) },
		Selection:  selected,
		Unknown:    awsconn.IsNoSuchNode,
		Page: func(ctx context.Context, request engine.PageRequest) ([]types.InstanceAssociation, *string, error) {
			input := &ssm.DescribeEffectiveInstanceAssociationsInput{
				InstanceId: aws.String(node),
				MaxResults: aws.Int32(request.Size),
				NextToken:  request.Token,
			}
			out, err := sc.Region.Client.DescribeEffectiveInstanceAssociations(ctx, input, sc.Region.Options)
			if err != nil {
				return nil, nil, err
			}
			for i := range out.Associations {
				engine.SetMissing(&out.Associations[i].InstanceId, node)
			}
			return out.Associations, out.NextToken, nil
		},
	}
}
