package atomicfile

import (
	"os"
	"time"
)

// removableOpen reports whether files can be removed and renamed while they are open.
const removableOpen = false

// lock does nothing: an open file cannot be removed.
func lock(*os.File) error { return nil }

func isLocked(error) bool { return false }

// removeLeft removes a file or a folder. Between its closing and its renaming a file is
// not open, but young.
func removeLeft(path string, found os.FileInfo) {
	if time.Since(found.ModTime()) > strayAge {
		_ = os.RemoveAll(path)
	}
}

// rename closes a file and moves it into place.
func rename(file *os.File, from, to string) error {
	if err := file.Close(); err != nil {
		return err
	}
	return os.Rename(from, to)
}

// syncDirectory does nothing: directories cannot be synchronised.
func syncDirectory(string) error { return nil }
