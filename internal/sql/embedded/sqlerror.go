package embedded

import (
	"errors"

	"github.com/ncruces/go-sqlite3"
)

// SQLError is an error in the text of a statement.
type SQLError struct {
	Message string
	// Statement is the text from the statement on, and Offset where in it
	// SQLite found the error, in bytes; -1 where it did not say.
	Statement string
	Offset    int
	// Near is a name that may have been meant at the place, where a caller
	// knows one.
	Near string
	// Cause is a more particular error, such as a [SchemaError], if there is one.
	Cause error
}

func (e *SQLError) Error() string { return e.Message }
func (e *SQLError) Unwrap() error { return e.Cause }

// placed returns the error to show for one that SQLite reported of a text that it
// prepared: as a [SQLError], unless it comes from elsewhere.
func placed(err error, reported error, sql string) error {
	var sqliteErr *sqlite3.Error
	if !errors.As(reported, &sqliteErr) || err.Error() != plainMessage(sqliteErr) {
		return err
	}
	offset := -1
	if rest := len(sqliteErr.SQL()); rest > 0 && rest <= len(sql) {
		offset = len(sql) - rest
	}
	return &SQLError{Message: err.Error(), Statement: sql, Offset: offset}
}
