package export_test

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/parquet-go/parquet-go"

	"steampipe-plugin-ssmassoc/internal/files/export"
)

var errFull = errors.New("no space left on device")

// failingStore fails after a number of bytes, or after a number of commits of
// partitions, or calls then instead.
type failingStore struct {
	export.Store
	afterBytes   int
	afterCommits int
	then         func()
	state        *storeState
}

type storeState struct {
	mu      sync.Mutex
	bytes   int
	commits int
}

func (s *failingStore) Begin(ctx context.Context, name string) (export.Upload, error) {
	upload, err := s.Store.Begin(ctx, name)
	if err != nil || strings.HasPrefix(name, "_manifest") {
		return upload, err
	}
	return &failingUpload{upload, s}, nil
}

type failingUpload struct {
	export.Upload
	store *failingStore
}

func (u *failingUpload) Write(p []byte) (int, error) {
	state := u.store.state
	state.mu.Lock()
	defer state.mu.Unlock()
	if state.bytes += len(p); u.store.afterBytes > 0 && state.bytes > u.store.afterBytes {
		return 0, errFull
	}
	return u.Upload.Write(p)
}

func (u *failingUpload) Commit(ctx context.Context) error {
	state := u.store.state
	state.mu.Lock()
	state.commits++
	late := u.store.afterCommits > 0 && state.commits > u.store.afterCommits
	state.mu.Unlock()
	switch {
	case late && u.store.then != nil:
		u.store.then()
	case late:
		u.Abandon()
		return errFull
	}
	return u.Upload.Commit(ctx)
}

// columnsOf returns the names of a Parquet file's columns.
func columnsOf(t *testing.T, content []byte) []string {
	t.Helper()
	f, err := parquet.OpenFile(bytes.NewReader(content), int64(len(content)))
	if err != nil {
		t.Fatal(err)
	}
	var columns []string
	for _, c := range f.Schema().Columns() {
		columns = append(columns, c[0])
	}
	return slices.Clone(columns)
}
