package awsconn

import (
	"context"
	"errors"
	"fmt"
	"syscall"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/arn"
	"github.com/aws/aws-sdk-go-v2/service/sts"

	"steampipe-plugin-ssmassoc/internal/aws/throttle"
)

// authorized makes a call for a connection. If AWS refuses the credentials, or there are
// none, it searches for credentials and calls once more: the user may have renewed them.
// It does not replace keys in the connection's arguments.
func authorized[T any](ctx context.Context, c *Connection, call func() (T, error)) (T, error) {
	if c.config.AccessKey != nil {
		return call()
	}
	generation := c.credentials.inUse()
	renewed := func(err error) bool {
		return ctx.Err() == nil && isCredentialsError(err) && c.credentials.renew(generation)
	}
	var result T
	err := throttle.Again(1, renewed, func() (err error) {
		result, err = call()
		return err
	})
	if err != nil && (ctx.Err() != nil || isCredentialsError(err) || errors.Is(err, syscall.ECONNREFUSED)) {
		return result, err
	}
	// Any other answer, such as that a node is unknown, is about one account: that of
	// the latest credentials, which need not be that of the ones before.
	if changed := c.sameAccount(ctx, c.credentials.inUse()); changed != nil {
		return result, changed
	}
	return result, err
}

// firstIdentityTimeout bounds the first request for the account of credentials that may
// be renewed. Without an answer, renewing them during a query fails the query.
const firstIdentityTimeout = 5 * time.Second

// sameAccount returns an error if the credentials of a generation belong to another
// account than the connection's first.
func (c *Connection) sameAccount(ctx context.Context, generation int) error {
	g := &c.account
	if g.accepted.Load() == int64(generation)+1 {
		return nil
	}
	select {
	case g.turn <- struct{}{}:
		defer func() { <-g.turn }()
	case <-ctx.Done():
		return context.Cause(ctx)
	}
	if g.changed != nil || g.accepted.Load() >= int64(generation)+1 {
		return g.changed
	}
	if g.accepted.Load() == 0 {
		first, cancel := context.WithTimeout(ctx, firstIdentityTimeout)
		defer cancel()
		g.identity, _ = c.getCallerIdentity(first) // "" if unknown: see below
		g.accepted.Store(int64(generation) + 1)
		return nil
	}
	now, err := c.getCallerIdentity(ctx)
	switch {
	case err != nil:
		return err
	case g.identity.AccountID == now.AccountID:
		g.accepted.Store(int64(generation) + 1)
		return nil
	case g.identity.AccountID == "":
		g.changed = errors.New("the credentials were renewed during the query, perhaps for another account; " +
			"run it again")
	default:
		g.changed = fmt.Errorf("the credentials changed from account %s to %s during the query; run it again",
			g.identity.AccountID, now.AccountID)
	}
	c.restart(c)
	return g.changed
}

func (c *Connection) getCallerIdentity(ctx context.Context) (Identity, error) {
	s, err := c.open(ctx)
	if err != nil {
		return Identity{}, err
	}
	out, err := c.config.stsClient(s.cfg).GetCallerIdentity(ctx, &sts.GetCallerIdentityInput{})
	if err != nil {
		return Identity{}, fmt.Errorf("find the account of the credentials: %w", c.explain(err))
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
