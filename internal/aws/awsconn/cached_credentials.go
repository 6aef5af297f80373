package awsconn

import (
	"context"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// cachedCredentials keeps the credentials of a provider until they are about to expire,
// and lets nothing secret into its errors. Unlike the AWS SDK's cache it ends the request
// for new credentials with the context of the call that needs them.
type cachedCredentials struct {
	what     string // what the provider does, for errors
	provider aws.CredentialsProvider
	secrets  func() []string // that the provider sends; nil for none
	again    string          // how a user renews the credentials

	turn  chan struct{}
	value aws.Credentials
	renew time.Time // when to renew the value; zero for never
}

var _ aws.CredentialsProvider = (*cachedCredentials)(nil)

func cached(what string, provider aws.CredentialsProvider, secrets func() []string) *cachedCredentials {
	return &cachedCredentials{what: what, provider: provider, secrets: secrets, turn: make(chan struct{}, 1)}
}

// renewWithin is how long before their end credentials are renewed, at most a tenth of
// the time that they last.
const renewWithin = time.Minute

// Retrieve returns credentials to sign a request with.
func (c *cachedCredentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	select {
	case c.turn <- struct{}{}:
		defer func() { <-c.turn }()
	case <-ctx.Done():
		return aws.Credentials{}, context.Cause(ctx)
	}
	now := time.Now()
	if c.value.HasKeys() && (c.renew.IsZero() || now.Before(c.renew)) {
		return c.value, nil
	}
	fresh, err := c.provider.Retrieve(ctx)
	switch {
	case err == nil && fresh.HasKeys():
	case err != nil && ctx.Err() != nil:
		return aws.Credentials{}, context.Cause(ctx)
	case err != nil && c.value.HasKeys() && now.Before(c.value.Expires):
		return c.value, nil // they are still good
	case err == nil:
		return aws.Credentials{}, sealed(c.what, statement("the answer has no keys"), nil)
	default:
		var secrets []string
		if c.secrets != nil {
			secrets = c.secrets()
		}
		return aws.Credentials{}, sealed(c.what, err, secrets)
	}
	c.value, c.renew = fresh, time.Time{}
	if fresh.CanExpire {
		c.renew = fresh.Expires.Add(-min(renewWithin, fresh.Expires.Sub(now)/10))
	}
	return c.value, nil
}

// peek returns the latest credentials. It must not be called during a Retrieve.
func (c *cachedCredentials) peek() aws.Credentials {
	c.turn <- struct{}{}
	defer func() { <-c.turn }()
	return c.value
}
