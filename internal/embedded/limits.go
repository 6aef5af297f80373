package embedded

import (
	"errors"
	"fmt"
	"runtime"
	"runtime/debug"
	"strings"
	"syscall"

	"github.com/ncruces/go-sqlite3"
)

// The memory that SQLite may take, in MB: what it takes unless told otherwise,
// and the bounds of what it can be told. SQLite addresses 4 GiB and needs some
// for itself.
const (
	DefaultMemoryMB = 128
	LeastMemoryMB   = 16
	MostMemoryMB    = 4096
)

// MemoryError is the error of a statement that needs more memory than it may
// take.
type MemoryError struct {
	What string // what is too large, and how large it may be
}

func (e *MemoryError) Error() string { return "out of memory: " + e.What }

// PanicError is a panic that was caught: a defect, which must not cost more
// than the statement.
type PanicError struct {
	Value any
	Stack []byte
}

func (e *PanicError) Error() string { return fmt.Sprintf("internal error: %v", e.Value) }

// Caught returns the error for what recover returned. It must be called by the
// deferred function that recovers, for the stack to be that of the panic.
func Caught(recovered any) *PanicError {
	return &PanicError{Value: recovered, Stack: debug.Stack()}
}

// memoryMB returns the memory that SQLite may take.
func (o Options) memoryMB() int {
	if o.MemoryMB == 0 {
		return DefaultMemoryMB
	}
	return o.MemoryMB
}

// memoBytes bounds what the scans of one statement keep for each other.
func (o Options) memoBytes() int { return o.memoryMB() << 20 / 2 }

// TextMB returns the longest SQL text, and the longest value that a statement
// may make, in MB: SQLite holds several copies of either at a time, and what
// prints a value several more.
func (o Options) TextMB() int { return o.memoryMB() / 8 }

// setLimits bounds what a statement may take.
//
// See https://sqlite.org/limits.html and https://sqlite.org/security.html.
func (db *DB) setLimits() {
	db.conn.Limit(sqlite3.LIMIT_LENGTH, db.options.TextMB()<<20)
	db.conn.Limit(sqlite3.LIMIT_SQL_LENGTH, db.options.TextMB()<<20)
	db.conn.Limit(sqlite3.LIMIT_ATTACHED, 0)
	db.conn.Limit(sqlite3.LIMIT_WORKER_THREADS, 0)
}

// memoryFailure returns the error for one that SQLite reports where a limit of
// memory is reached, and nil for others.
func (db *DB) memoryFailure(err error) error {
	switch {
	case errors.Is(err, sqlite3.TOOBIG):
		return &MemoryError{What: fmt.Sprintf("a value is longer than %d MB", db.options.TextMB())}
	case errors.Is(err, sqlite3.NOMEM), err.Error() == sqlite3.NOMEM.Error(), errors.Is(err, syscall.ENOMEM):
		return &MemoryError{What: fmt.Sprintf("SQLite may take %d MB", db.options.memoryMB())}
	}
	return nil
}

// recovered returns the error for a panic out of SQLite, which panics where it
// runs out of memory, and out of the program that it is compiled to, whose
// stack is small. The database is of no use afterwards.
func (db *DB) recovered(value any) error {
	db.failed = true
	caught := Caught(value)
	err, isError := value.(error)
	if !isError {
		return caught
	}
	if memoryErr := db.memoryFailure(err); memoryErr != nil {
		return memoryErr
	}
	var runtimeErr runtime.Error
	switch {
	case errors.As(err, &runtimeErr) && strings.Contains(string(caught.Stack), "/go-sqlite3-wasm/"):
		return errors.New("the statement is too deep or has too many parts for SQLite; nest less, or split it")
	case err.Error() == "sqlite3: missing NUL terminator": // the driver reads no longer names
		return errors.New("a name in the SQL is longer than 1,000,000 bytes; shorten it, or name the expression with AS")
	}
	return caught
}
