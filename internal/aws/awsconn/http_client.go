package awsconn

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	awshttp "github.com/aws/aws-sdk-go-v2/aws/transport/http"

	"steampipe-plugin-ssmassoc/internal/aws/awsprofile"
	"steampipe-plugin-ssmassoc/internal/aws/throttle"
)

const (
	// connectTimeout bounds the time to open a connection, for each address of a
	// host.
	connectTimeout = 10 * time.Second
	// idleTimeout is how long an unused connection stays open for the next scan.
	idleTimeout = 30 * time.Second
	// maxHeaderBytes bounds the headers of an answer. AWS's take less than 1 KB.
	maxHeaderBytes = 64 << 10
)

// sockets holds the HTTP clients of all connections. Accounts have AWS's hosts in common,
// so one client serves them all. Connections whose settings have other authorities
// (AWS_CA_BUNDLE, ca_bundle) share one for each file: to read such a file takes
// milliseconds, and to hold it a megabyte.
type sockets struct {
	configured *awshttp.BuildableClient
	shared     *httpClient

	mu      sync.Mutex
	bundles map[string]*bundle // by path
}

// bundle is a file of authorities, and the client that trusts them.
type bundle struct {
	modified time.Time
	client   *httpClient
}

// newSockets returns clients that keep as many sockets open as there may be requests in
// flight, so that a scan opens each of them once.
func newSockets(inFlight int) *sockets {
	configured := awshttp.NewBuildableClient().
		WithDialerOptions(func(d *net.Dialer) { d.Timeout = connectTimeout }).
		WithTransportOptions(func(t *http.Transport) {
			t.MaxIdleConnsPerHost = inFlight
			t.MaxIdleConns = inFlight
			t.IdleConnTimeout = idleTimeout
			t.MaxResponseHeaderBytes = maxHeaderBytes
		})
	return &sockets{configured: configured, shared: newClient(configured), bundles: map[string]*bundle{}}
}

// client returns the client for the settings of a connection.
func (s *sockets) client(settings *awsprofile.Settings) (*httpClient, error) {
	if err := checkProxies(); err != nil {
		return nil, err
	}
	path, from := settings.CABundle()
	if path == "" {
		return s.shared, nil
	}
	info, err := os.Stat(path)
	if err != nil {
		return nil, fmt.Errorf("read the certificates of %s: %w", from, err)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	known := s.bundles[path]
	if known == nil || !known.modified.Equal(info.ModTime()) {
		trusting, err := s.trusting(path, from)
		if err != nil {
			return nil, err
		}
		if known != nil {
			known.client.closeIdle()
		}
		known = &bundle{info.ModTime(), newClient(trusting)}
		s.bundles[path] = known
	}
	return known.client, nil
}

// trusting returns a client that trusts the authorities of a file alone.
func (s *sockets) trusting(path, from string) (*awshttp.BuildableClient, error) {
	certificates, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("read the certificates of %s: %w", from, err)
	}
	authorities := x509.NewCertPool()
	if !authorities.AppendCertsFromPEM(certificates) {
		return nil, fmt.Errorf("%s: %s has no certificates in PEM", from, path)
	}
	return s.configured.WithTransportOptions(func(t *http.Transport) {
		t.TLSClientConfig.RootCAs = authorities
	}), nil
}

// closeIdle closes the sockets that no request uses.
func (s *sockets) closeIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.shared.client.CloseIdleConnections()
	for _, b := range s.bundles {
		b.client.client.CloseIdleConnections()
	}
}

// checkProxies returns an error if a variable holds a proxy that is not a URL, which
// net/http would pass over in silence.
func checkProxies() error {
	for _, name := range []string{"HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"} {
		if value := os.Getenv(name); value != "" && !isProxy(value) {
			return fmt.Errorf("%s: not a proxy of the form http(s)://host:port", name)
		}
	}
	return nil
}

// isProxy reports whether net/http can use a text as a proxy. It takes a text without a
// scheme for a host.
func isProxy(text string) bool {
	if !strings.Contains(text, "://") {
		text = "http://" + text
	}
	u, err := url.Parse(text)
	return err == nil && slices.Contains([]string{"http", "https", "socks5", "socks5h"}, u.Scheme) && u.Hostname() != ""
}

// httpClient sends requests.
//
// It sends a request's body from memory. The AWS SDK closes the body as soon as it has the
// headers of the answer. If the HTTP transport has not yet noticed that it has sent the
// whole body, it takes the close for a failure and drops the connection with the answer
// half read, as seen with endpoints that answer within microseconds. It does not wait for
// a body that it knows to be in memory.
//
// It does not follow redirects: AWS sends none for these operations, and a signed request
// is valid only for the host that it was signed for.
type httpClient struct {
	client *http.Client
	// retired is set when sockets are no longer kept.
	retired atomic.Bool
}

// newClient returns a client with a configured transport.
func newClient(configured *awshttp.BuildableClient) *httpClient {
	return &httpClient{client: &http.Client{
		Transport:     configured.GetTransport(),
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
}

// Do sends a request.
func (c *httpClient) Do(r *http.Request) (*http.Response, error) {
	if r.Body != nil {
		content, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, fmt.Errorf("read the request's body: %w", err)
		}
		r = r.WithContext(r.Context()) // a copy
		r.Body = io.NopCloser(bytes.NewReader(content))
	}
	response, err := c.client.Do(r)
	if err != nil {
		return nil, hopeless(r.Context(), err)
	}
	response.Body = &answerBody{response.Body, c}
	return response, nil
}

// refusedFor is how long an endpoint may refuse connections before a call gives up: it may
// be starting.
const refusedFor = time.Second

// hopeless marks an error after which another attempt would fail as well.
func hopeless(ctx context.Context, err error) error {
	_, certificate := errors.AsType[*tls.CertificateVerificationError](err)
	if certificate || errors.Is(err, syscall.ECONNREFUSED) && callTimeFrom(ctx).refused() > refusedFor {
		return throttle.Final(err)
	}
	return err
}

// closeIdle closes the sockets that no request uses and, from now on, each other one when
// its request ends. The client remains usable.
func (c *httpClient) closeIdle() {
	c.retired.Store(true)
	c.client.CloseIdleConnections()
}

// answerBody is the body of an answer.
type answerBody struct {
	io.ReadCloser
	client *httpClient
}

// Close closes the body.
func (b *answerBody) Close() error {
	err := b.ReadCloser.Close()
	if b.client.retired.Load() {
		b.client.client.CloseIdleConnections()
	}
	return err
}
