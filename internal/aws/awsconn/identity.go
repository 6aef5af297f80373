package awsconn

import (
	"context"
	"time"
)

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
		if err := c.shared.inFlight.Enter(ctx, &c.config); err != nil {
			return Identity{}, err
		}
		defer c.shared.inFlight.Leave(&c.config)
		return c.getCallerIdentity(ctx)
	})
}
