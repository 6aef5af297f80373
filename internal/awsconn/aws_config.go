package awsconn

import (
	"context"
	"errors"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
)

// loadAWSConfig resolves credentials, region and endpoint as the AWS SDK does,
// with the connection's arguments first.
func (c *Connection) loadAWSConfig(ctx context.Context) (aws.Config, error) {
	guard := newAnswerGuard(c.Name, c.config)
	guard.waiting = c.shared.waiting
	options := []func(*config.LoadOptions) error{
		config.WithHTTPClient(c.shared.sockets.configured),
		config.WithLogger(logging.Nop{}), // what matters comes as an error
		config.WithAPIOptions([]func(*middleware.Stack) error{c.shared.counter.count, guard.install}),
	}
	if c.config.DefaultRegion != nil {
		options = append(options, config.WithRegion(*c.config.DefaultRegion))
	}
	if c.config.Profile != nil {
		options = append(options, config.WithSharedConfigProfile(*c.config.Profile))
	}
	options = append(options, config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) {
		o.TokenProvider = refuseMFA
	}))
	if c.config.AccessKey != nil {
		options = append(options, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(
			*c.config.AccessKey, *c.config.SecretKey, aws.ToString(c.config.SessionToken))))
	}

	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("load the AWS configuration: %w", explain(err))
	}
	cfg.HTTPClient = c.shared.sockets.client(cfg.HTTPClient)
	cfg.Region = c.chooseRegion(cfg.Region)
	if c.config.RoleARN != nil {
		cfg.Credentials = aws.NewCredentialsCache(c.assumedRole(cfg))
	}
	return cfg, nil
}

// assumedRole returns a provider of credentials for the connection's role. It renews them
// before they expire, with the credentials of cfg.
func (c *Connection) assumedRole(cfg aws.Config) aws.CredentialsProvider {
	return stscreds.NewAssumeRoleProvider(c.stsClient(cfg), *c.config.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.ExternalID = c.config.ExternalID
		o.RoleSessionName = "steampipe-plugin-ssmassoc"
		if c.config.RoleSessionName != nil {
			o.RoleSessionName = *c.config.RoleSessionName
		}
	})
}

// refuseMFA refuses the AWS SDK's prompt for an MFA code.
func refuseMFA() (string, error) {
	return "", errors.New("the profile's role asks for an MFA code, and there is no one to ask; " +
		"get temporary credentials first (for example with aws sts get-session-token) and configure those")
}
