package atomicfile

import (
	"crypto/rand"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"sync"

	"steampipe-plugin-ssmassoc/internal/lifetime"
)

// temporary is a temporary file or folder. This process keeps it open and locked, so that
// others can tell it from one that was left.
type temporary struct {
	file *os.File
	path string

	once sync.Once // it is moved or removed once
	done func()    // nothing is left to be undone
}

// attempts bounds the search for a new name. A name is taken only if another process has
// swept the file before it was locked.
const attempts = 100

// newTemporary makes a file in a directory, with a mode less the umask.
func newTemporary(directory string, mode fs.FileMode) (*temporary, error) {
	return locked(directory, func(path string) (*os.File, error) {
		return os.OpenFile(path, os.O_RDWR|os.O_CREATE|os.O_EXCL, mode)
	})
}

// locked makes a file or a folder of a new name, and locks it.
func locked(directory string, create func(path string) (*os.File, error)) (*temporary, error) {
	for n := 0; ; n++ {
		t := &temporary{path: filepath.Join(directory, newName())}
		t.done = lifetime.OnEnd(t.removeName)
		var err error
		if t.file, err = create(t.path); err == nil && t.lock() {
			return t, nil
		}
		t.done()
		if err == nil {
			err = t.file.Close()
		}
		if err != nil && !errors.Is(err, fs.ErrExist) || n == attempts {
			return nil, err
		}
	}
}

// lock locks what was just made and reports whether it is still there. A file system
// without locks has none of its files swept.
func (t *temporary) lock() bool {
	if err := lock(t.file); err != nil {
		return !isLocked(err)
	}
	mine, err := t.file.Stat()
	if err != nil {
		return false
	}
	named, err := os.Lstat(t.path)
	return err == nil && os.SameFile(mine, named)
}

// moveTo renames a file, over any other.
func (t *temporary) moveTo(target string) error {
	err := fs.ErrClosed
	t.once.Do(func() {
		if err = rename(t.file, t.path, target); err == nil {
			t.done()
			return
		}
		_ = t.file.Close()
		t.removeName()
		t.done()
	})
	return err
}

// remove removes the file or the folder, unless it was moved.
func (t *temporary) remove() {
	t.once.Do(func() {
		if removableOpen {
			t.removeName() // while it is locked
			_ = t.file.Close()
		} else {
			_ = t.file.Close()
			t.removeName()
		}
		t.done()
	})
}

func (t *temporary) removeName() { _ = os.RemoveAll(t.path) }

// Spool is a private file for its maker to read back.
type Spool struct {
	*os.File
	temporary *temporary
}

// NewSpool makes a spool in a directory, which the caller sweeps. [Spool.Remove] ends it.
func NewSpool(directory string) (*Spool, error) {
	t, err := newTemporary(directory, 0o600)
	if err != nil {
		return nil, err
	}
	return &Spool{t.file, t}, nil
}

// Remove removes the file.
func (s *Spool) Remove() { s.temporary.remove() }

// NewFolder makes a private folder, which remove removes.
func NewFolder(directory string) (path string, remove func(), err error) {
	Sweep(directory)
	t, err := locked(directory, func(path string) (*os.File, error) {
		if err := os.Mkdir(path, 0o700); err != nil {
			return nil, err
		}
		return os.Open(path)
	})
	if err != nil {
		return "", nil, err
	}
	return t.path, t.remove, nil
}

// newName returns a name for a temporary file. Names begin with a dot, so that query
// engines pass over them.
func newName() string { return prefix + host() + "-" + rand.Text() + suffix }
