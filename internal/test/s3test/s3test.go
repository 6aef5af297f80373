// Package s3test runs a real S3 server in tests, Versity's gateway over a folder, and
// injects faults into its responses.
//
// make versitygw builds the gateway from a separate module, tools/versitygw. The
// gateway listens on a socket in a folder of the test, behind a proxy on loopback.
package s3test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"sync"
	"testing"
	"time"
)

// The credentials that the server accepts.
const (
	AccessKey = "s3test"
	SecretKey = "s3test-secret"
	// Bucket is the only bucket.
	Bucket = "exports"
)

// binaryVariable is the environment variable for the program's path.
const binaryVariable = "S3TEST_BIN"

// startTimeout bounds the server's start.
const startTimeout = time.Minute

var errNotBuilt = errors.New("the S3 server is not built: run make versitygw (it needs the Go module proxy), or set " +
	binaryVariable + " to the program")

// binary returns the path of the program.
func binary() (string, error) {
	if name := os.Getenv(binaryVariable); name != "" {
		return exec.LookPath(name)
	}
	_, file, _, _ := runtime.Caller(0)
	root := filepath.Join(filepath.Dir(file), "..", "..", "..")
	text, err := os.ReadFile(filepath.Join(root, "tools", "versitygw", "go.mod"))
	if err != nil {
		return "", err
	}
	version := regexp.MustCompile(`(?m)^require github\.com/versity/versitygw (v\S+)$`).FindSubmatch(text)
	if version == nil {
		return "", errors.New("tools/versitygw/go.mod requires no version of the S3 server")
	}
	built := filepath.Join(root, "bin", "versitygw-"+string(version[1]))
	if _, err := exec.LookPath(built); err != nil {
		return "", errNotBuilt
	}
	return built, nil
}

// Server is an S3 server.
type Server struct {
	// URL is the endpoint.
	URL string
	// Dir is the folder of the bucket: each object is a file in it.
	Dir string

	mu    sync.Mutex
	fault func(*http.Request) Fault
	seen  []string
}

// Fault is a fault to inject into a request. The zero value is none.
type Fault struct {
	// Status replaces the server's response.
	Status int
	// Cut breaks the connection after this many bytes of the request's body.
	Cut int64
	// Delay delays the request.
	Delay time.Duration
}

// Start starts a server. Without the program it skips the test or, if the environment
// variable CI is set, fails it, so that CI cannot skip it unnoticed.
func Start(t testing.TB) *Server {
	t.Helper()
	program, err := binary()
	switch {
	case err == nil:
	case errors.Is(err, errNotBuilt) && os.Getenv("CI") == "":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
	// A socket's path is limited to about a hundred bytes, fewer than t.TempDir may
	// need.
	sockets, err := os.MkdirTemp("", "s3test")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = os.RemoveAll(sockets) })
	root, sidecar := t.TempDir(), t.TempDir()
	s := &Server{Dir: filepath.Join(root, Bucket)}
	if err := os.Mkdir(s.Dir, 0o755); err != nil {
		t.Fatal(err)
	}
	socket := filepath.Join(sockets, "s3")
	run(t, program, "--access", AccessKey, "--secret", SecretKey, "--port", socket, "--quiet", "--keep-alive",
		"posix", "--sidecar", sidecar, root)
	s.serve(t, socket)
	s.await(t)
	return s
}

// run runs the program until the test ends.
func run(t testing.TB, program string, args ...string) {
	t.Helper()
	var output bytes.Buffer
	cmd := exec.Command(program, args...)
	cmd.Stdout, cmd.Stderr = &output, &output
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait()
		if t.Failed() {
			t.Logf("the S3 server:\n%s", &output)
		}
	})
}

// serve starts a proxy to the socket on loopback.
func (s *Server) serve(t testing.TB, socket string) {
	t.Helper()
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.Out.URL.Scheme, r.Out.URL.Host = "http", r.In.Host // the signature covers the host
		},
		Transport: &http.Transport{
			DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
				var d net.Dialer
				return d.DialContext(ctx, "unix", socket)
			},
			DisableCompression: true,
		},
		ErrorHandler: func(w http.ResponseWriter, _ *http.Request, _ error) { w.WriteHeader(http.StatusBadGateway) },
	}
	front := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		s.mu.Lock()
		s.seen = append(s.seen, r.Method+" "+r.URL.RequestURI())
		var fault Fault
		if s.fault != nil {
			fault = s.fault(r)
		}
		s.mu.Unlock()
		fault.strike(w, r, proxy)
	}))
	t.Cleanup(front.Close)
	s.URL = front.URL
}

// strike serves a request with the fault.
func (f Fault) strike(w http.ResponseWriter, r *http.Request, next http.Handler) {
	if f.Delay > 0 {
		select {
		case <-time.After(f.Delay):
		case <-r.Context().Done():
			return
		}
	}
	switch {
	case f.Cut > 0:
		_, _ = io.CopyN(io.Discard, r.Body, f.Cut)
		panic(http.ErrAbortHandler)
	case f.Status != 0:
		_, _ = io.Copy(io.Discard, r.Body)
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(f.Status)
		fmt.Fprintf(w, "<Error><Code>%s</Code><Message>on purpose</Message></Error>",
			strings.ReplaceAll(http.StatusText(f.Status), " ", ""))
	default:
		next.ServeHTTP(w, r)
	}
}

// await waits until the server responds.
func (s *Server) await(t testing.TB) {
	t.Helper()
	deadline := time.Now().Add(startTimeout)
	for {
		res, err := http.Get(s.URL)
		if err == nil {
			_ = res.Body.Close()
			if res.StatusCode != http.StatusBadGateway {
				return
			}
		}
		if time.Now().After(deadline) {
			t.Fatalf("the S3 server does not answer: %v", err)
		}
		runtime.Gosched()
	}
}

// SetFault has f choose the fault for each request, one at a time. nil injects none.
func (s *Server) SetFault(f func(*http.Request) Fault) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.fault = f
}

// Requests returns the requests so far, in the form "PUT /exports/a?partNumber=1".
func (s *Server) Requests() []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]string(nil), s.seen...)
}

// Environment returns the environment of a process that uses the server, without other
// AWS settings.
func (s *Server) Environment() map[string]string {
	return map[string]string{
		"AWS_ENDPOINT_URL_S3":         s.URL,
		"AWS_ACCESS_KEY_ID":           AccessKey,
		"AWS_SECRET_ACCESS_KEY":       SecretKey,
		"AWS_REGION":                  "us-east-1",
		"AWS_EC2_METADATA_DISABLED":   "true",
		"AWS_CONFIG_FILE":             os.DevNull,
		"AWS_SHARED_CREDENTIALS_FILE": os.DevNull,
	}
}

// Uploads returns the number of multipart uploads that were neither completed nor
// aborted.
func (s *Server) Uploads(t testing.TB) int {
	t.Helper()
	uploads := 0
	root := filepath.Join(s.Dir, ".sgwtmp", "multipart")
	objects, err := os.ReadDir(root)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for _, object := range objects {
		ids, err := os.ReadDir(filepath.Join(root, object.Name()))
		if err != nil {
			t.Fatal(err)
		}
		uploads += len(ids)
	}
	return uploads
}
