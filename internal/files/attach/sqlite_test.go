package attach

import (
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"testing"

	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// withDB makes a database with SQL and returns its file's name.
func withDB(t testing.TB, sql string) string {
	t.Helper()
	file := filepath.Join(t.TempDir(), "a.db")
	conn, err := sqlite3.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(conn.Exec(sql), conn.Close()); err != nil {
		t.Fatal(err)
	}
	return file
}

// Values keep their storage classes: numbers that became texts would sort as texts do.
func TestKindsOfSQLite(t *testing.T) {
	for _, test := range []struct {
		declared, values string
		want             embedded.Kind
	}{
		{"", "(9), (10)", embedded.Int},
		{"", "(9), (10.5), (null)", embedded.Double},
		{"", "('007'), (8)", embedded.Text},
		{"", "(9007199254740993), (0.5)", embedded.Text},
		{"", "(null)", embedded.Text},
		{"blob", "(9), (10)", embedded.Int},
		{"blob", "(x'00')", embedded.Text},
		{"numeric", "(9), (10)", embedded.Int},
		{"numeric", "(2.5), (10)", embedded.Double},
		{"numeric", "('n/a'), (10)", embedded.Int},
		{"numeric", "('n/a')", embedded.Text},
		{"numeric", "(9007199254740993), (0.5)", embedded.Int},
		{"decimal(9,2)", "(2.5), ('10.25')", embedded.Double},
		{"date", "('2026-01-02')", embedded.Text},
		{"date", "(1767312000)", embedded.Int},
		{"boolean", "(0), (1), (null)", embedded.Bool},
		{"boolean", "(2)", embedded.Int},
		{"int", "('n/a')", embedded.Int},
		{"varchar(9)", "(1)", embedded.Text},
		{"double", "(1)", embedded.Double},
		{"float", "(1)", embedded.Double},
	} {
		file := withDB(t, fmt.Sprintf("create table a(x %s); insert into a values %s", test.declared, test.values))
		tables, err := openFile(t, "a", file)
		if err != nil {
			t.Fatal(err)
		}
		if got := tables[0].Columns[0].Kind; got != test.want {
			t.Errorf("%s of %s: got %v, want %v", test.values, test.declared, got, test.want)
		}
	}
}

func TestViewsOfSQLite(t *testing.T) {
	file := withDB(t, `create table t(n numeric); insert into t values (9), (10);
		create view v as select n, n * 1.5 as more from t;
		create table gone(n); create view broken as select * from gone; drop table gone`)
	tables, err := openFile(t, "a", file)
	if err != nil || len(tables) != 2 || tables[0].Name != "a_t" || tables[1].Name != "a_v" {
		t.Fatalf("got %v, %v", tables, err)
	}
	if got := tables[1].Columns[1].Kind; got != embedded.Double {
		t.Errorf("got %v", got)
	}
	if got, want := rowsOf(t, tables[1]), []string{"[9 13.5]", "[10 15]"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
