package awsconn

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sts"
)

// Identity is the account that a connection's credentials belong to.
type Identity struct {
	AccountID  string // twelve digits
	Partition  string // aws, aws-cn, aws-us-gov ...
	generation int    // of the credentials
}

// Identity returns the account of the connection's present credentials, as AWS named
// it no longer than maxAge ago.
func (c *Connection) Identity(ctx context.Context, maxAge time.Duration) (Identity, error) {
	known, err := c.identity.get(ctx, maxAge, c.identify)
	if err == nil && known.generation != c.credentials.inUse() {
		return c.identity.get(ctx, 0, c.identify)
	}
	return known, err
}

// identify asks STS (GetCallerIdentity) for the account of the credentials.
func (c *Connection) identify(ctx context.Context) (Identity, error) {
	return authorized(ctx, c, func() (Identity, error) {
		if err := c.shared.inFlight.Enter(ctx, c); err != nil {
			return Identity{}, err
		}
		defer c.shared.inFlight.Leave(c)
		return c.getCallerIdentity(ctx)
	})
}

func (c *Connection) getCallerIdentity(ctx context.Context) (Identity, error) {
	s, err := c.open(ctx)
	if err != nil {
		return Identity{}, err
	}
	out, err := c.stsClient(s.cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return Identity{}, fmt.Errorf("find the account of the credentials: %w", explain(err))
	}
	if aws.ToString(out.Account) == "" {
		return Identity{}, errors.New("find the account of the credentials: GetCallerIdentity answered without an account")
	}
	id, err := arn.Parse(aws.ToString(out.Arn))
	if err != nil {
		return Identity{}, fmt.Errorf(
			"find the partition of the credentials: GetCallerIdentity answered with the ARN %q: %w",
			aws.ToString(out.Arn), err)
	}
	return Identity{aws.ToString(out.Account), id.Partition, c.credentials.inUse()}, nil
}

// stsClient returns a client of STS.
func (c *Connection) stsClient(cfg aws.Config) *sts.Client {
	return sts.NewFromConfig(cfg, func(o *sts.Options) {
		o.Retryer = c.retryPolicy(o.RetryMaxAttempts).NewRetryer()
		o.RetryMaxAttempts = 0 // the retryer has it
		if c.config.EndpointURL != nil {
			o.BaseEndpoint = c.config.EndpointURL
		}
	})
}
