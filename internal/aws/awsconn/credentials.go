package awsconn

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"

	"github.com/aws/aws-sdk-go-v2/aws"
)

// renewableCredentials are the credentials that are found for a connection. After AWS has
// refused them they are searched for again: a provider has chosen its file or service
// once, and reads a file once.
type renewableCredentials struct {
	load func() (aws.CredentialsProvider, error)

	mu       sync.Mutex
	provider aws.CredentialsProvider // nil until it is loaded
	latest   aws.Credentials         // that the provider has provided; without keys if none
	// generation counts the credentials that may belong to another account than those
	// before: those of a new provider, and a new key of the same.
	generation int
}

var _ aws.CredentialsProvider = (*renewableCredentials)(nil)

// Retrieve returns the credentials to sign a request with.
func (c *renewableCredentials) Retrieve(ctx context.Context) (aws.Credentials, error) {
	provider, generation, err := c.current()
	if err != nil {
		return aws.Credentials{}, err
	}
	credentials, err := provider.Retrieve(ctx)
	if err != nil {
		return credentials, asCredentialsError(err)
	}
	c.note(credentials, generation)
	return credentials, nil
}

// note begins a new generation if a provider has a new key that is not known to belong to
// the same account. It does so before the key signs a request.
func (c *renewableCredentials) note(provided aws.Credentials, generation int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.generation != generation {
		return
	}
	last := c.latest
	c.latest = provided
	sameAccount := provided.AccountID != "" && provided.AccountID == last.AccountID
	if last.HasKeys() && last.AccessKeyID != provided.AccessKeyID && !sameAccount {
		c.generation++
	}
}

func (c *renewableCredentials) current() (aws.CredentialsProvider, int, error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.provider == nil {
		provider, err := c.load()
		if err != nil {
			return nil, 0, asCredentialsError(err)
		}
		c.provider, c.latest = provider, aws.Credentials{}
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
	again := c.latest.HasKeys()
	c.provider = nil
	c.generation++
	return again
}

// use replaces the provider by a newly loaded one.
func (c *renewableCredentials) use(provider aws.CredentialsProvider) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.provider, c.latest = provider, aws.Credentials{}
	c.generation++
}

// renewal returns how a user renews the credentials, or "".
func (c *renewableCredentials) renewal() string {
	c.mu.Lock()
	defer c.mu.Unlock()
	if provider, ok := c.provider.(*cachedCredentials); ok {
		return provider.again
	}
	return ""
}

// inUse returns the generation of the provider in use.
func (c *renewableCredentials) inUse() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.generation
}

// Identity is the account that a connection's credentials belong to.
type Identity struct {
	AccountID  string // twelve digits
	Partition  string // aws, aws-cn, aws-us-gov ...
	generation int    // of the credentials
}

// accountGuard keeps the rows of two accounts apart after the credentials were renewed.
type accountGuard struct {
	accepted atomic.Int64 // the latest generation of credentials known to be of the same account, plus 1
	turn     chan struct{}
	identity Identity // of the accepted generation; zero where STS could not be asked
	changed  error    // set when the credentials belong to another account
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
