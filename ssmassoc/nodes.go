package ssmassoc

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// listingOperation lists managed nodes, and listingPageSize is its greatest page.
const (
	listingOperation = "DescribeInstanceInformation"
	listingPageSize  = 50
)

// listNodes sends the id of each managed node that the region lists, from AWS or
// from the cache.
func (sc *scan) listNodes(ctx context.Context, send func(id string) error) error {
	err := readThrough(ctx, sc, source[string]{
		what:    listingOperation,
		size:    func(id string) int { return 16 + len(id) },
		run:     sc.region.listNodes,
		partial: sc.limit > 0,
		long:    true,
	}, send)
	if err != nil && sc.connection.ignored.match(err) {
		plugin.Logger(ctx).Warn("region skipped, as the connection's arguments ask for", "connection", sc.connection.name, "region", sc.region.name, "error", err)
		sc.connection.skips.add(sc.region.name, err)
		return nil
	}
	return err
}

// listNodes sends the id of each managed node that the region lists
// (DescribeInstanceInformation), each once, page by page. Stopped nodes are not
// listed by AWS.
func (r *region) listNodes(ctx context.Context, send func(id string) error) error {
	// Nodes that were sent are not sent again, whatever AWS repeats.
	seen := map[string]bool{}
	err := restarting(func() error {
		return eachPage(ctx, r, listingOperation, listingPageSize, r.describeNodes, func(nodes []types.InstanceInformation) (bool, error) {
			for _, node := range nodes {
				id := aws.ToString(node.InstanceId)
				if id == "" || seen[id] {
					continue
				}
				seen[id] = true
				if err := send(id); err != nil {
					return false, err
				}
			}
			return true, nil
		})
	})
	if err != nil {
		return fmt.Errorf("list managed nodes in %s: %w", r.name, err)
	}
	return nil
}

func (r *region) describeNodes(ctx context.Context, token *string, size int32) ([]types.InstanceInformation, *string, error) {
	out, err := r.client.DescribeInstanceInformation(ctx, &ssm.DescribeInstanceInformationInput{
		MaxResults: aws.Int32(size),
		NextToken:  token,
	})
	if err != nil {
		return nil, nil, err
	}
	return out.InstanceInformationList, out.NextToken, nil
}
