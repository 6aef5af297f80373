package awsconn

import (
	"fmt"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/aws/smithy-go/logging"
	"github.com/aws/smithy-go/middleware"

	"steampipe-plugin-ssmassoc/internal/aws/awsprofile"
	"steampipe-plugin-ssmassoc/internal/aws/throttle"
)

// load resolves credentials, region and endpoints as the AWS CLI does, with the arguments
// first. connection is the name of the connection. The AWS SDK's own resolution is not
// used: it differs from the CLI's in what it reads and in what comes first.
func (c *Config) load(connection string, shared *Shared) (aws.Config, error) {
	if shared.invalid != nil {
		return aws.Config{}, shared.invalid
	}
	cfg, settings, err := c.withoutCredentials(connection, shared)
	if err != nil {
		return aws.Config{}, fmt.Errorf("load the AWS configuration: %w", err)
	}
	sources := credentialSources{cfg: cfg, config: c}
	if cfg.Credentials, err = sources.find(settings); err != nil {
		return aws.Config{}, fmt.Errorf("load the AWS configuration: %w", err)
	}
	return cfg, nil
}

// withoutCredentials returns the configuration of clients that need no credentials.
func (c *Config) withoutCredentials(connection string, shared *Shared) (aws.Config, *awsprofile.Settings, error) {
	settings, err := awsprofile.Load(shared.environ, c.Profile)
	if err != nil {
		return aws.Config{}, nil, err
	}
	client, err := shared.sockets.client(settings)
	if err != nil {
		return aws.Config{}, nil, err
	}
	attempts, err := settings.MaxAttempts()
	if err != nil {
		return aws.Config{}, nil, err
	}
	guard := newAnswerGuard(connection, *c)
	guard.waiting = shared.waiting
	endpoints := endpoints{c.EndpointURL, settings}
	return aws.Config{
		Region:                     c.chooseRegion(settings.Region()),
		HTTPClient:                 client,
		RetryMaxAttempts:           attempts,
		ConfigSources:              []any{endpoints},
		ServiceOptions:             []func(string, any){endpoints.configure},
		APIOptions:                 []func(*middleware.Stack) error{shared.counter.count, guard.install},
		Logger:                     logging.Nop{}, // what matters comes as an error
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenSupported,
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenSupported,
		AppID:                      settings.Value("sdk_ua_app_id", "AWS_SDK_UA_APP_ID"),
	}, settings, nil
}

// Default returns the configuration of the AWS CLI for clients that belong to no
// connection. They have the guard of connections.
func Default() (aws.Config, error) {
	c, shared := &Config{}, NewShared()
	cfg, err := c.load("", shared)
	if err != nil {
		return aws.Config{}, err
	}
	settings := endpointsOf(cfg).settings
	// The client of connections holds the body of each request in memory.
	cfg.HTTPClient = cfg.HTTPClient.(*httpClient).client
	if settings.Value("retry_mode", "AWS_RETRY_MODE") == string(aws.RetryModeAdaptive) {
		cfg.RetryMode = aws.RetryModeAdaptive
	}
	for _, when := range []struct {
		name, variable string
		required       func()
	}{
		{"request_checksum_calculation", "AWS_REQUEST_CHECKSUM_CALCULATION",
			func() { cfg.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired }},
		{"response_checksum_validation", "AWS_RESPONSE_CHECKSUM_VALIDATION",
			func() { cfg.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired }},
	} {
		switch strings.ToLower(settings.Value(when.name, when.variable)) {
		case "", "when_supported":
		case "when_required":
			when.required()
		default:
			return aws.Config{}, fmt.Errorf("load the AWS configuration: %s (%s): set it to when_supported or when_required",
				when.variable, when.name)
		}
	}
	return cfg, nil
}

// stsClient returns a client of STS.
func (c *Config) stsClient(cfg aws.Config) *sts.Client {
	return sts.NewFromConfig(cfg, func(o *sts.Options) {
		o.Retryer = c.retryPolicy(o.RetryMaxAttempts).NewRetryer()
		o.RetryMaxAttempts = 0 // the retryer has it
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
