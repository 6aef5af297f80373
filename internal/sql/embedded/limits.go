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

// SQLite's memory in MB: the default and its bounds. SQLite addresses 4 GiB and
// needs some of it for itself.
const (
	DefaultMemoryMB = 128
	LeastMemoryMB   = 16
	MaxMemoryMB     = 4096
)

// MemoryError is the error of a statement that exceeds its memory.
type MemoryError struct {
	What string // which limit was exceeded
}

func (e *MemoryError) Error() string { return "out of memory: " + e.What }

// Advice says what the user can change, with the settings in braces.
func (e *MemoryError) Advice() string {
	return "have the statement hold less at once, or {raise memory-limit}"
}

// PanicError is a caught panic: a defect that must not cost more than the
// statement.
type PanicError struct {
	Value any
	Stack []byte
	// Function is the one that panicked, with its package's path.
	Function string
}

func (e *PanicError) Error() string { return fmt.Sprintf("internal error: %v", e.Value) }

// Caught returns the error for a recovered value. The deferred function that
// recovers must call it, for the stack to be the panic's.
func Caught(recovered any) *PanicError {
	return &PanicError{Value: recovered, Stack: debug.Stack(), Function: panicked()}
}

// panicked returns the function that panicked: the first below the panic that is not Go's.
func panicked() string {
	callers := make([]uintptr, 64)
	frames := runtime.CallersFrames(callers[:runtime.Callers(0, callers)])
	for panicking := false; ; {
		frame, more := frames.Next()
		ofRuntime := strings.HasPrefix(frame.Function, "runtime.")
		switch {
		case ofRuntime:
			panicking = panicking || frame.Function == "runtime.gopanic"
		case panicking:
			return frame.Function
		}
		if !more {
			return ""
		}
	}
}

// memoryMB returns the bound of SQLite's memory.
func (o Options) memoryMB() int {
	if o.MemoryMB == 0 {
		return DefaultMemoryMB
	}
	return o.MemoryMB
}

// memoBytes bounds the rows that the scans of a statement keep for each other.
func (o Options) memoBytes() int { return o.memoryMB() << 20 / 2 }

// TextMB returns the maximal length of an SQL text and of a value, in MB.
// SQLite holds several copies of either at a time, and a printer more.
func (o Options) TextMB() int { return o.memoryMB() / 8 }

// setLimits bounds the resources of a statement.
//
// See https://sqlite.org/limits.html and https://sqlite.org/security.html.
func (db *DB) setLimits() {
	db.conn.Limit(sqlite3.LIMIT_LENGTH, db.options.TextMB()<<20)
	db.conn.Limit(sqlite3.LIMIT_SQL_LENGTH, db.options.TextMB()<<20)
	db.maxSchemas = db.conn.Limit(sqlite3.LIMIT_ATTACHED, 0)
	db.conn.Limit(sqlite3.LIMIT_WORKER_THREADS, 0)
}

// memoryFailure returns the error for an error of SQLite at a memory limit, nil
// for others.
func (db *DB) memoryFailure(err error) error {
	switch {
	case errors.Is(err, sqlite3.TOOBIG):
		return &MemoryError{What: fmt.Sprintf("a value is longer than %d MB", db.options.TextMB())}
	case errors.Is(err, sqlite3.NOMEM), err.Error() == sqlite3.NOMEM.Error(), errors.Is(err, syscall.ENOMEM):
		return &MemoryError{What: fmt.Sprintf("SQLite may take %d MB", db.options.memoryMB())}
	}
	return nil
}

// recovered returns the error for a panic of SQLite, which panics when it runs
// out of memory, or of its compiled program, whose stack is small. The database
// is unusable afterwards.
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
	case errors.As(err, &runtimeErr) && strings.HasPrefix(caught.Function, "github.com/ncruces/go-sqlite3-wasm/"):
		return errors.New("the statement is too deep or has too many parts for SQLite; nest less, or split it")
	case err.Error() == "sqlite3: missing NUL terminator": // the driver does not read longer names
		return errors.New("a name in the SQL is longer than 1,000,000 bytes; shorten it, or name the expression with AS")
	}
	return caught
}
