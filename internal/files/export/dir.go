package export

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"steampipe-plugin-ssmassoc/internal/files/atomicfile"
)

// dir is a folder used as a store. Files in progress are in the folder itself, wherever
// in it they will be, so that the next export finds what a killed one left.
type dir struct{ path string }

// OpenDir returns a folder as a store, creating it if necessary.
func OpenDir(path string) (Store, error) {
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, fmt.Errorf("make the folder to export to: %w", err)
	}
	atomicfile.Sweep(path)
	return &dir{path}, nil
}

func (d *dir) String() string { return d.path }

func (d *dir) file(name string) string { return filepath.Join(d.path, filepath.FromSlash(name)) }

func (d *dir) Read(_ context.Context, name string) ([]byte, error) { return os.ReadFile(d.file(name)) }

func (d *dir) Compare(_ context.Context, name string, recorded Contents) (string, error) {
	f, err := os.Open(d.file(name))
	if errors.Is(err, fs.ErrNotExist) {
		return missing, nil
	}
	if err != nil {
		return "", err
	}
	defer func() { _ = f.Close() }()
	info, err := f.Stat()
	if err != nil {
		return "", err
	}
	if info.IsDir() {
		return "is a folder", nil
	}
	if difference := recorded.otherSize(info.Size()); difference != "" {
		return difference, nil
	}
	return recorded.otherDigest(f)
}

func (d *dir) Manifests(context.Context) ([]string, error) {
	files, err := manifestsIn(d.path)
	for i, file := range files {
		files[i] = filepath.Base(file)
	}
	return files, err
}

func (d *dir) Begin(_ context.Context, name string) (Upload, error) {
	f, err := atomicfile.CreateIn(d.path, d.file(name))
	if err != nil {
		return nil, err
	}
	return &dirUpload{File: f, counted: counted{to: f, sum: sha256.New()}}, nil
}

// dirUpload is a temporary file that Commit renames into place.
type dirUpload struct {
	*atomicfile.File
	counted
}

func (u *dirUpload) Write(p []byte) (int, error) { return u.counted.Write(p) }

func (u *dirUpload) Commit(context.Context) error { return u.File.Commit() }

// counted counts and digests the bytes written to a file.
type counted struct {
	to    io.Writer
	bytes int64
	sum   hash.Hash
}

func (c *counted) Write(p []byte) (int, error) {
	n, err := c.to.Write(p)
	c.bytes += int64(n)
	c.sum.Write(p[:n])
	return n, err
}

// Contents identifies what was written.
func (c *counted) Contents() Contents {
	return Contents{Bytes: c.bytes, SHA256: hex.EncodeToString(c.sum.Sum(nil))}
}

// digest returns the SHA-256 of a file in hexadecimal.
func digest(file io.Reader) (string, error) {
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}
