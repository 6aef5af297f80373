package export_test

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/files/export"
	"steampipe-plugin-ssmassoc/internal/test/s3test"
)

// openS3 returns a prefix of a real server's bucket as a store.
func openS3(t *testing.T) (*s3test.Server, export.Store) {
	t.Helper()
	server := s3test.Start(t)
	for name, value := range server.Environment() {
		t.Setenv(name, value)
	}
	spools := t.TempDir()
	t.Setenv("TMPDIR", spools)
	t.Cleanup(func() {
		if left, err := os.ReadDir(spools); err != nil || len(left) > 0 {
			t.Errorf("%d temporary files are left, %v", len(left), err)
		}
	})
	store, err := export.OpenS3(t.Context(), "s3://"+s3test.Bucket+"/some/prefix/")
	if err != nil {
		t.Fatal(err)
	}
	return server, store
}

// objects returns the objects below the prefix, without the server's own files.
func objects(t *testing.T, server *s3test.Server) map[string][]byte {
	t.Helper()
	dir := filepath.Join(server.Dir, "some", "prefix")
	if _, err := os.Stat(dir); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return files(t, dir)
}

func TestS3HasWhatAFolderHas(t *testing.T) {
	server, store := openS3(t)
	o := newOrg(t, 2, 12)
	dir := t.TempDir()
	some := func(o *export.Options) { o.Tables = []string{statusTable, "ssm_managed_instance"} }
	o.mustRun(dir, options(some))
	plugin, host := o.host()
	if _, err := export.Run(t.Context(), plugin, host, store, options(some)); err != nil {
		t.Fatal(err)
	}
	found := objects(t, server)
	if got, want := names(found), names(files(t, dir)); !slices.Equal(got, want) {
		t.Errorf("objects: %v, want %v", got, want)
	}
	if got, want := rowsOf(t, found), rowsOf(t, files(t, dir)); !slices.Equal(got, want) {
		t.Errorf("%d rows, want %d", len(got), len(want))
	}
	o.calls()
	plugin, host = o.host()
	if _, err := export.Run(t.Context(), plugin, host, store, options(some, resume)); err != nil {
		t.Fatal(err)
	}
	if calls := o.calls(); len(calls) > 0 {
		t.Errorf("a complete export was resumed with the calls %v", calls)
	}
}

// upload writes an object and commits it.
func upload(ctx context.Context, t *testing.T, store export.Store, name string, content []byte) error {
	t.Helper()
	u, err := store.Begin(ctx, name)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := u.Write(content); err != nil {
		t.Fatal(err)
	}
	return u.Commit(ctx)
}

// content returns bytes that do not compress.
func content(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{}).Read(b)
	return b
}

const (
	oneObject = 1 << 20
	manyParts = 40 << 20
)

// times injects a fault into the first n matching requests.
func times(n int32, matches func(*http.Request) bool, fault s3test.Fault) func(*http.Request) s3test.Fault {
	var struck atomic.Int32
	return func(r *http.Request) s3test.Fault {
		if matches(r) && struck.Add(1) <= n {
			return fault
		}
		return s3test.Fault{}
	}
}

func isPart(r *http.Request) bool {
	return r.Method == http.MethodPut && r.URL.Query().Has("partNumber")
}
func isPut(r *http.Request) bool  { return r.Method == http.MethodPut }
func isHead(r *http.Request) bool { return r.Method == http.MethodHead }
func isComplete(r *http.Request) bool {
	return r.Method == http.MethodPost && r.URL.Query().Has("uploadId")
}

// An object appears only when complete, whatever fails: either it is there, or nothing
// of it remains.
func TestObjectsAppearWhole(t *testing.T) {
	server, store := openS3(t)
	const always = 1 << 20
	for name, test := range map[string]struct {
		size  int
		fault func(*http.Request) s3test.Fault
		fails bool
	}{
		"one request":           {size: oneObject},
		"empty":                 {},
		"parts":                 {size: manyParts},
		"slow":                  {size: oneObject, fault: times(1, isPut, s3test.Fault{Delay: 300 * time.Millisecond})},
		"503 at first":          {size: oneObject, fault: times(2, isPut, s3test.Fault{Status: http.StatusServiceUnavailable})},
		"a part 503 at first":   {size: manyParts, fault: times(1, isPart, s3test.Fault{Status: http.StatusServiceUnavailable})},
		"a part cut at first":   {size: manyParts, fault: times(1, isPart, s3test.Fault{Cut: 1 << 20})},
		"cut at first":          {size: oneObject, fault: times(1, isPut, s3test.Fault{Cut: 1 << 10})},
		"503":                   {size: oneObject, fault: times(always, isPut, s3test.Fault{Status: http.StatusServiceUnavailable}), fails: true},
		"full":                  {size: oneObject, fault: times(always, isPut, s3test.Fault{Status: http.StatusInsufficientStorage}), fails: true},
		"full in the middle":    {size: manyParts, fault: fullAfter(2), fails: true},
		"cut":                   {size: oneObject, fault: times(always, isPut, s3test.Fault{Cut: 1 << 10}), fails: true},
		"never completed":       {size: manyParts, fault: times(always, isComplete, s3test.Fault{Status: http.StatusInternalServerError}), fails: true},
		"forbidden to complete": {size: manyParts, fault: times(always, isComplete, s3test.Fault{Status: http.StatusForbidden}), fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			server.SetFault(test.fault)
			defer server.SetFault(nil)
			want := content(test.size)
			object := strings.ReplaceAll(name, " ", "-")
			err := upload(t.Context(), t, store, object, want)
			got, there := objects(t, server)[object]
			switch {
			case test.fails && (err == nil || there):
				t.Errorf("the object is there: %t, the error is %v", there, err)
			case !test.fails && (err != nil || !bytes.Equal(got, want)):
				t.Errorf("%d bytes of %d, the error is %v", len(got), len(want), err)
			}
			if n := server.Uploads(t); n > 0 {
				t.Errorf("%d uploads are left", n)
			}
			if read, err := store.Read(t.Context(), object); test.fails && !errors.Is(err, fs.ErrNotExist) || !test.fails && !bytes.Equal(read, want) {
				t.Errorf("read %d bytes, %v", len(read), err)
			}
		})
	}
}

// fullAfter rejects parts after the first n.
func fullAfter(n int32) func(*http.Request) s3test.Fault {
	var parts atomic.Int32
	return func(r *http.Request) s3test.Fault {
		if isPart(r) && parts.Add(1) > n {
			return s3test.Fault{Status: http.StatusInsufficientStorage}
		}
		return s3test.Fault{}
	}
}

func TestAnObjectIsReplacedAtOnceOrNotAtAll(t *testing.T) {
	server, store := openS3(t)
	first := []byte("first")
	if err := upload(t.Context(), t, store, "object", first); err != nil {
		t.Fatal(err)
	}
	server.SetFault(times(1<<20, isComplete, s3test.Fault{Status: http.StatusForbidden}))
	if err := upload(t.Context(), t, store, "object", content(manyParts)); err == nil || !strings.Contains(err.Error(), "allow s3:PutObject") {
		t.Errorf("the error is %v", err)
	}
	if got := objects(t, server)["object"]; !bytes.Equal(got, first) {
		t.Errorf("the object has %d bytes", len(got))
	}
	server.SetFault(nil)
	second := content(manyParts)
	if err := upload(t.Context(), t, store, "object", second); err != nil {
		t.Fatal(err)
	}
	if got := objects(t, server)["object"]; !bytes.Equal(got, second) {
		t.Errorf("the object has %d bytes", len(got))
	}
}

// An object with another ETag than was recorded, as after a copy, is compared by its
// contents, range by range.
func TestObjectsAreComparedByContents(t *testing.T) {
	_, store := openS3(t)
	want := content(manyParts)
	if err := upload(t.Context(), t, store, "object", want); err != nil {
		t.Fatal(err)
	}
	sum := sha256.Sum256(want)
	for recorded, difference := range map[export.Contents]string{
		{Bytes: manyParts, SHA256: hex.EncodeToString(sum[:]), ETag: "another"}:     "",
		{Bytes: manyParts, SHA256: strings.Repeat("0", 64), ETag: "another"}:        "has other contents than were written",
		{Bytes: manyParts - 1, SHA256: hex.EncodeToString(sum[:]), ETag: "another"}: fmt.Sprintf("has %d bytes instead of %d", manyParts, manyParts-1),
	} {
		if got, err := store.Compare(t.Context(), "object", recorded); err != nil || got != difference {
			t.Errorf("got %q, %v; want %q", got, err, difference)
		}
	}
}

func TestAnInterruptedUploadIsAborted(t *testing.T) {
	server, store := openS3(t)
	ctx, cancel := context.WithCancel(t.Context())
	server.SetFault(func(r *http.Request) s3test.Fault {
		if isPart(r) && r.URL.Query().Get("partNumber") == "2" {
			cancel()
			return s3test.Fault{Cut: 1}
		}
		return s3test.Fault{}
	})
	err := upload(ctx, t, store, "object", content(manyParts))
	if !errors.Is(err, context.Canceled) || len(objects(t, server)) > 0 || server.Uploads(t) > 0 {
		t.Errorf("%v; objects %v; %d uploads", err, names(objects(t, server)), server.Uploads(t))
	}
}

func TestAnExportToABucketThatFillsLeavesWholeObjects(t *testing.T) {
	server, store := openS3(t)
	o := newOrg(t, 4, 12)
	var puts atomic.Int32
	server.SetFault(func(r *http.Request) s3test.Fault {
		if isPut(r) && !strings.Contains(r.URL.Path, "_manifest") && puts.Add(1) > 5 {
			return s3test.Fault{Status: http.StatusInsufficientStorage}
		}
		return s3test.Fault{}
	})
	plugin, host := o.host()
	m, err := export.Run(t.Context(), plugin, host, store, options(onlyStatus))
	if err == nil || m.Status != export.Failed {
		t.Fatalf("the export is %s, its error %v", m.Status, err)
	}
	rowsOf(t, objects(t, server))
	server.SetFault(nil)
	plugin, host = o.host()
	if m, err = export.Run(t.Context(), plugin, host, store, options(onlyStatus, resume)); err != nil {
		t.Fatal(err)
	}
	if got := len(rowsOf(t, objects(t, server))); int64(got) != m.Rows || len(objects(t, server)) != 12 {
		t.Errorf("%d rows in %d objects, the manifest has %d", got, len(objects(t, server)), m.Rows)
	}
}

func TestS3DestinationsAreChecked(t *testing.T) {
	server, _ := openS3(t)
	if _, err := export.OpenS3(t.Context(), "s3:///prefix"); err == nil || !strings.Contains(err.Error(), "names no bucket") {
		t.Errorf("the error is %v", err)
	}
	store, err := export.OpenS3(t.Context(), "s3://no-such-bucket/x")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := store.Read(t.Context(), "x"); err == nil || errors.Is(err, fs.ErrNotExist) || !strings.Contains(err.Error(), "make the bucket no-such-bucket") {
		t.Errorf("the error is %v", err)
	}
	if err := upload(t.Context(), t, store, "x", nil); err == nil || !strings.Contains(err.Error(), "make the bucket no-such-bucket") {
		t.Errorf("the error is %v", err)
	}
	for _, request := range server.Requests() {
		if strings.Contains(request, s3test.SecretKey) {
			t.Errorf("%s has the secret", request)
		}
	}
}
