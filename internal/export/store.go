package export

import (
	"context"
	"io"
)

// Store is where an export goes. Names are paths with slashes.
type Store interface {
	// Begin begins a file, which appears under its name when it is committed.
	Begin(ctx context.Context, name string) (Upload, error)
	// Read returns a whole file; one that is not there is fs.ErrNotExist.
	Read(ctx context.Context, name string) ([]byte, error)
	// String is how messages name the store.
	String() string
	// Close removes what the store keeps of files that were not committed.
	Close() error
}

// Upload is a file on its way to a store. It is ended by one call of Commit or of
// Abandon.
type Upload interface {
	io.Writer
	// Commit has the file appear, whole, in the place of one of the same name.
	// After an error it has not, unless the answer to the last call was lost.
	Commit(ctx context.Context) error
	// Abandon drops the file.
	Abandon()
	// Bytes is how many bytes were written.
	Bytes() int64
}
