// Package output writes results to a file, which appears only when complete, or to a
// terminal with a pager.
package output

import (
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"

	"github.com/klauspost/compress/zstd"

	"steampipe-plugin-ssmassoc/internal/files/atomicfile"
	"steampipe-plugin-ssmassoc/internal/files/formats"
)

// File is an output file in progress. It appears under its name on Commit: nobody reads
// a partial result, and a failure leaves any existing file untouched. Devices and pipes
// are written directly.
type File struct {
	name       string
	direct     *os.File         // a device or a pipe, or nil
	pending    *atomicfile.File // any other file
	compressor compressor       // nil for none
	mark       int64            // where the current part begins
}

// compressor is the common interface of gzip and zstd writers. Parts separated by a
// reset are compressed independently.
type compressor interface {
	io.WriteCloser
	Reset(w io.Writer)
}

// Create begins a file, compressed if its name ends in .gz or .zst. End it with
// [File.Commit] or [File.Discard].
func Create(name string) (*File, error) {
	f := &File{name: name}
	err := f.open()
	if err != nil {
		return nil, failed(err)
	}
	switch _, ending := formats.Compression(name); ending {
	case ".gz":
		f.compressor = gzip.NewWriter(f.plain())
	case ".zst":
		if f.compressor, err = zstd.NewWriter(f.plain()); err != nil {
			f.Discard()
			return nil, failed(err)
		}
	}
	return f, nil
}

// failed returns the error of a file, which names it.
func failed(err error) error { return fmt.Errorf("write the result: %w", err) }

func (f *File) open() error {
	info, err := os.Stat(f.name)
	if err == nil && !info.IsDir() && !info.Mode().IsRegular() {
		f.direct, err = os.OpenFile(f.name, os.O_WRONLY, 0)
		return err
	}
	f.pending, err = atomicfile.Create(f.name)
	return err
}

// plain returns the writer of what is already compressed.
func (f *File) plain() io.Writer {
	if f.direct != nil {
		return f.direct
	}
	return f.pending
}

func (f *File) Write(b []byte) (int, error) {
	if f.compressor != nil {
		return f.compressor.Write(b)
	}
	return f.plain().Write(b)
}

// Commit completes the file and moves it into place. After an error any existing file
// is unchanged.
func (f *File) Commit() error {
	err := f.flush()
	switch {
	case f.direct != nil:
		err = errors.Join(err, f.direct.Close())
	case err == nil:
		err = f.pending.Commit()
	default:
		f.pending.Abandon()
	}
	if err != nil {
		return failed(err)
	}
	return nil
}

// flush ends a compressed part.
func (f *File) flush() error {
	if f.compressor == nil {
		return nil
	}
	return f.compressor.Close()
}

// Mark completes a part of the file, which a later [File.Rollback] keeps.
func (f *File) Mark() error {
	if err := f.flush(); err != nil {
		return failed(err)
	}
	if f.compressor != nil {
		f.compressor.Reset(f.plain())
	}
	if f.pending != nil {
		f.mark = f.pending.Size()
	}
	return nil
}

// Rollback drops everything written since the last mark. A device or a pipe keeps it.
func (f *File) Rollback() error {
	if f.compressor != nil {
		f.compressor.Reset(io.Discard) // its buffered data
		f.compressor.Reset(f.plain())
	}
	if f.pending == nil {
		return nil
	}
	if err := f.pending.Truncate(f.mark); err != nil {
		return failed(err)
	}
	return nil
}

// Discard abandons the file.
func (f *File) Discard() {
	if f.direct != nil {
		_ = f.direct.Close()
		return
	}
	f.pending.Abandon()
}
