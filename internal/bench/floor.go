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
	"golang.org/x/sync/errgroup"
)

// floor reads the fleet with the AWS SDK alone, as one would write it for this
// task: it lists the nodes, reads each with a fixed number of workers, and
// writes each row as a line of JSON.
func floor(ctx context.Context, url string, to io.Writer) error {
	client := ssm.New(ssm.Options{
		Region:       "us-east-1",
		BaseEndpoint: aws.String(url),
		Credentials:  credentials.NewStaticCredentialsProvider("test", "test", ""),
		Retryer:      retry.NewAdaptiveMode(),
		HTTPClient: awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConnsPerHost = workers
		}),
	})
	out := bufio.NewWriterSize(to, 1<<16)
	var mu sync.Mutex

	ids := make(chan string, workers)
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error {
		defer close(ids)
		pages := ssm.NewDescribeInstanceInformationPaginator(client, &ssm.DescribeInstanceInformationInput{MaxResults: aws.Int32(50)})
		for pages.HasMorePages() {
			page, err := pages.NextPage(ctx)
			if err != nil {
				return fmt.Errorf("list nodes: %w", err)
			}
			for _, node := range page.InstanceInformationList {
				select {
				case ids <- *node.InstanceId:
				case <-ctx.Done():
					return ctx.Err()
				}
			}
		}
		return nil
	})
	for range workers {
		group.Go(func() error {
			for id := range ids {
				pages := ssm.NewDescribeInstanceAssociationsStatusPaginator(client, &ssm.DescribeInstanceAssociationsStatusInput{
					InstanceId: aws.String(id), MaxResults: aws.Int32(50),
				})
				for pages.HasMorePages() {
					page, err := pages.NextPage(ctx)
					if err != nil {
						return fmt.Errorf("read node %s: %w", id, err)
					}
					for i := range page.InstanceAssociationStatusInfos {
						line, err := json.Marshal(&page.InstanceAssociationStatusInfos[i])
						if err != nil {
							return err
						}
						mu.Lock()
						_, err = out.Write(append(line, '\n'))
						mu.Unlock()
						if err != nil {
							return err
						}
					}
				}
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return err
	}
	return out.Flush()
}
