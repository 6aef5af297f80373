package awsconn

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"

	"steampipe-plugin-ssmassoc/internal/throttle"
)

// renewableCredentials are the credentials that the AWS SDK finds for a connection. After
// AWS has refused them the SDK searches again: its chain of providers chooses a file or
// service once, and reads a file once.
type renewableCredentials struct {
	load func(context.Context) (aws.CredentialsProvider, error)

	mu         sync.Mutex
	provider   aws.CredentialsProvider // nil until it is loaded
	worked     bool                    // whether the provider has provided anything
	generation int                     // of the provider
}

var _ aws.CredentialsProvider = (*renewableCredentials)(nil)

// Retrieve returns the credentials to sign a request with.
func (c *renewableCredentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	provider, generation, err := c.current(ctx)
	if err != nil {
		return aws.Credentials{}, err
	}
	credentials, err := provider.Retrieve(ctx)
	if err != nil {
		return credentials, &credentialsError{err}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.worked = c.worked || c.generation == generation
	return credentials, nil
}

func (c *renewableCredentials) current(ctx context.Context) (aws.CredentialsProvider, int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.provider == nil {
		provider, err := c.load(ctx)
		if err != nil {
			return nil, 0, &credentialsError{err}
		}
		c.provider, c.worked = provider, false
	}
	return c.provider, c.generation, nil
}

// renew drops the provider of the given generation, if it is still in use, and reports
// whether another attempt is worthwhile. It is not if the provider has never provided
// anything, and would only fail as slowly again.
func (c *renewableCredentials) renew(generation int) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation != generation {
		return true // renewed since
	}
	again := c.worked
	c.provider = nil
	c.generation++
	return again
}

// use replaces the provider by a newly loaded one.
func (c *renewableCredentials) use(provider aws.CredentialsProvider) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.provider, c.worked = provider, false
	c.generation++
}

// inUse returns the generation of the provider in use.
func (c *renewableCredentials) inUse() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.generation
}

// credentialsError is a failure to get credentials.
type credentialsError struct{ error }

func (e *credentialsError) Unwrap() error { return e.error }

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
	if err != nil && (ctx.Err() != nil || isCredentialsError(err)) {
		return result, err
	}
	// Any other answer, such as that a node is unknown, is about one account: that of
	// the latest credentials, which need not be that of the ones before.
	if changed := c.sameAccount(ctx, c.credentials.inUse()); changed != nil {
		return result, changed
	}
	return result, err
}

// accountGuard keeps the rows of two accounts apart after the credentials were renewed.
type accountGuard struct {
	accepted atomic.Int64 // the latest generation of credentials known to be of the same account, plus 1
	turn     chan struct{}
	identity Identity // of the accepted generation; zero where STS could not be asked
	changed  error    // set when the credentials belong to another account
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
		g.changed = errors.New("the credentials were renewed, and it is not known whether they belong to the " +
			"same account as when the query began; run it again")
	default:
		g.changed = fmt.Errorf("the credentials now belong to account %s, and did to %s when the query began; run it again",
			now.AccountID, g.identity.AccountID)
	}
	c.restart(c)
	return g.changed
}

// Ignores reports whether the connection's arguments ignore an error, or returns the
// error to fail with. An error that can mean that a region is not enabled can also mean
// that the credentials are not valid anywhere: it is ignored only if STS accepts them.
func (c *Connection) Ignores(ctx context.Context, err error) (bool, error) {
	if !c.ignored.match(err) {
		return false, err
	}
	if isCredentialsError(err) {
		if _, identityErr := c.identify(ctx); identityErr != nil {
			return false, fmt.Errorf("%w\nnot ignored, since the credentials are not valid at all: %w", err, identityErr)
		}
	}
	return true, err
}

// isCredentialsError reports whether there are no credentials, or AWS refused the
// credentials themselves rather than what they may do.
func isCredentialsError(err error) bool {
	code, _ := apiError(err)
	var none *credentialsError
	return slices.Contains(refusedCredentials, code) || errors.As(err, &none)
}

// refusedCredentials lists the error codes for credentials that are unknown, no longer
// valid, or not valid here.
var refusedCredentials = []string{
	"AuthFailure",
	"ExpiredToken",
	"ExpiredTokenException",
	"IncompleteSignature",
	"InvalidAccessKeyId",
	"InvalidClientTokenId",
	"InvalidSignatureException",
	"MissingAuthenticationToken",
	"MissingAuthenticationTokenException",
	"RequestExpired",
	"SignatureDoesNotMatch",
	"TokenRefreshRequired",
	"UnrecognizedClientException",
}
