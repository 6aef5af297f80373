package ssmassoc

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

// listingPageSize is the greatest page of DescribeInstanceInformation.
const listingPageSize = 50

// listNodes sends the id of each managed node that the region lists, from AWS or
// from the cache.
func (sc *scan) listNodes(ctx context.Context, send func(id string) error) error {
	return readThrough(ctx, sc, source[string]{
		what:    "DescribeInstanceInformation",
		size:    func(id string) int { return 16 + len(id) },
		run:     sc.region.listNodes,
		partial: sc.limit > 0,
	}, send)
}

// listNodes sends the id of each managed node that the region lists
// (DescribeInstanceInformation), each once, page by page. Stopped nodes are not
// listed by AWS.
func (r *region) listNodes(ctx context.Context, send func(id string) error) error {
	seen := map[string]bool{} // nodes and, apart from them, tokens
	tokens := map[string]bool{}
	var token *string
	for restarts := 0; ; {
		nodes, next, err := fetchPage(ctx, r, "DescribeInstanceInformation", token, listingPageSize, r.describeNodes)
		if err != nil {
			if isStaleToken(err) && restarts < maxRestarts {
				// Nodes that were sent before are not sent again.
				restarts++
				token, tokens = nil, map[string]bool{}
				continue
			}
			return fmt.Errorf("list managed nodes in %s: %w", r.name, err)
		}
		for _, node := range nodes {
			id := aws.ToString(node.InstanceId)
			if id == "" || seen[id] {
				continue
			}
			seen[id] = true
			if err := send(id); err != nil {
				return err
			}
		}
		if aws.ToString(next) == "" {
			return nil
		}
		if tokens[*next] {
			return fmt.Errorf("list managed nodes in %s: %w", r.name, errTokenNotAdvancing)
		}
		tokens[*next] = true
		token = next
	}
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
