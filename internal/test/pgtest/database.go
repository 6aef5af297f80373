package pgtest

import (
	"context"
	"fmt"
	"io"
	"net/url"
	"sync/atomic"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgtype"
)

// superuser is the server's only user.
const superuser = "postgres"

// closeTimeout bounds the cleanup after a test, whose context has ended.
const closeTimeout = 10 * time.Second

// databases counts the databases created, to name the next one.
var databases atomic.Int64

// DB is a connection to a private database. It is for one goroutine at a time.
type DB struct {
	conn *pgx.Conn
	url  string
}

// Row is a row of a result by column name. Text is a string, bigint an int64
// (integer an int32), double precision and numeric a float64, timestamptz a
// time.Time in UTC, inet a netip.Prefix, an array an []any, JSON is decoded,
// and null is nil.
type Row = map[string]any

// Open returns a connection to a new, empty database, which is dropped after
// the test. It skips the test if PostgreSQL is not installed: see [Require].
func Open(t testing.TB) *DB {
	t.Helper()
	Require(t)
	server, err := sharedServer()
	if err != nil {
		t.Fatal(err)
	}
	admin, err := server.connect(t.Context(), "postgres")
	if err != nil {
		t.Fatal(err)
	}
	name := fmt.Sprintf("test_%d", databases.Add(1))
	if _, err := admin.Exec(t.Context(), "create database "+name); err != nil {
		t.Fatal(err)
	}
	conn, err := server.connect(t.Context(), name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), closeTimeout)
		defer cancel()
		_ = conn.Close(ctx)
		if _, err := admin.Exec(ctx, "drop database "+name+" with (force)"); err != nil {
			t.Error(err)
		}
		_ = admin.Close(ctx)
	})
	return &DB{conn: conn, url: server.url(name)}
}

// URL returns the address of the database, for other programs to connect to.
func (db *DB) URL() string { return db.url }

// url returns the address of a database through the server's socket.
func (s *server) url(database string) string {
	address := url.URL{
		Scheme:   "postgresql",
		User:     url.User(superuser),
		Path:     "/" + database,
		RawQuery: url.Values{"host": {s.folder}, "port": {"5432"}, "sslmode": {"disable"}}.Encode(),
	}
	return address.String()
}

func (s *server) connect(ctx context.Context, database string) (*pgx.Conn, error) {
	conn, err := pgx.Connect(ctx, s.url(database))
	if err != nil {
		return nil, fmt.Errorf("connect to PostgreSQL: %w", err)
	}
	return conn, nil
}

// Exec runs the statements of an SQL text in turn, all or none of them.
func (db *DB) Exec(ctx context.Context, sql string) error {
	return db.conn.PgConn().Exec(ctx, sql).Close()
}

// Query runs a statement and returns its rows. Parameters $1, $2 and so on are
// Go values; a text[] is a []string.
func (db *DB) Query(ctx context.Context, sql string, parameters ...any) ([]Row, error) {
	result, err := db.conn.Query(ctx, sql, parameters...)
	if err != nil {
		return nil, err
	}
	rows, err := pgx.CollectRows(result, pgx.RowToMap)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		for name, value := range row {
			row[name] = plain(value)
		}
	}
	return rows, nil
}

// plain converts a value from pgx's own types to those of [Row].
func plain(value any) any {
	switch v := value.(type) {
	case time.Time:
		return v.UTC()
	case pgtype.Numeric:
		if f, err := v.Float64Value(); err == nil {
			return f.Float64
		}
	}
	return value
}

// copy fills a table with rows in the CSV format of PostgreSQL's COPY.
func (db *DB) copy(ctx context.Context, table string, csv io.Reader) error {
	_, err := db.conn.PgConn().CopyFrom(ctx, csv, "copy "+quoted(table)+" from stdin (format csv)")
	return err
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }
