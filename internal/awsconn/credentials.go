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

// renewableCredentials are the credentials that the AWS SDK finds for a
// connection, and finds anew after AWS has refused them: its chain of providers
// decides once which file or service to ask, and reads the file once.
type renewableCredentials struct {
	load func(context.Context) (aws.CredentialsProvider, error)

	mu         sync.Mutex
	provider   aws.CredentialsProvider // nil until it is loaded
	worked     bool                    // the provider has provided
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

// renew drops the provider of the given generation, if it is still in use, and
// reports whether it is worth it to try again: not with a provider that has
// never provided anything, which would only take its time again.
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

// use replaces the provider by one that was just loaded.
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

// authorized makes a call of AWS for a connection. Where its credentials are
// refused, or cannot be had, they are looked for anew, and the call is made once
// more: someone may have renewed them. Keys among the connection's arguments stay.
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
	// Whatever else the answer is, that a node is unknown too, it is one for an
	// account: that of the latest credentials, or of those before.
	if changed := c.sameAccount(ctx, c.credentials.inUse()); changed != nil {
		return result, changed
	}
	return result, err
}

// accountGuard keeps what is read with renewed credentials from standing beside what
// was read of another account.
type accountGuard struct {
	accepted atomic.Int64 // the generation of credentials whose account is known to be the same
	turn     chan struct{}
	identity Identity // of the accepted generation; zero where STS could not be asked
	changed  error    // set when the credentials belong to another account
}

// firstCallerTimeout bounds the first question for the account of credentials that
// may be renewed. Without an answer a renewal during a query fails it.
const firstCallerTimeout = 5 * time.Second

// sameAccount returns an error if credentials of a generation belong to another
// account than those that the connection began with.
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
		first, cancel := context.WithTimeout(ctx, firstCallerTimeout)
		defer cancel()
		g.identity, _ = c.getCallerIdentity(first) // unknown is dealt with below
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
		g.changed = errors.New("the credentials were renewed, and it is not known whether they belong to the same account as when the query began; run it again")
	default:
		g.changed = fmt.Errorf("the credentials now belong to account %s, and did to %s when the query began; run it again", now.AccountID, g.identity.AccountID)
	}
	c.restart(c)
	return g.changed
}

// Ignores reports whether the connection's arguments ignore an error, and else
// returns what to fail with. An error that may mean that a region is not enabled
// for the account may as well mean that the credentials are no longer good
// anywhere: it is ignored only while they are good for STS.
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

// isCredentialsError reports whether AWS refused the credentials themselves, not
// what they may do, or whether there were none.
func isCredentialsError(err error) bool {
	code, _ := apiError(err)
	var none *credentialsError
	return slices.Contains(refusedCredentials, code) || errors.As(err, &none)
}

// refusedCredentials are the error codes of services for credentials that are
// not known, no longer good, or not good here.
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
