package ssmassoc

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"
)

// manyRegions is more regions than AWS has in one partition.
const manyRegions = 64

// How long an endpoint may take, to begin an answer and to end it, before the
// attempt counts as failed.
const (
	responseTimeout = time.Minute
	attemptTimeout  = 2 * time.Minute
)

// newHTTPClient returns a client that keeps the connections that it has opened:
// there are never more than the requests in flight, and a scan opens each once.
// Each region has a host of its own, unless endpoint_url sends all to one.
func newHTTPClient(inFlight int) aws.HTTPClient {
	return awshttp.NewBuildableClient().WithTransportOptions(func(t *http.Transport) {
		t.MaxIdleConnsPerHost = inFlight * manyRegions
		t.MaxIdleConns = 0 // no bound over all hosts
		t.ResponseHeaderTimeout = responseTimeout
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

// Do sends the request. The answer must have been read within attemptTimeout.
func (c bodyInMemory) Do(r *http.Request) (*http.Response, error) {
	ctx, cancel := context.WithTimeoutCause(r.Context(), attemptTimeout, errAttemptTimeout)
	body := r.Body
	r = r.Clone(ctx)
	if body != nil {
		content, err := io.ReadAll(body)
		if err != nil {
			cancel()
			return nil, fmt.Errorf("read the request's body: %w", err)
		}
		r.Body = io.NopCloser(bytes.NewReader(content))
	}
	response, err := c.HTTPClient.Do(r)
	if err != nil {
		cancel()
		return nil, err
	}
	response.Body = &bodyOfAttempt{response.Body, cancel}
	return response, nil
}

var errAttemptTimeout = fmt.Errorf("no whole answer within %s", attemptTimeout)

// bodyOfAttempt is the body of an answer; with it ends the attempt.
type bodyOfAttempt struct {
	io.ReadCloser
	end context.CancelFunc
}

// Close closes the body.
func (b *bodyOfAttempt) Close() error {
	defer b.end()
	return b.ReadCloser.Close()
}
