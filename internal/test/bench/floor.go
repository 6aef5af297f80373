package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/ssm"
	"github.com/aws/aws-sdk-go-v2/service/ssm/types"
	"golang.org/x/sync/errgroup"
)

// floor reads a table's content with the AWS SDK alone, as a dedicated program would:
// it lists the parents, reads each with a fixed number of workers, and writes each row
// as a line of JSON.
type floor struct {
	client *ssm.Client

	mu  sync.Mutex
	out *bufio.Writer
}

// runFloorOf reads the table of the given name from the endpoint.
func runFloorOf(ctx context.Context, name, url string, to io.Writer) error {
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
	i := slices.IndexFunc(tables, func(t table) bool { return t.name == name })
	if i < 0 {
		return fmt.Errorf("there is no floor for table %s", name)
	}
	if err := tables[i].floor(f, ctx); err != nil {
		return fmt.Errorf("read %s: %w", name, err)
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

// each calls read for each parent that list sends, with a fixed number of
// workers.
func each[Parent any](
	ctx context.Context,
	list func(ctx context.Context, send func(Parent) error) error,
	read func(context.Context, Parent) error,
) error {
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

// paginator is a paginator of the AWS SDK.
type paginator[Output any] interface {
	HasMorePages() bool
	NextPage(context.Context, ...func(*ssm.Options)) (*Output, error)
}

// eachPage calls use with each page.
func eachPage[Output any](ctx context.Context, pages paginator[Output], use func(*Output) error) error {
	for pages.HasMorePages() {
		out, err := pages.NextPage(ctx)
		if err != nil {
			return err
		}
		if err := use(out); err != nil {
			return err
		}
	}
	return nil
}

// pageSize is the largest page of all operations but one.
var pageSize = aws.Int32(50)

func (f *floor) nodes(ctx context.Context, page func([]types.InstanceInformation) error) error {
	in := &ssm.DescribeInstanceInformationInput{MaxResults: pageSize}
	pages := ssm.NewDescribeInstanceInformationPaginator(f.client, in)
	return eachPage(ctx, pages, func(out *ssm.DescribeInstanceInformationOutput) error {
		return page(out.InstanceInformationList)
	})
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
	return eachPage(ctx, pages, func(out *ssm.ListAssociationsOutput) error {
		for _, a := range out.Associations {
			if err := send(*a.AssociationId); err != nil {
				return err
			}
		}
		return nil
	})
}
