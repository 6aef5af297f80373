package embedded

import "github.com/ncruces/go-sqlite3"

// SQLiteVersion returns the version of SQLite, such as 3.50.0.
func SQLiteVersion() (version string, err error) {
	conn, err := sqlite3.Open("file::memory:?vfs=" + noFilesVFS)
	if err != nil {
		return "", err
	}
	defer func() { _ = conn.Close() }()
	stmt, _, err := conn.Prepare("SELECT sqlite_version()")
	if err != nil {
		return "", err
	}
	defer func() { _ = stmt.Close() }()
	stmt.Step()
	return stmt.ColumnText(0), stmt.Err()
}
