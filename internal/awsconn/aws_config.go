package awsconn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"steampipe-plugin-ssmassoc/internal/throttle"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/credentials/stscreds"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"
)

// load resolves credentials, region and endpoint as the AWS SDK does, with the arguments
// first. connection is the name of the connection.
func (c *Config) load(ctx context.Context, connection string, shared *Shared) (aws.Config, error) {
	guard := newAnswerGuard(connection, *c)
	guard.waiting = shared.waiting
	options := []func(*config.LoadOptions) error{
		config.WithHTTPClient(shared.sockets.configured),
		config.WithLogger(logging.Nop{}), // what matters comes as an error
		config.WithAPIOptions([]func(*middleware.Stack) error{shared.counter.count, guard.install}),
	}
	if c.DefaultRegion != nil {
		options = append(options, config.WithRegion(*c.DefaultRegion))
	}
	if c.Profile != nil {
		options = append(options, config.WithSharedConfigProfile(*c.Profile))
	}
	options = append(options, config.WithAssumeRoleCredentialOptions(func(o *stscreds.AssumeRoleOptions) {
		o.TokenProvider = refuseMFA
	}))
	if c.AccessKey != nil {
		options = append(options, config.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(
			*c.AccessKey, *c.SecretKey, aws.ToString(c.SessionToken))))
	}

	cfg, err := config.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return aws.Config{}, fmt.Errorf("load the AWS configuration: %w", explain(err))
	}
	cfg.HTTPClient = shared.sockets.client(cfg.HTTPClient)
	cfg.Region = c.chooseRegion(cfg.Region)
	if c.RoleARN != nil {
		cfg.Credentials = aws.NewCredentialsCache(c.assumedRole(cfg))
	}
	return cfg, nil
}

// assumedRole returns a provider of credentials for the connection's role. It renews them
// before they expire, with the credentials of cfg.
func (c *Config) assumedRole(cfg aws.Config) aws.CredentialsProvider {
	return stscreds.NewAssumeRoleProvider(c.stsClient(cfg), *c.RoleARN, func(o *stscreds.AssumeRoleOptions) {
		o.ExternalID = c.ExternalID
		o.RoleSessionName = "steampipe-plugin-ssmassoc"
		if c.RoleSessionName != nil {
			o.RoleSessionName = *c.RoleSessionName
		}
	})
}

// refuseMFA refuses the AWS SDK's prompt for an MFA code.
func refuseMFA() (string, error) {
	return "", errors.New("the profile's role asks for an MFA code, and there is no one to ask; " +
		"get temporary credentials first (for example with aws sts get-session-token) and configure those")
}

// stsClient returns a client of STS.
func (c *Config) stsClient(cfg aws.Config) *sts.Client {
	return sts.NewFromConfig(cfg, func(o *sts.Options) {
		o.Retryer = c.retryPolicy(o.RetryMaxAttempts).NewRetryer()
		o.RetryMaxAttempts = 0 // the retryer has it
		if c.EndpointURL != nil {
			o.BaseEndpoint = c.EndpointURL
		}
	})
}

// retryPolicy returns the policy of the arguments. environment is the number
// of attempts that the environment or the profile sets (AWS_MAX_ATTEMPTS, max_attempts),
// or 0.
func (c *Config) retryPolicy(environment int) *throttle.Policy {
	attempts, delay := throttle.DefaultMaxAttempts, throttle.DefaultMinDelay
	if environment > 0 {
		attempts = environment
	}
	if n := c.MaxErrorRetryAttempts; n != nil {
		attempts = *n
	}
	if n := c.MinErrorRetryDelay; n != nil {
		delay = time.Duration(*n) * time.Millisecond
	}
	return throttle.NewPolicy(attempts, delay)
}
