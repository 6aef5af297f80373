package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"golang.org/x/sync/errgroup"
)

// floor reads what a table reads with the AWS SDK alone, as one would write it
// for this task: it lists the parents, reads each with a fixed number of workers,
// and writes each row as a line of JSON.
type floor struct {
	client *ssm.Client

	mu  sync.Mutex
	out *bufio.Writer
}

// runFloorOf reads the table from the endpoint.
func runFloorOf(ctx context.Context, table, url string, to io.Writer) error {
	f := &floor{
		client: ssm.New(ssm.Options{
			Region:       "us-east-1",
			BaseEndpoint: aws.String(url),
			Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
			Retryer:      retry.NewAdaptiveMode(),
			HTTPClient: awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
				t.MaxIdleConnsPerHost = workers
			}),
		}),
		out: bufio.NewWriterSize(to, 1<<16),
	}
	read, ok := map[string]func(context.Context) error{
		"ssm_instance_association_status":    f.statuses,
		"ssm_managed_instance":               f.managedInstances,
		"ssm_association":                    f.associations,
		"ssm_effective_instance_association": f.effectiveAssociations,
		"ssm_association_execution":          f.executions,
		"ssm_association_execution_target":   f.targets,
	}[table]
	if !ok {
		return fmt.Errorf("there is no floor for table %s", table)
	}
	if err := read(ctx); err != nil {
		return fmt.Errorf("read %s: %w", table, err)
	}
	return f.out.Flush()
}

// write writes rows. It is safe for concurrent use.
func write[Row any](f *floor, rows []Row) error {
	for i := range rows {
		line, err := json.Marshal(&rows[i])
		if err != nil {
			return err
		}
		f.mu.Lock()
		_, err = f.out.Write(append(line, '\n'))
		f.mu.Unlock()
		if err != nil {
			return err
		}
	}
	return nil
}

// each calls read for each parent that list sends, with a fixed number of workers.
func each[Parent any](ctx context.Context, list func(ctx context.Context, send func(Parent) error) error, read func(context.Context, Parent) error) error {
	parents := make(chan Parent, workers)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(parents)
		return list(ctx, func(parent Parent) error {
			select {
			case parents <- parent:
				return nil
			case <-ctx.Done():
				return ctx.Err()
			}
		})
	})
	for range workers {
		group.Go(func() error {
			for parent := range parents {
				if err := read(ctx, parent); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// pageSize is the greatest page of all operations but one.
var pageSize = aws.Int32(50)

func (f *floor) nodes(ctx context.Context, page func([]types.InstanceInformation) error) error {
	pages := ssm.NewDescribeInstanceInformationPaginator(f.client, &ssm.DescribeInstanceInformationInput{MaxResults: pageSize})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		if err := page(out.InstanceInformationList); err != nil {
			return err
		}
	}
	return nil
}

// nodeIDs sends the id of each node.
func (f *floor) nodeIDs(ctx context.Context, send func(string) error) error {
	return f.nodes(ctx, func(nodes []types.InstanceInformation) error {
		for _, node := range nodes {
			if err := send(*node.InstanceId); err != nil {
				return err
			}
		}
		return nil
	})
}

// associationIDs sends the id of each association.
func (f *floor) associationIDs(ctx context.Context, send func(string) error) error {
	pages := ssm.NewListAssociationsPaginator(f.client, &ssm.ListAssociationsInput{MaxResults: pageSize})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		for _, a := range out.Associations {
			if err := send(*a.AssociationId); err != nil {
				return err
			}
		}
	}
	return nil
}

func (f *floor) executionsOf(ctx context.Context, association string, page func([]types.AssociationExecution) error) error {
	pages := ssm.NewDescribeAssociationExecutionsPaginator(f.client, &ssm.DescribeAssociationExecutionsInput{
		AssociationId: aws.String(association), MaxResults: pageSize,
	})
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		if err := page(out.AssociationExecutions); err != nil {
			return err
		}
	}
	return nil
}

func (f *floor) managedInstances(ctx context.Context) error {
	return f.nodes(ctx, func(nodes []types.InstanceInformation) error { return write(f, nodes) })
}

func (f *floor) statuses(ctx context.Context) error {
	return each(ctx, f.nodeIDs, func(ctx context.Context, node string) error {
		pages := ssm.NewDescribeInstanceAssociationsStatusPaginator(f.client, &ssm.DescribeInstanceAssociationsStatusInput{
			InstanceId: aws.String(node), MaxResults: pageSize,
		})
		for pages.HasMorePages() {
			out, err := pages.NextPage(ctx)
			if err != nil {
				return err
			}
			if err := write(f, out.InstanceAssociationStatusInfos); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *floor) effectiveAssociations(ctx context.Context) error {
	return each(ctx, f.nodeIDs, func(ctx context.Context, node string) error {
		pages := ssm.NewDescribeEffectiveInstanceAssociationsPaginator(f.client, &ssm.DescribeEffectiveInstanceAssociationsInput{
			InstanceId: aws.String(node), MaxResults: aws.Int32(5),
		})
		for pages.HasMorePages() {
			out, err := pages.NextPage(ctx)
			if err != nil {
				return err
			}
			if err := write(f, out.Associations); err != nil {
				return err
			}
		}
		return nil
	})
}

func (f *floor) associations(ctx context.Context) error {
	return each(ctx, f.associationIDs, func(ctx context.Context, association string) error {
		out, err := f.client.DescribeAssociation(ctx, &ssm.DescribeAssociationInput{AssociationId: aws.String(association)})
		if err != nil {
			return err
		}
		return write(f, []types.AssociationDescription{*out.AssociationDescription})
	})
}

func (f *floor) executions(ctx context.Context) error {
	return each(ctx, f.associationIDs, func(ctx context.Context, association string) error {
		return f.executionsOf(ctx, association, func(executions []types.AssociationExecution) error { return write(f, executions) })
	})
}

func (f *floor) targets(ctx context.Context) error {
	list := func(ctx context.Context, send func(types.AssociationExecution) error) error {
		return each(ctx, f.associationIDs, func(ctx context.Context, association string) error {
			return f.executionsOf(ctx, association, func(executions []types.AssociationExecution) error {
				for _, e := range executions {
					if err := send(e); err != nil {
						return err
					}
				}
				return nil
			})
		})
	}
	return each(ctx, list, func(ctx context.Context, e types.AssociationExecution) error {
		pages := ssm.NewDescribeAssociationExecutionTargetsPaginator(f.client, &ssm.DescribeAssociationExecutionTargetsInput{
			AssociationId: e.AssociationId, ExecutionId: e.ExecutionId, MaxResults: pageSize,
		})
		for pages.HasMorePages() {
			out, err := pages.NextPage(ctx)
			if err != nil {
				return err
			}
			if err := write(f, out.AssociationExecutionTargets); err != nil {
				return err
			}
		}
		return nil
	})
}
