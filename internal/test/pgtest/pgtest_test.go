package pgtest_test

import (
	"context"
	"os"
	"reflect"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"

	"steampipe-plugin-ssmassoc/internal/test/pgtest"
)

func TestMain(m *testing.M) { os.Exit(pgtest.Main(m)) }

func TestServesASocketOfItsOwnAndNoNetwork(t *testing.T) {
	pg := pgtest.Open(t)
	rows := query(t, pg, `select current_setting('listen_addresses') as addresses, inet_server_addr() as address,
		current_setting('data_directory') = current_setting('unix_socket_directories') || '/data' as own,
		current_setting('timezone') as timezone, current_setting('server_encoding') as encoding`)
	expectRow(t, rows, pgtest.Row{"addresses": "", "address": nil, "own": true, "timezone": "UTC", "encoding": "UTF8"})
}

func TestEachDatabaseIsApart(t *testing.T) {
	one, other := pgtest.Open(t), pgtest.Open(t)
	if err := one.Exec(t.Context(), "create table t (n int); insert into t values (1)"); err != nil {
		t.Fatal(err)
	}
	expectRow(t, query(t, one, "select count(*) from t"), pgtest.Row{"count": int64(1)})
	if rows, err := other.Query(t.Context(), "select * from t"); err == nil {
		t.Errorf("the other database has the table: %v", rows)
	}
}

func TestParametersAreTakenByTheTypeThatTheStatementGivesThem(t *testing.T) {
	pg := pgtest.Open(t)
	rows := query(t, pg, "select 'b' = any ($1::text[]) as within, $2::int * 2 as doubled, $3::text is null as missing, $4::jsonb ->> 'a' as member",
		[]string{"a", "b"}, 21, nil, map[string]any{"a": "x"})
	expectRow(t, rows, pgtest.Row{"within": true, "doubled": int32(42), "missing": true, "member": "x"})
}

func TestValuesArePlain(t *testing.T) {
	pg := pgtest.Open(t)
	rows := query(t, pg, `select 'x' as text, '' as empty, null as missing, 1::bigint as bigint, 1.5::double precision as double,
		round(2.25, 1) as numeric, '{"a": [1]}'::jsonb as json, array['a', 'b'] as list,
		timestamptz '2026-01-31 10:15:00.25+02' as time`)
	expectRow(t, rows, pgtest.Row{
		"text": "x", "empty": "", "missing": nil, "bigint": int64(1), "double": 1.5,
		"numeric": 2.3, "json": map[string]any{"a": []any{1.}}, "list": []any{"a", "b"},
		"time": time.Date(2026, 1, 31, 8, 15, 0, 250_000_000, time.UTC),
	})
}

func TestTheURLLeadsAProgramToTheSameDatabase(t *testing.T) {
	pg := pgtest.Open(t)
	if err := pg.Exec(t.Context(), "create table t as select 1 as n"); err != nil {
		t.Fatal(err)
	}
	other, err := pgx.Connect(t.Context(), pg.URL())
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close(context.WithoutCancel(t.Context())) //nolint:errcheck // only read from
	var n int
	if err := other.QueryRow(t.Context(), "select n from t").Scan(&n); err != nil || n != 1 {
		t.Errorf("got %d, %v", n, err)
	}
}

func TestAnErrorOfAnyStatementIsReturned(t *testing.T) {
	pg := pgtest.Open(t)
	if err := pg.Exec(t.Context(), "create table t (n int); select 1 / 0"); err == nil {
		t.Error("Exec: no error")
	}
	if err := pg.Exec(t.Context(), "select * from t"); err == nil {
		t.Error("Exec kept the first of two statements")
	}
	// Fails after the first row.
	if rows, err := pg.Query(t.Context(), "select 1 / (2 - n) from generate_series(1, 2) as n"); err == nil {
		t.Errorf("Query: no error, %v", rows)
	}
}

func query(t *testing.T, pg *pgtest.DB, sql string, parameters ...any) []pgtest.Row {
	t.Helper()
	rows, err := pg.Query(t.Context(), sql, parameters...)
	if err != nil {
		t.Fatalf("%s: %v", sql, err)
	}
	return rows
}

func expectRow(t *testing.T, rows []pgtest.Row, want pgtest.Row) {
	t.Helper()
	if len(rows) != 1 || !reflect.DeepEqual(rows[0], want) {
		t.Errorf("got %#v, want %#v", rows, want)
	}
}
