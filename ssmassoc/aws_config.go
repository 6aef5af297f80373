package ssmassoc

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
)

// loadAWSConfig resolves credentials, region and endpoint as the AWS SDK does,
// with the connection's arguments first.
func (c *connection) loadAWSConfig(ctx context.Context) (aws.Config, error) {
	options := []func(*config.LoadOptions) error{
		config.WithHTTPClient(newHTTPClient(c.maxConcurrentRequests())),
		config.WithLogger(logging.Nop{}), // what matters of it comes as errors
		config.WithAPIOptions([]func(*middleware.Stack) error{c.calls.count}),
	}
	if region := c.configuredRegion(); region != "" {
		options = append(options, config.WithRegion(region))
	}
	if c.config.Profile != nil {
		options = append(options, config.WithSharedConfigProfile(*c.config.Profile))
	}
	if c.config.AccessKey != nil {
		options = append(options, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(
			*c.config.AccessKey, *c.config.SecretKey, aws.ToString(c.config.SessionToken))))
	}

	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("load the AWS configuration: %w", err)
	}
	cfg.HTTPClient = bodyInMemory{cfg.HTTPClient}
	return cfg, nil
}

// configuredRegion is the region that the configuration itself names for calls
// that belong to no region in particular, or "" where it names none and the AWS
// SDK looks in the environment and the profile.
func (c *connection) configuredRegion() string {
	if c.config.DefaultRegion != nil {
		return *c.config.DefaultRegion
	}
	if len(c.config.Regions) > 0 {
		return c.config.Regions[0]
	}
	return ""
}
