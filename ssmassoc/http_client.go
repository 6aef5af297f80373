package ssmassoc

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// newHTTPClient returns a client that keeps as many idle connections to each
// endpoint as there may be requests in flight to it, so that a scan opens each
// of them once.
func newHTTPClient(inFlight int) aws.HTTPClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = inFlight
		t.MaxIdleConns = 0 // the bound per host is the one that counts
	})
}

// bodyInMemory is a client that sends a request's body from memory.
//
// The AWS SDK closes the body of a request as soon as the headers of the answer
// are there. Where the HTTP transport has not noticed by then that it has sent
// the whole body, it takes the close for a failure and drops the connection
// with the answer half read. Seen with endpoints that answer within
// microseconds. It does not wait for a body that it knows to be in memory.
type bodyInMemory struct {
	aws.HTTPClient
}

// Do sends the request.
func (c bodyInMemory) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, fmt.Errorf("read the request's body: %w", err)
		}
		r = r.Clone(r.Context())
		r.Body = io.NopCloser(bytes.NewReader(body))
	}
	return c.HTTPClient.Do(r)
}
