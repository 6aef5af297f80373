package export

import (
	"context"
	"io"
)

// Store is the destination of an export. Names are paths with slashes.
type Store interface {
	// Begin starts a file, which appears under its name once committed.
	Begin(ctx context.Context, name string) (Upload, error)
	// Read returns a file's contents. If the file does not exist, the error is
	// fs.ErrNotExist.
	Read(ctx context.Context, name string) ([]byte, error)
	// String returns the store's name for messages.
	String() string
	// Close removes files that were not committed.
	Close() error
}

// Upload is a file in progress. End it with one call of Commit or Abandon.
type Upload interface {
	io.Writer
	// Commit makes the complete file appear, replacing any file of the same name. After
	// an error the file has not appeared, unless only the response to the last request
	// was lost.
	Commit(ctx context.Context) error
	// Abandon drops the file.
	Abandon()
	// Bytes returns the number of bytes written.
	Bytes() int64
}
