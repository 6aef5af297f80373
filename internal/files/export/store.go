package export

import (
	"context"
	"fmt"
	"io"
)

// Store is the destination of an export. Names are paths with slashes.
type Store interface {
	// Begin starts a file, which appears under its name once committed.
	Begin(ctx context.Context, name string) (Upload, error)
	// Read returns a file's contents. If the file does not exist, the error is
	// fs.ErrNotExist.
	Read(ctx context.Context, name string) ([]byte, error)
	// Compare returns how a file differs from recorded contents, as in "is missing", or
	// "" if it does not.
	Compare(ctx context.Context, name string, recorded Contents) (difference string, err error)
	// Manifests returns the names of the manifests in the store.
	Manifests(ctx context.Context) ([]string, error)
	// String returns the store's name for messages.
	String() string
}

// Contents identifies the contents of a file. Manifests of earlier versions have only
// the size.
type Contents struct {
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256,omitempty"` // in hexadecimal
	ETag   string `json:"etag,omitempty"`   // of an S3 object
}

// missing is the difference of a file that does not exist.
const missing = "is missing"

// otherSize returns the difference of a file with a number of bytes, or "" if that is
// the recorded one.
func (c Contents) otherSize(bytes int64) string {
	if bytes == c.Bytes {
		return ""
	}
	return fmt.Sprintf("has %d bytes instead of %d", bytes, c.Bytes)
}

// otherDigest returns the difference of a file of the recorded size by its SHA-256, or
// "" if no digest is recorded.
func (c Contents) otherDigest(file io.Reader) (string, error) {
	if c.SHA256 == "" {
		return "", nil
	}
	sum, err := digest(file)
	if err != nil || sum == c.SHA256 {
		return "", err
	}
	return "has other contents than were written", nil
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
	// Contents identifies what was written; after Commit, also as the store does.
	Contents() Contents
}
