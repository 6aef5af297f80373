// Package output writes results to a file, which appears only when complete, or to a
// terminal with a pager.
package output

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// File is an output file in progress. It appears under its name on Commit: nobody reads
// a partial result, and a failure leaves any existing file untouched. Devices and pipes
// are written directly.
type File struct {
	name       string // as the user wrote it
	target     string // the file that Commit replaces
	file       *os.File
	temporary  bool
	compressor compressor // nil for none
	mark       int64      // where the current part begins
}

// compressor is the common interface of gzip and zstd writers. Parts separated by a
// reset are compressed independently.
type compressor interface {
	io.WriteCloser
	Reset(w io.Writer)
}

// Uncompressed returns a file's name without its compression ending, .gz or .zst.
func Uncompressed(name string) string {
	lower := strings.ToLower(name)
	for _, ending := range []string{".gz", ".zst"} {
		if strings.HasSuffix(lower, ending) {
			return name[:len(name)-len(ending)]
		}
	}
	return name
}

// Create begins a file, compressed if its name ends in .gz or .zst. End it with
// [File.Commit] or [File.Discard].
func Create(name string) (*File, error) {
	f := &File{name: name, target: name}
	if err := f.open(); err != nil {
		return nil, f.failed("create", err)
	}
	switch ending := strings.ToLower(name[len(Uncompressed(name)):]); ending {
	case ".gz":
		f.compressor = gzip.NewWriter(f.file)
	case ".zst":
		z, err := zstd.NewWriter(f.file)
		if err != nil {
			f.Discard()
			return nil, f.failed("create", err)
		}
		f.compressor = z
	}
	return f, nil
}

// failed returns the error of an operation.
func (f *File) failed(operation string, err error) error {
	return fmt.Errorf("write the result: %w", f.named(operation, err))
}

// named returns an error under the name that the user knows, instead of that of the
// temporary file.
func (f *File) named(operation string, err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return &fs.PathError{Op: operation, Path: f.name, Err: err}
}

func (f *File) open() error {
	info, err := os.Stat(f.name)
	switch {
	case err == nil && info.IsDir():
		return errors.New("is a directory")
	case err == nil && !info.Mode().IsRegular():
		f.file, err = os.OpenFile(f.name, os.O_WRONLY, 0)
		return err
	case err == nil:
		// Replace the target of a symbolic link, not the link.
		if f.target, err = filepath.EvalSymlinks(f.name); err != nil {
			return err
		}
	}
	mode := fs.FileMode(0o666) // before the umask
	if info != nil {
		mode = info.Mode().Perm()
	}
	f.temporary = true
	f.file, err = createBeside(f.target, mode)
	return err
}

// createBeside creates a file with a new name in the directory of another.
func createBeside(name string, mode fs.FileMode) (*os.File, error) {
	const attempts = 10_000
	var err error
	for n := range attempts {
		var file *os.File
		beside := filepath.Join(filepath.Dir(name), fmt.Sprintf(".%s.%d-%d", filepath.Base(name), os.Getpid(), n))
		file, err = os.OpenFile(beside, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
		if !errors.Is(err, fs.ErrExist) {
			return file, err
		}
	}
	return nil, err
}

func (f *File) Write(b []byte) (int, error) {
	var w io.Writer = f.file
	if f.compressor != nil {
		w = f.compressor
	}
	n, err := w.Write(b)
	if err != nil {
		err = f.named("write", err)
	}
	return n, err
}

// Commit completes the file and moves it into place. After an error any existing file
// is unchanged.
func (f *File) Commit() error {
	err := f.complete()
	if closeErr := f.file.Close(); err == nil {
		err = closeErr
	}
	if err == nil && f.temporary {
		err = os.Rename(f.file.Name(), f.target)
	}
	if err != nil {
		f.remove()
		return f.failed("write", err)
	}
	return nil
}

// Mark completes a part of the file, which a later [File.Rollback] keeps.
func (f *File) Mark() error {
	if f.compressor != nil {
		if err := f.compressor.Close(); err != nil {
			return f.failed("write", err)
		}
		f.compressor.Reset(f.file)
	}
	if f.temporary {
		f.mark, _ = f.file.Seek(0, io.SeekCurrent)
	}
	return nil
}

// Rollback drops everything written since the last mark. A device or a pipe keeps it.
func (f *File) Rollback() error {
	if f.compressor != nil {
		f.compressor.Reset(io.Discard) // its buffered data
		f.compressor.Reset(f.file)
	}
	if !f.temporary {
		return nil
	}
	err := f.file.Truncate(f.mark)
	if err == nil {
		_, err = f.file.Seek(f.mark, io.SeekStart)
	}
	if err != nil {
		return f.failed("write", err)
	}
	return nil
}

// complete flushes the buffers. A file reaches the disk before it replaces another.
func (f *File) complete() error {
	if f.compressor != nil {
		if err := f.compressor.Close(); err != nil {
			return err
		}
	}
	if f.temporary {
		return f.file.Sync()
	}
	return nil
}

// Discard abandons the file.
func (f *File) Discard() {
	_ = f.file.Close()
	f.remove()
}

func (f *File) remove() {
	if f.temporary {
		_ = os.Remove(f.file.Name())
	}
}
