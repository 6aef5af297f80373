package ssmassoc

import (
	"context"
	"errors"

	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/awsconn"
)

// describeAssociation is the hydrate function of what AWS describes of one
// association at a time. An association that was deleted since it was listed has
// none of it.
func describeAssociation(ctx context.Context, _ *plugin.QueryData, h *plugin.HydrateData) (any, error) {
	a, ok := h.Item.(*row[types.Association])
	if !ok {
		return nil, failureOf(ctx, h.Item)
	}
	f, err := readWhole(ctx, a.scan, a.descriptionOf(a.item))
	if err != nil {
		return nil, err
	}
	f.noteUnknown(a.scan)
	if len(f.items) == 0 {
		return nil, nil
	}
	return f.items[0], nil
}

// descriptionOf reads the description of an association, the only page of its
// kind.
func (sc *scan) descriptionOf(a *types.Association) whole[types.AssociationDescription] {
	input := &ssm.DescribeAssociationInput{AssociationId: a.AssociationId}
	if a.AssociationId == nil {
		input.Name, input.InstanceId = a.Name, a.InstanceId
	}
	return whole[types.AssociationDescription]{
		operation: "DescribeAssociation",
		reads:     "the description",
		kind:      "association",
		of:        associationKey(a),
		unknown:   awsconn.IsNoSuchAssociation,
		page: func(ctx context.Context, _ pageRequest) ([]types.AssociationDescription, *string, error) {
			out, err := sc.region.Client.DescribeAssociation(ctx, input, sc.region.Options)
			if err != nil {
				return nil, nil, err
			}
			if out.AssociationDescription == nil {
				return nil, nil, errors.New("AWS answered without a description")
			}
			return []types.AssociationDescription{*out.AssociationDescription}, nil, nil
		},
	}
}
