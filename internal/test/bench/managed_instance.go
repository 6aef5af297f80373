package main

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
)

var managedInstance = table{
	name:      "ssm_managed_instance",
	floor:     (*floor).managedInstances,
	scenarios: []scenario{{nodes: 10_000, latency: 20 * time.Millisecond}},
}

func (f *floor) managedInstances(ctx context.Context) error {
	return f.nodes(ctx, func(nodes []types.InstanceInformation) error { return write(f, nodes) })
}
