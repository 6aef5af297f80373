package ssmassoc

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// nodes returns the managed nodes that a scan reads one by one: those that its
// conditions on instance_id name, also such as AWS does not list, or else all
// that AWS lists in the region.
func (sc *scan) nodes() parents[string] {
	if ids, given := sc.equalTo("instance_id"); given {
		return named(ids)
	}
	return listed(sc, nodeListing(sc, nil), func(node *types.InstanceInformation) string { return aws.ToString(node.InstanceId) })
}

// instanceIDsFilter is the key of the filter of a node listing for node ids.
const instanceIDsFilter = "InstanceIds"

// nodeListing lists the managed nodes of a scan's region. Stopped nodes are not
// listed by AWS.
func nodeListing(sc *scan, filters []filter) listing[types.InstanceInformation] {
	var applied []types.InstanceInformationStringFilter
	var unknown func(error) bool
	for _, f := range filters {
		applied = append(applied, types.InstanceInformationStringFilter{Key: aws.String(f.key), Values: f.values})
		if f.key == instanceIDsFilter {
			unknown = isNoSuchNode
		}
	}
	return listing[types.InstanceInformation]{
		operation:   "DescribeInstanceInformation",
		minPageSize: 5,
		maxPageSize: 50,
		kind:        "managed node",
		id:          func(node *types.InstanceInformation) *string { return node.InstanceId },
		filters:     filtersKey(filters),
		unknown:     unknown,
		page: func(ctx context.Context, token *string, size int32) ([]types.InstanceInformation, *string, error) {
			out, err := sc.region.client.DescribeInstanceInformation(ctx, &ssm.DescribeInstanceInformationInput{
				Filters:    applied,
				MaxResults: aws.Int32(size),
				NextToken:  token,
			})
			if err != nil {
				return nil, nil, err
			}
			return out.InstanceInformationList, out.NextToken, nil
		},
	}
}
