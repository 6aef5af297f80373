package embedded

import (
	"github.com/ncruces/go-sqlite3"
	"github.com/ncruces/go-sqlite3/vfs"
)

// noFilesVFS is the name of a file system without files. A database in memory
// needs none, and SQLite sorts in memory (PRAGMA temp_store), so only SQL that
// reads or writes a file would ask for one.
//
// See https://sqlite.org/vfs.html.
const noFilesVFS = "nofiles"

func init() { vfs.Register(noFilesVFS, noFiles{}) }

type noFiles struct{}

func (noFiles) Open(string, vfs.OpenFlag) (vfs.File, vfs.OpenFlag, error) {
	return nil, 0, sqlite3.CANTOPEN
}

func (noFiles) Delete(string, bool) error                   { return sqlite3.IOERR }
func (noFiles) Access(string, vfs.AccessFlag) (bool, error) { return false, nil }
func (noFiles) FullPathname(name string) (string, error)    { return name, nil }
