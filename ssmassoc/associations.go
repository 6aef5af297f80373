package ssmassoc

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// associations returns the ids of the associations that a scan reads one by one:
// those that its conditions on association_id name, or else all of the region.
func (sc *scan) associations() parents[string] {
	if ids, given := sc.conditions.equalTo("association_id"); given {
		return named(ids)
	}
	return listed(sc, associationListing(sc, selection[types.Association]{}), func(a *types.Association) (string, error) {
		if a.AssociationId == nil {
			return "", fmt.Errorf("association %s in %s has no ID by which AWS could be asked for its executions", associationKey(a), sc.region.Name)
		}
		return *a.AssociationId, nil
	})
}

// associationKey returns what distinguishes an association in its region:
// its id, or the document and the node of one from before there were ids.
func associationKey(a *types.Association) string {
	if a.AssociationId != nil || a.Name == nil || a.InstanceId == nil {
		return aws.ToString(a.AssociationId)
	}
	return *a.Name + " on " + *a.InstanceId
}

// associationListing lists the associations of a scan's region.
func associationListing(sc *scan, selected selection[types.Association]) listing[types.Association] {
	return listing[types.Association]{
		operation:   "ListAssociations",
		minPageSize: 1,
		maxPageSize: 50,
		kind:        "association",
		id:          associationKey,
		selection:   selected,
		page: func(ctx context.Context, request pageRequest) ([]types.Association, *string, error) {
			var filters []types.AssociationFilter
			for _, f := range request.filters {
				filters = append(filters, types.AssociationFilter{Key: types.AssociationFilterKey(f.key), Value: aws.String(f.values[0])})
			}
			out, err := sc.region.Client.ListAssociations(ctx, &ssm.ListAssociationsInput{
				AssociationFilterList: filters,
				MaxResults:            aws.Int32(request.size),
				NextToken:             request.token,
			}, sc.region.Options)
			if err != nil {
				return nil, nil, err
			}
			return out.Associations, out.NextToken, nil
		},
	}
}
