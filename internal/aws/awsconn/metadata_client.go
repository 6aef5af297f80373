package awsconn

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"time"
)

// metadataClient asks the metadata services of containers and instances, which are on
// this machine or beside it: directly, and with little patience.
type metadataClient struct {
	client   *http.Client
	attempts int
	pause    time.Duration // between attempts
}

func newMetadataClient(timeout time.Duration, attempts int, pause time.Duration) metadataClient {
	return metadataClient{
		attempts: attempts,
		pause:    pause,
		client: &http.Client{
			Timeout:       timeout,
			Transport:     &http.Transport{DisableKeepAlives: true, MaxResponseHeaderBytes: maxHeaderBytes},
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
	}
}

// maxMetadataBytes bounds an answer. Credentials take less than 2 KB.
const maxMetadataBytes = 64 << 10

// ask sends a request and returns the answer. It tries again while nothing answers, or
// the service fails.
func (c metadataClient) ask(
	ctx context.Context, method, url string, header http.Header,
) (status int, body []byte, err error) {
	for attempt := 1; ; attempt++ {
		status, body, err = c.askOnce(ctx, method, url, header)
		retryable := err != nil || status >= 500 || status == http.StatusTooManyRequests
		if !retryable || attempt == c.attempts || ctx.Err() != nil {
			return status, body, err
		}
		select {
		case <-time.After(c.pause):
		case <-ctx.Done():
			return 0, nil, context.Cause(ctx)
		}
	}
}

func (c metadataClient) askOnce(
	ctx context.Context, method, url string, header http.Header,
) (status int, body []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, method, url, nil)
	if err != nil {
		return 0, nil, statement("its URL is not valid")
	}
	request.Header = header
	response, err := c.client.Do(request)
	if err != nil {
		return 0, nil, noAnswer(err)
	}
	defer func() { _ = response.Body.Close() }()
	body, err = io.ReadAll(io.LimitReader(response.Body, maxMetadataBytes+1))
	switch {
	case err != nil:
		return 0, nil, noAnswer(err)
	case len(body) > maxMetadataBytes:
		return 0, nil, statement(fmt.Sprintf("the answer is longer than %d KB", maxMetadataBytes>>10))
	}
	return response.StatusCode, body, nil
}

// noAnswer removes the URL, whose query may be secret, from an error of HTTP.
func noAnswer(err error) error {
	if timeout, ok := errors.AsType[net.Error](err); ok && timeout.Timeout() {
		return statement("there was no answer in time")
	}
	if text := transportError(err); text != "" {
		return statement(text)
	}
	return statement("there was no complete answer")
}
