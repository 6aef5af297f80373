package main

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
)

var instanceAssociationStatus = table{
	name:  "ssm_instance_association_status",
	floor: (*floor).statuses,
	scenarios: []scenario{
		{nodes: 1_000},
		{nodes: 1_000, latency: 20 * time.Millisecond},
		{nodes: 1_000, latency: 20 * time.Millisecond, tps: 100},
		{nodes: 200, latency: 20 * time.Millisecond, tps: 10, burst: 20},
		{nodes: 200, latency: 20 * time.Millisecond, tps: 5, burst: 10},
		{nodes: 5_000},
		{nodes: 2_000, latency: 20 * time.Millisecond},
		{nodes: 10_000},
		{nodes: 10_000, latency: 20 * time.Millisecond},
		{nodes: 10_000, latency: 20 * time.Millisecond, tps: 400},
		{nodes: 2_000, rows: 50},
		{nodes: 20_000, rows: 50},
	},
}

func (f *floor) statuses(ctx context.Context) error {
	return each(ctx, f.nodeIDs, func(ctx context.Context, node string) error {
		pages := ssm.NewDescribeInstanceAssociationsStatusPaginator(f.client, &ssm.DescribeInstanceAssociationsStatusInput{
			InstanceId: aws.String(node), MaxResults: pageSize,
		})
		return eachPage(ctx, pages, func(out *ssm.DescribeInstanceAssociationsStatusOutput) error {
			return write(f, out.InstanceAssociationStatusInfos)
		})
	})
}
