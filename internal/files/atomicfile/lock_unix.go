//go:build !windows

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

// removableOpen reports whether files can be removed and renamed while they are open.
const removableOpen = true

func lock(file *os.File) error {
	return syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
}

func isLocked(err error) bool { return errors.Is(err, syscall.EWOULDBLOCK) }

// removeLeft removes a file or a folder that no process has locked.
func removeLeft(path string, found os.FileInfo) {
	file, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0)
	if err != nil {
		return
	}
	defer func() { _ = file.Close() }()
	if info, err := file.Stat(); err == nil && os.SameFile(info, found) && lock(file) == nil {
		_ = os.RemoveAll(path)
	}
}

// rename moves a file, which is locked until then, into place.
func rename(file *os.File, from, to string) error {
	if err := os.Rename(from, to); err != nil {
		return err
	}
	_ = file.Close() // its bytes are on the disk
	return nil
}

// syncDirectory makes a rename in a directory durable.
func syncDirectory(path string) error {
	d, err := os.Open(path)
	if err != nil {
		return nil //nolint:nilerr // a directory may be writable and not readable
	}
	defer func() { _ = d.Close() }()
	if err := d.Sync(); err != nil && !errors.Is(err, syscall.EINVAL) && !errors.Is(err, syscall.ENOTSUP) {
		return err
	}
	return nil
}
