package ssmassoc

import (
	"context"
	"fmt"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sts"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// caller is who a connection's credentials belong to.
type caller struct {
	accountID string // twelve digits
	partition string // aws, aws-cn, aws-us-gov ...
}

// identify asks STS (GetCallerIdentity) who the connection's credentials belong to.
func (c *connection) identify(ctx context.Context) (caller, error) {
	cfg, err := c.awsConfig.get(ctx, c.loadAWSConfig)
	if err != nil {
		return caller{}, err
	}
	out, err := c.stsClient(cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return caller{}, fmt.Errorf("find the account of the credentials: %w", explain(err))
	}
	id, err := arn.Parse(aws.ToString(out.Arn))
	if err != nil {
		return caller{}, fmt.Errorf("find the partition of the credentials: GetCallerIdentity answered with the ARN %q: %w", aws.ToString(out.Arn), err)
	}
	return caller{accountID: aws.ToString(out.Account), partition: id.Partition}, nil
}

// stsClient returns a client of STS.
func (c *connection) stsClient(cfg aws.Config) *sts.Client {
	return sts.NewFromConfig(cfg, func(o *sts.Options) {
		o.Retryer = c.newRetryer(o.RetryMaxAttempts)
		o.RetryMaxAttempts = 0 // the retryer knows it
		if c.config.EndpointURL != nil {
			o.BaseEndpoint = c.config.EndpointURL
		}
	})
}

// connectionAccountID lets the SDK pass over the connections of an aggregator
// whose account a query does not ask for. The SDK drops a connection whose
// account it cannot find out; the failure recorded here makes that an error.
func (s *service) connectionAccountID(ctx context.Context, d *plugin.QueryData, _ *plugin.HydrateData) (any, error) {
	id, err := func() (caller, error) {
		c, err := s.connection(ctx, d.Connection)
		if err != nil {
			return caller{}, err
		}
		return c.caller.get(ctx, c.identify)
	}()
	if err != nil {
		return nil, fail(ctx, d.Connection.Name, err)
	}
	return id.accountID, nil
}
