package attach

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"syscall"

	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/files/atomicfile"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// withDatabase opens a database read only, with memory of its own that is as large as
// that of the database the rows go to. If another program has the file open, it sees
// the last committed state.
func (in input) withDatabase(read func(*sqlite3.Conn) error) (err error) {
	access, err := in.accessTo(in.File)
	if err != nil {
		return err
	}
	if access.close != nil {
		defer access.close()
	}
	path, err := filepath.Abs(access.file)
	if err != nil {
		return err
	}
	defer func() {
		// SQLite panics where it has no memory, and its compiled program where a damaged
		// file leads it astray. Nothing of the connection may be used then.
		if value := recover(); value != nil {
			err = in.panicked(value)
		}
	}()
	uri := url.URL{
		Scheme: "file", OmitHost: true, Path: filepath.ToSlash(path), RawQuery: "mode=ro" + access.parameters,
	}
	conn, err := sqlite3.OpenContext(sqlite3.WithMaxMemory(in.ctx, int64(in.limits.memory)), uri.String())
	if err != nil {
		return err
	}
	conn.SetInterrupt(in.ctx)
	conn.Limit(sqlite3.LIMIT_LENGTH, in.limits.row)
	err = conn.Exec("PRAGMA temp_store = memory; PRAGMA trusted_schema = off")
	if err == nil {
		err = read(conn)
	}
	if err = errors.Join(in.memoryFailure(err), conn.Close()); err == nil {
		err = access.unchanged()
	}
	return err
}

// memoryFailure returns the error to show for one of SQLite.
func (in input) memoryFailure(err error) error {
	switch {
	case errors.Is(err, sqlite3.TOOBIG):
		return in.limits.tooLong()
	case errors.Is(err, sqlite3.NOMEM):
		return in.outOfMemory()
	}
	return err
}

func (in input) outOfMemory() error {
	return &embedded.MemoryError{What: fmt.Sprintf("reading it takes SQLite more than %d MB", in.limits.memory>>20)}
}

// panicked returns the error for a panic of SQLite.
func (in input) panicked(value any) error {
	err, _ := value.(error)
	if err != nil && (errors.Is(err, sqlite3.NOMEM) || errors.Is(err, syscall.ENOMEM) ||
		err.Error() == sqlite3.NOMEM.Error()) {
		return in.outOfMemory()
	}
	return fmt.Errorf("SQLite cannot read it: %v; it may be damaged, as PRAGMA integrity_check would say", value)
}

// access is how to open a database without leaving a file beside it.
type access struct {
	file, parameters string
	// still is set for a file that is taken to stay as it is.
	still os.FileInfo
	// close removes a copy; nil for none.
	close func()
}

// accessTo returns how to open a database. To read one with a write-ahead log, SQLite
// makes files beside it, unless told that nobody writes to it.
//
// See https://sqlite.org/wal.html#read_only_databases.
func (in input) accessTo(file string) (access, error) {
	info, err := os.Stat(file)
	if err != nil {
		return access{}, err
	}
	logged, err := hasLog(file)
	if err != nil || !logged {
		return access{file: file}, err
	}
	log, err := os.Stat(file + "-wal")
	if err != nil || log.Size() == 0 {
		return access{file: file, parameters: "&immutable=1", still: info}, nil
	}
	if _, err := os.Stat(file + "-shm"); err != nil {
		return in.copied(file) // nobody has it open, and its log was left
	}
	return access{file: file}, nil
}

// copied copies a database and its log to a folder of their own.
func (in input) copied(file string) (a access, err error) {
	folder, remove, err := atomicfile.NewFolder(os.TempDir())
	if err != nil {
		return access{}, err
	}
	a = access{file: filepath.Join(folder, "copy.db"), close: remove}
	err = errors.Join(in.copyFile(a.file, file), in.copyFile(a.file+"-wal", file+"-wal"))
	if err != nil {
		remove()
		return access{}, err
	}
	return a, nil
}

func (in input) copyFile(to, from string) error {
	source, err := os.Open(from)
	if err != nil {
		return err
	}
	defer func() { _ = source.Close() }()
	target, err := os.OpenFile(to, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(target, wantedReader{in.ctx, source})
	return errors.Join(err, target.Close())
}

// hasLog reports whether a database has a write-ahead log
// (https://sqlite.org/fileformat2.html#file_format_version_numbers).
func hasLog(file string) (bool, error) {
	f, err := os.Open(file)
	if err != nil {
		return false, err
	}
	defer func() { _ = f.Close() }()
	const place, logged = 19, 2
	header := make([]byte, place+1)
	if _, err := io.ReadFull(f, header); err != nil {
		return false, nil //nolint:nilerr // it is shorter than a database, as SQLite will say
	}
	return header[place] == logged, nil
}

// unchanged returns an error if a file has changed that was taken to stay as it is.
func (a access) unchanged() error {
	if a.still == nil {
		return nil
	}
	info, err := os.Stat(a.file)
	if err == nil && (info.Size() != a.still.Size() || !info.ModTime().Equal(a.still.ModTime())) {
		err = errors.New("another program changed it while it was read; try again")
	}
	return err
}
