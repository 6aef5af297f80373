package awsconn

import (
	"context"
	"errors"
	"fmt"
	"testing"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/smithy-go"
)

// provider provides keys named after its number, or fails.
type provider struct {
	number int
	err    error
}

func (p provider) Retrieve(context.Context) (aws.Credentials, error) {
	return aws.Credentials{AccessKeyID: fmt.Sprint(p.number), SecretAccessKey: "secret"}, p.err
}

func TestRenewableCredentials(t *testing.T) {
	loads := 0
	var failure error // of the providers
	credentials := renewableCredentials{load: func() (aws.CredentialsProvider, error) {
		loads++
		return provider{loads, failure}, nil
	}}
	retrieve := func(want string) {
		t.Helper()
		if got, err := credentials.Retrieve(t.Context()); got.AccessKeyID != want || err != nil {
			t.Errorf("got %q, error %v; want %q", got.AccessKeyID, err, want)
		}
	}
	retrieve("1")
	retrieve("1") // from the same provider

	generation := credentials.inUse()
	if !credentials.renew(generation) {
		t.Error("a provider that has worked is not worth another attempt")
	}
	if !credentials.renew(generation) || credentials.inUse() != generation+1 {
		t.Error("two calls that were refused together renewed the credentials twice")
	}
	retrieve("2")

	failure = errors.New("no credentials")
	credentials.renew(credentials.inUse())
	if _, err := credentials.Retrieve(t.Context()); !errors.Is(err, failure) || !isCredentialsError(err) {
		t.Errorf("error %v, want %v as a credentials error", err, failure)
	}
	if credentials.renew(credentials.inUse()) {
		t.Error("a provider that has never worked is worth another attempt")
	}
}

func TestIsCredentialsError(t *testing.T) {
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"expired credentials":        {&smithy.GenericAPIError{Code: "ExpiredTokenException"}, true},
		"the same, wrapped":          {fmt.Errorf("call: %w", &smithy.GenericAPIError{Code: "ExpiredToken"}), true},
		"no credentials":             {asCredentialsError(errors.New("none")), true},
		"no permission":              {&smithy.GenericAPIError{Code: "AccessDeniedException"}, false},
		"a throttled call":           {&smithy.GenericAPIError{Code: "ThrottlingException"}, false},
		"an error that is not AWS's": {errors.New("ExpiredToken"), false},
	} {
		t.Run(name, func(t *testing.T) {
			if got := isCredentialsError(test.err); got != test.want {
				t.Errorf("got %v, want %v", got, test.want)
			}
		})
	}
}
