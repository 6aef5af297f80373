package embedded

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ncruces/go-sqlite3"
)

// DB is a SQLite connection to a host's tables. It is for one goroutine at a
// time.
type DB struct {
	host    *Host
	conn    *sqlite3.Conn
	options Options
	scans   atomic.Int64 // distinguishes scans in the plugin's log

	attached []*Table
	// timesMade are the columns that hold times, by the table or view that SQL has made.
	timesMade map[string]map[string]bool

	// made are the schemas that exist beside main, and maxSchemas how many can.
	made       []string
	maxSchemas int
	// trusted is set while the statements come from this package.
	trusted bool

	// withViews are the schema tables of SQLite that have had views.
	withViews map[string]bool

	// statement is the statement being run.
	statement *statement
	// failed is set once SQLite has panicked.
	failed bool
}

// statement is the state that the scans of an SQL statement share.
type statement struct {
	ctx   context.Context
	memo  *memo
	plans map[string]*plan // by their text
	// cacheTTL is how long the plugin may keep what it reads, in seconds.
	cacheTTL int64
	// compared are the texts that the statement compares with columns.
	compared map[string][]*comparedText
	// inRows are columns that the statement compares as parts of rows with a subquery.
	inRows []string
	// begun is the time that now means.
	begun time.Time
	// err is the first error of a scan, as the plugin returned it, or of a value.
	err error
	// constants are the values that the statement names (see setConstants).
	constants []string
	once      sync.Once
	shared    any // what the plugin keeps for the scans of the statement
}

func (db *DB) newStatement(ctx context.Context) *statement {
	return &statement{
		ctx:      ctx,
		memo:     newMemo(db.options.memoBytes()),
		plans:    map[string]*plan{},
		cacheTTL: db.options.CacheTTLSeconds,
		begun:    time.Now(),
	}
}

// plan returns the plan encoded in text. It keeps decoded plans, since a join
// starts a scan for every row.
func (s *statement) plan(text string) (*plan, error) {
	if p := s.plans[text]; p != nil {
		return p, nil
	}
	p, err := decodePlan(text)
	if err == nil {
		s.plans[text] = p
	}
	return p, err
}

// Open opens a database with the host's tables and nothing else. SQL can create
// tables and views, which are kept in memory; it cannot reach files.
func Open(host *Host, options Options) (db *DB, err error) {
	db = &DB{host: host, options: options, withViews: map[string]bool{}, timesMade: map[string]map[string]bool{}}
	db.statement = db.newStatement(context.Background())
	defer func() {
		if value := recover(); value != nil {
			db, err = nil, fmt.Errorf("open SQLite: %w", db.recovered(value))
		}
	}()
	ctx := sqlite3.WithMaxMemory(context.Background(), int64(options.memoryMB())<<20)
	if db.conn, err = sqlite3.OpenContext(ctx, "file::memory:?vfs="+noFilesVFS); err != nil {
		return nil, fmt.Errorf("open SQLite: %w", err)
	}
	if err := db.setUp(); err != nil {
		return nil, errors.Join(err, db.conn.Close())
	}
	return db, nil
}

// setUp registers the host's tables in a new database and denies it access to
// files.
func (db *DB) setUp() error {
	if err := db.registerTimes(); err != nil {
		return err
	}
	if err := db.register(); err != nil {
		return err
	}
	if err := db.conn.Exec("PRAGMA temp_store = memory"); err != nil {
		return err
	}
	if _, err := db.conn.Config(sqlite3.DBCONFIG_DEFENSIVE, true); err != nil {
		return err
	}
	db.setLimits()
	return db.conn.SetAuthorizer(db.authorize)
}

// Close closes the database.
func (db *DB) Close() error {
	if db.failed {
		return nil // SQLite cannot even be closed
	}
	return db.conn.Close()
}

// Tables returns the plugin's tables by name, and those that are attached.
func (db *DB) Tables() []*Table { return slices.Concat(db.host.Tables(), db.attached) }

// PluginTables returns the plugin's tables, which each schema has.
func (db *DB) PluginTables() []*Table { return db.host.Tables() }

// Schemas returns the names of the schemas that SQL can read, by name, without main.
func (db *DB) Schemas() []string { return db.host.Schemas() }

// Run runs the statements of an SQL text in turn and passes each result with
// columns to result. It stops at the first error. Running out of memory is a
// [MemoryError], after which the database is unusable.
func (db *DB) Run(ctx context.Context, sql string, result func(*Rows) error) error {
	return db.RunWith(ctx, sql, Handler{Result: result})
}

// Handler receives the results of the statements of a text.
type Handler struct {
	// Begin, if not nil, is called with the text of each statement before it runs.
	Begin func(statement string)
	// Result is called for each statement with columns.
	Result func(*Rows) error
	// Warn, if not nil, is called after a statement for each reason why its answer may
	// not be to the question that was meant.
	Warn func(warning string)
	// Parameters are the values of the statements' parameters.
	Parameters Parameters
}

// RunWith runs the statements of an SQL text like [DB.Run]. An error at a known
// place in the text is a [SQLError].
func (db *DB) RunWith(ctx context.Context, sql string, handler Handler) (err error) {
	if db.failed {
		return errors.New("the database is of no use after an earlier error; open another one")
	}
	// ctx ends scans that a panic leaves behind.
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer func() {
		if value := recover(); value != nil {
			err = db.recovered(value)
		}
	}()
	err = db.runAll(ctx, sql, handler)
	db.leaveSchemas() // unless SQLite has panicked
	return err
}

func (db *DB) runAll(ctx context.Context, sql string, handler Handler) error {
	for only := true; strings.TrimSpace(sql) != ""; only = false {
		db.statement = db.newStatement(ctx)
		db.conn.SetInterrupt(ctx)
		db.leaveSchemas()
		p, err := db.prepare(sql)
		if err != nil {
			return err
		}
		sql = p.tail
		if p.stmt == nil {
			continue // a comment
		}
		if db.options.OneRun && only && p.only() && db.scansOnce(p.run.SQL) {
			db.statement.cacheTTL = 0
		}
		if handler.Begin != nil {
			handler.Begin(p.text)
		}
		if err := handler.Parameters.bind(p.stmt); err != nil {
			return errors.Join(err, p.stmt.Close())
		}
		db.setConstants(p.text, p.stmt, handler.Parameters)
		if handler.Warn != nil {
			db.statement.compared = comparedTexts(p.text, handler.Parameters)
		}
		compared := db.statement.compared
		if err := db.run(p, handler.Result); err != nil {
			return err
		}
		db.noteMade(p.run)
		for _, warning := range otherCase(compared) {
			handler.Warn(warning)
		}
	}
	return nil
}

// scansOnce reports whether a statement makes a single scan: whether the
// program that SQLite compiled it to (https://sqlite.org/opcode.html) scans a
// virtual table once and has no other loop.
func (db *DB) scansOnce(sql string) bool {
	program, _, err := db.conn.Prepare("EXPLAIN " + sql)
	if err != nil || program == nil {
		return false
	}
	defer func() { _ = program.Close() }()
	scans := 0
	for program.Step() {
		switch program.ColumnText(1) {
		case "VFilter":
			scans++
		case "Rewind", "Last", "InitCoroutine", "Program", "SeekGE", "SeekGT", "SeekLE", "SeekLT":
			return false
		}
	}
	return scans == 1
}

func (db *DB) run(p prepared, result func(*Rows) error) error {
	rows := newRows(db, p)
	var err error
	if len(rows.Columns) == 0 {
		rows.Next()
		err = rows.Err()
	} else {
		err = result(rows)
	}
	// Closing leaves scans that the statement did not finish.
	defer db.statement.memo.end()
	if closeErr := p.stmt.Close(); err == nil && closeErr != nil {
		err = db.failure(closeErr)
	}
	db.statement = db.newStatement(context.Background())
	return err
}

// failure returns the error to show for an error of SQLite: the plugin's own,
// if a scan failed; the context's, if it has ended; else SQLite's, without its
// prefixes.
func (db *DB) failure(err error) error {
	if db.statement.err != nil {
		return db.statement.err
	}
	if ctxErr := db.statement.ctx.Err(); ctxErr != nil {
		return ctxErr
	}
	if memoryErr := db.memoryFailure(err); memoryErr != nil {
		return memoryErr
	}
	var sqliteErr *sqlite3.Error
	if errors.As(err, &sqliteErr) {
		return errors.New(plainMessage(sqliteErr))
	}
	return err
}

// plainMessage returns SQLite's message without its error code.
func plainMessage(err *sqlite3.Error) string {
	message := err.Error()
	if code := err.ExtendedCode().Error(); strings.HasPrefix(message, code+": ") {
		message = message[len(code)+2:]
	} else if code := err.Code().Error(); strings.HasPrefix(message, code+": ") {
		message = message[len(code)+2:]
	}
	return message
}

// Rows is the result of a statement.
type Rows struct {
	Columns []ResultColumn

	db   *DB
	stmt *sqlite3.Stmt

	count int
	first time.Time
}

// ResultColumn is a column of a result.
type ResultColumn struct {
	Name string
	// Kind is the kind of the underlying table column; Text for expressions.
	Kind Kind
}

func newRows(db *DB, p prepared) *Rows {
	rows := &Rows{db: db, stmt: p.stmt}
	for i, name := range p.names {
		rows.Columns = append(rows.Columns, ResultColumn{Name: name, Kind: kindDeclared(p.stmt.ColumnDeclType(i))})
	}
	return rows
}

// Next advances to the next row. It returns false after the last row and on an
// error, which [Rows.Err] returns.
func (r *Rows) Next() bool {
	if !r.stmt.Step() || r.db.statement.err != nil {
		return false
	}
	if r.count++; r.count == 1 {
		r.first = time.Now()
	}
	return true
}

// Count returns the number of rows read and when the first came.
func (r *Rows) Count() (n int, first time.Time) { return r.count, r.first }

// Context returns the context of the statement.
func (r *Rows) Context() context.Context { return r.db.statement.ctx }

// Err returns the error that ended the rows, or nil.
func (r *Rows) Err() error {
	if err := r.stmt.Err(); err != nil {
		return r.db.failure(err)
	}
	return r.db.statement.err
}

// Type returns the type of a value: sqlite3.NULL, INTEGER, FLOAT, TEXT or BLOB.
func (r *Rows) Type(i int) sqlite3.Datatype { return r.stmt.ColumnType(i) }

// Text returns a value as text, valid until the next call.
func (r *Rows) Text(i int) []byte { return r.stmt.ColumnRawText(i) }

// Blob returns a value as bytes, valid until the next call.
func (r *Rows) Blob(i int) []byte { return r.stmt.ColumnRawBlob(i) }

// Int returns a value as an integer.
func (r *Rows) Int(i int) int64 { return r.stmt.ColumnInt64(i) }

// Float returns a value as a floating-point number.
func (r *Rows) Float(i int) float64 { return r.stmt.ColumnFloat(i) }

// Usable reports whether the database can run statements. It cannot once SQLite
// has run out of memory.
func (db *DB) Usable() bool { return !db.failed }
