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

// superuser is the one user that the server has.
const superuser = "postgres"

// closeTimeout bounds what is done after a test, whose context has ended.
const closeTimeout = 10 * time.Second

// databases counts those that were made, to name the next.
var databases atomic.Int64

// DB is a connection to a database of its own. It serves one goroutine at a
// time.
type DB struct {
	conn *pgx.Conn
	url  string
}

// Row is a row of a result by its columns' names: text as string, booleans,
// int64 of bigint (int32 of integer), float64 of double precision and numeric,
// time.Time in UTC of timestamptz, netip.Prefix of inet, decoded JSON, []any of
// an array, and nil for null.
type Row = map[string]any

// Open returns a connection to a new, empty database, which goes with the test.
// It skips the test where there is no PostgreSQL: see [Require].
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

// URL returns the address of the database, for a program that connects to it
// by itself.
func (db *DB) URL() string { return db.url }

// url returns the address of a database, by the server's socket.
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

// Exec runs the statements of an SQL text one after the other, and all or none
// of them.
func (db *DB) Exec(ctx context.Context, sql string) error {
	return db.conn.PgConn().Exec(ctx, sql).Close()
}

// Query runs one statement and returns its rows. Its parameters $1, $2 and so
// on are given as Go values, a text[] as []string.
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

// plain is a value without pgx's own types, as [Row] tells.
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

// copy fills a table with rows in the CSV of PostgreSQL's COPY.
func (db *DB) copy(ctx context.Context, table string, csv io.Reader) error {
	_, err := db.conn.PgConn().CopyFrom(ctx, csv, "copy "+quoted(table)+" from stdin (format csv)")
	return err
}

func quoted(name string) string { return pgx.Identifier{name}.Sanitize() }
