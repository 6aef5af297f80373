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
	"strings"
	"time"
)

// dir is a folder used as a store.
type dir struct {
	path string
	temp *tempDir
}

// OpenDir returns a folder as a store, creating it if necessary.
func OpenDir(path string) (Store, error) {
	if err := os.MkdirAll(path, 0o777); err != nil {
		return nil, fmt.Errorf("make the folder to export to: %w", err)
	}
	// Files are renamed into place, which requires the same file system.
	temp, err := newTempDir(path)
	if err != nil {
		return nil, err
	}
	return &dir{path, temp}, nil
}

func (d *dir) String() string { return d.path }
func (d *dir) Close() error   { return d.temp.remove() }

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
	f, err := d.temp.file()
	if err != nil {
		return nil, err
	}
	return &dirUpload{f, d.file(name)}, nil
}

// dirUpload is a temporary file that Commit renames into place.
type dirUpload struct {
	*tempFile
	path string
}

func (u *dirUpload) Commit(context.Context) error {
	err := u.Sync()
	if closeErr := u.Close(); err == nil {
		err = closeErr
	}
	if err == nil {
		err = os.MkdirAll(filepath.Dir(u.path), 0o777)
	}
	if err == nil {
		err = os.Rename(u.Name(), u.path)
	}
	if err != nil {
		_ = os.Remove(u.Name())
		return err
	}
	return syncDir(filepath.Dir(u.path))
}

// syncDir makes a rename in a folder durable.
func syncDir(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = d.Close() }()
	return d.Sync()
}

// tempDir is a folder for incomplete files.
type tempDir struct{ path string }

const (
	tempPrefix = ".ssmassoc-export-"
	// tempAge is the age at which the folder of a killed process is removed.
	tempAge = 24 * time.Hour
)

func newTempDir(parent string) (*tempDir, error) {
	entries, err := os.ReadDir(parent)
	if err != nil {
		return nil, fmt.Errorf("read the folder to export to: %w", err)
	}
	for _, e := range entries {
		info, err := e.Info()
		if err == nil && e.IsDir() && strings.HasPrefix(e.Name(), tempPrefix) && time.Since(info.ModTime()) > tempAge {
			_ = os.RemoveAll(filepath.Join(parent, e.Name()))
		}
	}
	path, err := os.MkdirTemp(parent, tempPrefix)
	if err != nil {
		return nil, fmt.Errorf("make a folder for incomplete files: %w", err)
	}
	return &tempDir{path}, nil
}

func (d *tempDir) remove() error { return os.RemoveAll(d.path) }

func (d *tempDir) file() (*tempFile, error) {
	f, err := os.CreateTemp(d.path, "part-")
	if err != nil {
		return nil, err
	}
	if err := f.Chmod(0o644); err != nil { // CreateTemp makes files private to their owner
		_ = f.Close()
		return nil, err
	}
	return &tempFile{File: f, sum: sha256.New()}, nil
}

// tempFile counts and digests the bytes written to it.
type tempFile struct {
	*os.File
	bytes int64
	sum   hash.Hash
}

func (f *tempFile) Write(p []byte) (int, error) {
	n, err := f.File.Write(p)
	f.bytes += int64(n)
	f.sum.Write(p[:n])
	return n, err
}

// ReadFrom keeps io.Copy from bypassing Write.
func (f *tempFile) ReadFrom(r io.Reader) (int64, error) {
	return io.Copy(struct{ io.Writer }{f}, r)
}

func (f *tempFile) Contents() Contents {
	return Contents{Bytes: f.bytes, SHA256: hex.EncodeToString(f.sum.Sum(nil))}
}

// digest returns the SHA-256 of a file in hexadecimal.
func digest(file io.Reader) (string, error) {
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// Abandon removes the file.
func (f *tempFile) Abandon() {
	_ = f.Close()
	_ = os.Remove(f.Name())
}
