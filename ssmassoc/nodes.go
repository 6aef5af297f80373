package ssmassoc

import (
	"context"
	"slices"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/awsconn"
)

// nodes returns the managed nodes that a scan reads one by one: those that its
// conditions on instance_id name, also such as AWS does not list, or else all
// that AWS lists in the region.
func (sc *scan) nodes() parents[string] {
	if ids, given := sc.conditions.equalTo("instance_id"); given {
		return named(ids)
	}
	l := nodeListing(sc, selection[types.InstanceInformation]{})
	return listed(sc, l, func(node *types.InstanceInformation) (string, error) { return aws.ToString(node.InstanceId), nil })
}

// nodeListing lists the managed nodes of a scan's region. Stopped nodes are not
// listed by AWS.
func nodeListing(sc *scan, selected selection[types.InstanceInformation]) listing[types.InstanceInformation] {
	return listing[types.InstanceInformation]{
		operation:   "DescribeInstanceInformation",
		minPageSize: 5,
		maxPageSize: nodesAtOnce,
		kind:        "managed node",
		id:          func(node *types.InstanceInformation) string { return aws.ToString(node.InstanceId) },
		selection:   selected,
		page: func(ctx context.Context, request pageRequest) ([]types.InstanceInformation, *string, error) {
			var filters []types.InstanceInformationStringFilter
			for _, f := range request.filters {
				filters = append(filters, types.InstanceInformationStringFilter{Key: aws.String(f.key), Values: f.values})
			}
			out, err := sc.region.Client.DescribeInstanceInformation(ctx, &ssm.DescribeInstanceInformationInput{
				Filters:    filters,
				MaxResults: aws.Int32(request.size),
				NextToken:  request.token,
			}, sc.region.Options)
			if err != nil {
				return nil, nil, err
			}
			return out.InstanceInformationList, out.NextToken, nil
		},
	}
}

const (
	// nodesAtOnce is how many nodes AWS lists on one page: as many can be asked
	// for by their ids for the same one call.
	nodesAtOnce = 50
	// nodesOneByOne is for how many nodes a call each is made, where AWS refused
	// to be asked for all of them.
	nodesOneByOne = 3
)

// listNodes sends what a listing has of the selected nodes. Those that a query
// names by their ids cost one call, as long as they fit on one page. More of them
// are picked from a listing of the region: a page of it costs no more than a page
// of named nodes, and it serves later queries too.
//
// AWS does not document whether it leaves out an id that it does not know, or
// refuses the call. In the latter case the ids are asked for one by one if they
// are few, and picked from a listing otherwise.
func listNodes(ctx context.Context, sc *scan, selected selection[types.InstanceInformation], send func(*types.InstanceInformation) error) error {
	ids, given := sc.conditions.equalTo("instance_id")
	ids = slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" }) // AWS refuses it
	switch {
	case !given:
		return list(ctx, sc, nodeListing(sc, selected).forRowsOf(sc), send)
	case len(ids) > nodesAtOnce:
		return list(ctx, sc, nodeListing(sc, selected), send)
	case len(ids) == 0:
		return nil
	}

	sent := false
	err := listNamedNodes(ctx, sc, ids, selected, func(node *types.InstanceInformation) error {
		sent = true
		return send(node)
	})
	switch {
	case err == nil || sent || !isRefusedNode(err):
		return err
	case len(ids) == 1:
		plugin.Logger(ctx).Warn("no row: AWS knows no such node here", "node", ids[0], "region", sc.region.Name, "connection", sc.connection.Name, "error", err)
		return nil
	case len(ids) > nodesOneByOne:
		return list(ctx, sc, nodeListing(sc, selected), send)
	}
	for _, id := range ids {
		if err := listNamedNodes(ctx, sc, []string{id}, selected, send); err != nil && !isRefusedNode(err) {
			return err
		}
	}
	return nil
}

// listNamedNodes makes one call for nodes of the given ids. Its error is one of
// isRefusedNode where AWS refuses the ids.
func listNamedNodes(ctx context.Context, sc *scan, ids []string, selected selection[types.InstanceInformation], send func(*types.InstanceInformation) error) error {
	byID := []filter{{"InstanceIds", "EQUAL", ids}}
	isNamed := func(node *types.InstanceInformation) bool { return slices.Contains(ids, aws.ToString(node.InstanceId)) }
	for {
		l := nodeListing(sc, selected.and(byID, isNamed))
		l.handles = isRefusedNode
		err := list(ctx, sc, l, send)
		if awsconn.IsRefusedFilter(err) && len(selected.filters) > 0 {
			selected = selected.unfiltered() // it may be another filter that AWS refuses
			continue
		}
		return err
	}
}

// isRefusedNode reports whether AWS refused to be asked for nodes by their ids.
func isRefusedNode(err error) bool {
	return err != nil && (awsconn.IsNoSuchNode(err) || awsconn.IsRefusedFilter(err))
}
