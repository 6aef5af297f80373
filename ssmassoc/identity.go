package ssmassoc

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// identity is the account that a connection's credentials belong to.
type identity struct {
	AccountID  string // twelve digits
	Partition  string // aws, aws-cn, aws-us-gov ...
	generation int    // of the credentials
}

// Identity returns the account of the connection's present credentials, as AWS named
// it no longer than maxAge ago.
func (c *connection) Identity(ctx context.Context, maxAge time.Duration) (identity, error) {
	known, err := c.identity.get(ctx, maxAge, c.identify)
	if err == nil && known.generation != c.credentials.inUse() {
		return c.identity.get(ctx, 0, c.identify)
	}
	return known, err
}

// identify asks STS (GetCallerIdentity) for the account of the connection's
// credentials.
func (c *connection) identify(ctx context.Context) (identity, error) {
	return authorized(ctx, c, func() (identity, error) {
		if err := c.shared.inFlight.Enter(ctx, c); err != nil {
			return identity{}, err
		}
		defer c.shared.inFlight.Leave(c)
		return c.getCallerIdentity(ctx)
	})
}

func (c *connection) getCallerIdentity(ctx context.Context) (identity, error) {
	s, err := c.open(ctx)
	if err != nil {
		return identity{}, err
	}
	out, err := c.stsClient(s.cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return identity{}, fmt.Errorf("find the account of the credentials: %w", explain(err))
	}
	if aws.ToString(out.Account) == "" {
		return identity{}, errors.New("find the account of the credentials: GetCallerIdentity answered without an account")
	}
	id, err := arn.Parse(aws.ToString(out.Arn))
	if err != nil {
		return identity{}, fmt.Errorf("find the partition of the credentials: GetCallerIdentity answered with the ARN %q: %w", aws.ToString(out.Arn), err)
	}
	return identity{aws.ToString(out.Account), id.Partition, c.credentials.inUse()}, nil
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
