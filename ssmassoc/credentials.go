package ssmassoc

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
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
func authorized[T any](ctx context.Context, c *connection, call func() (T, error)) (T, error) {
	generation := c.credentials.inUse()
	result, err := call()
	if err == nil || c.config.AccessKey != nil || !isCredentialsError(err) || !c.credentials.renew(generation) {
		return result, err
	}
	if result, err = call(); err != nil {
		return result, err
	}
	return result, c.sameAccount(ctx)
}

// sameAccount returns an error if the connection's renewed credentials belong to
// another account than those before. What was read with those must then not stand
// beside what is read now.
func (c *connection) sameAccount(ctx context.Context) error {
	c.renewal.Lock()
	defer c.renewal.Unlock()
	if c.lastCaller.generation == c.credentials.inUse() {
		return nil // another call has looked
	}
	now, err := c.getCallerIdentity(ctx)
	if err != nil {
		return err
	}
	before := c.lastCaller
	c.lastCaller = now
	if before.accountID == now.accountID {
		return nil
	}
	c.restart()
	if before.accountID == "" {
		return nil // nobody has asked before
	}
	return fmt.Errorf("the credentials now belong to account %s, and did to %s when the query began; run it again", now.accountID, before.accountID)
}

// ignores reports whether the connection's arguments ignore an error, and else
// returns what to fail with. An error that may mean that a region is not enabled
// for the account may as well mean that the credentials are no longer good
// anywhere: it is ignored only while they are good for STS.
func (c *connection) ignores(ctx context.Context, err error) (bool, error) {
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
