package awsconn

import (
	"encoding/pem"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/aws/awsprofile"
)

// Connections that trust the same file share a client, until the file changes.
func TestClientsOfBundles(t *testing.T) {
	server := httptest.NewTLSServer(http.NotFoundHandler())
	defer server.Close()
	certificate := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	dir := t.TempDir()
	write := func(name string, content []byte, when time.Time) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, content, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, when, when); err != nil {
			t.Fatal(err)
		}
		return path
	}
	now := time.Now()
	one, other := write("one", certificate, now), write("other", certificate, now)
	s := newSockets(1)
	client := func(path string) *httpClient {
		t.Helper()
		settings, err := awsprofile.Load(func(name string) (string, bool) {
			return map[string]string{"AWS_CA_BUNDLE": path}[name], name == "AWS_CA_BUNDLE"
		}, nil)
		if err != nil {
			t.Fatal(err)
		}
		c, err := s.client(settings)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	first := client(one)
	if client(one) != first || client(other) == first || client("") != s.shared || first == s.shared {
		t.Error("the clients do not follow the files")
	}
	write("one", certificate, now.Add(time.Second))
	second := client(one)
	if second == first || !first.retired.Load() || second.retired.Load() || client(one) != second {
		t.Error("the client does not follow the change of its file")
	}
	response, err := second.client.Get(server.URL) //nolint:noctx // a test's own server
	if err != nil {
		t.Fatal(err)
	}
	_ = response.Body.Close()
}
