package ssmassoc

import (
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// nodes returns the managed nodes that a scan reads one by one: those that its
// conditions on instance_id name, also such as AWS does not list, or else all
// that AWS lists in the region.
func (sc *scan) nodes() parents[string] {
	if ids, given := sc.equalTo("instance_id"); given {
		return named(ids)
	}
	return listed(sc, nodeListing(sc, filters{}), func(node *types.InstanceInformation) (string, error) { return aws.ToString(node.InstanceId), nil })
}

// nodeListing lists the managed nodes of a scan's region. Stopped nodes are not
// listed by AWS.
func nodeListing(sc *scan, f filters) listing[types.InstanceInformation] {
	var applied []types.InstanceInformationStringFilter
	for _, one := range f.each {
		applied = append(applied, types.InstanceInformationStringFilter{Key: aws.String(one.key), Values: one.values})
	}
	return listing[types.InstanceInformation]{
		operation:   "DescribeInstanceInformation",
		minPageSize: 5,
		maxPageSize: 50,
		kind:        "managed node",
		id:          func(node *types.InstanceInformation) string { return aws.ToString(node.InstanceId) },
		filters:     f,
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

// namedNodes reads what a listing tells of nodes by their ids, as far as the
// filters leave them.
//
// AWS refuses all of a request for one id that it does not know: it is then
// asked for each half of them.
func namedNodes(ctx context.Context, sc *scan, ids []string, f filters) (nodes []*types.InstanceInformation, err error) {
	l := nodeListing(sc, f.and(filters{each: []filter{{"InstanceIds", "EQUAL", ids}}}))
	l.handles = func(err error) bool { return isNoSuchNode(err) || isRefusedFilter(err) }
	err = list(ctx, sc, l, func(node *types.InstanceInformation) error {
		nodes = append(nodes, node)
		return nil
	})
	switch {
	case err == nil || !l.handles(err):
		return nodes, err
	case len(ids) > 1:
		half := len(ids) / 2
		first, err := namedNodes(ctx, sc, ids[:half], f)
		if err != nil {
			return nil, err
		}
		second, err := namedNodes(ctx, sc, ids[half:], f)
		return append(first, second...), err
	case len(f.each) > 0 && isRefusedFilter(err):
		return namedNodes(ctx, sc, ids, filters{}) // it may be another filter that AWS refuses
	}
	plugin.Logger(ctx).Warn("no row: AWS knows no such node here", "node", ids[0], "region", sc.region.name, "connection", sc.connection.name, "error", err)
	return nil, nil
}
