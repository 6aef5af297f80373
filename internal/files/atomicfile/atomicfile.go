// Package atomicfile writes files that appear only when they are complete, and removes
// the temporary files of processes that were killed.
package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// File is a file in progress. Until [File.Commit] it has another name, and a file that it
// is to replace is as it was. Errors name the file that is to be.
type File struct {
	*temporary
	name   string // as the caller wrote it
	target string // what Commit replaces
	size   int64
}

// Create begins a file. It gets the mode that other programs would give it, or that of
// the file that it replaces. Of a symbolic link the file that it leads to is replaced.
// End it with [File.Commit] or [File.Abandon].
func Create(name string) (*File, error) {
	target, err := filepath.EvalSymlinks(name)
	if errors.Is(err, fs.ErrNotExist) {
		target, err = name, nil
	}
	if err != nil {
		return nil, named("create", name, err)
	}
	Sweep(filepath.Dir(target))
	return create(filepath.Dir(target), name, target)
}

// CreatePrivate is [Create] for a file that only its owner may read, whatever the mode of
// the file that it replaces.
func CreatePrivate(name string) (*File, error) {
	Sweep(filepath.Dir(name))
	t, err := newTemporary(filepath.Dir(name), 0o600)
	if err != nil {
		return nil, named("create", name, err)
	}
	return &File{temporary: t, name: name, target: name}, nil
}

// CreateIn is [Create] with the file in progress in another directory of the same file
// system, which the caller sweeps. Commit makes the directory of the file itself.
func CreateIn(directory, name string) (*File, error) { return create(directory, name, name) }

func create(directory, name, target string) (*File, error) {
	mode := fs.FileMode(0o666) // less the umask
	replaced, err := os.Stat(target)
	switch {
	case err == nil && replaced.IsDir():
		return nil, named("create", name, errors.New("is a directory"))
	case err == nil:
		mode = replaced.Mode().Perm()
	}
	t, err := newTemporary(directory, mode)
	if err == nil && replaced != nil {
		if err = t.file.Chmod(mode); err != nil { // whatever the umask
			t.remove()
		}
	}
	if err != nil {
		return nil, named("create", name, err)
	}
	return &File{temporary: t, name: name, target: target}, nil
}

// named returns an error under the name that the caller knows.
func named(operation, name string, err error) error {
	var path *fs.PathError
	var link *os.LinkError
	switch {
	case err == nil:
		return nil
	case errors.As(err, &path):
		err = path.Err
	case errors.As(err, &link):
		err = link.Err
	}
	return &fs.PathError{Op: operation, Path: name, Err: err}
}

func (f *File) Write(b []byte) (int, error) {
	n, err := f.file.Write(b)
	f.size += int64(n)
	return n, named("write", f.name, err)
}

// Size returns the number of bytes in the file.
func (f *File) Size() int64 { return f.size }

// Truncate drops what was written after the first bytes.
func (f *File) Truncate(size int64) error {
	err := f.file.Truncate(size)
	if err == nil {
		f.size, err = f.file.Seek(size, 0)
	}
	return named("write", f.name, err)
}

// Commit completes the file and moves it into place, durably. After an error any file of
// the name is as it was.
func (f *File) Commit() error {
	err := f.file.Sync()
	if err == nil {
		err = os.MkdirAll(filepath.Dir(f.target), 0o777)
	}
	if err == nil {
		err = f.moveTo(f.target)
	}
	if err != nil {
		f.Abandon()
		return named("write", f.name, err)
	}
	return named("write", f.name, syncDirectory(filepath.Dir(f.target)))
}

// Abandon drops the file. After Commit it does nothing.
func (f *File) Abandon() { f.remove() }
