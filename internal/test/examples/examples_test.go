package examples

import (
	"context"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/awstables"
	"steampipe-plugin-ssmassoc/internal/test/pgtest"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// TestExamples runs each example of docs/tables in its dialect. It must return
// rows, as many as the same example in the other dialect. In PostgreSQL, the
// rows must not depend on the plan.
func TestExamples(t *testing.T) {
	engines, pg := openEngines(t)
	for _, file := range rig.DocumentedTables(t) {
		examples := rig.ReadExamples(t, file)
		if len(examples) == 0 {
			t.Errorf("%s has no examples", file)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".md"), func(t *testing.T) {
			for _, e := range examples {
				t.Run(e.Heading, func(t *testing.T) { runExample(t, e, engines) })
			}
		})
	}
	t.Run("joins under every plan", func(t *testing.T) {
		pgtest.Require(t)
		testPlans(t, pg)
	})
}

// TestEveryTableIsDocumented keeps TestExamples from missing a table.
func TestEveryTableIsDocumented(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{})
	for _, table := range w.DB.Tables() {
		if !slices.Contains(rig.DocumentedTables(t), filepath.Join(rig.TableDocs, table.Name+".md")) {
			t.Errorf("table %s has no page in docs/tables", table.Name)
		}
	}
}

// runQuery runs a statement and returns the number of its rows.
type runQuery func(ctx context.Context, sql string) (int, error)

// openEngines opens both SQL engines over the documented fleet, with the tables
// of the AWS plugin that examples join. Without PostgreSQL, the database is
// nil.
func openEngines(t *testing.T) (map[string]runQuery, *pgtest.DB) {
	t.Helper()
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: rig.DocumentedFleet(), Cache: embedded.Options{CacheTTLSeconds: 300}})
	neighbours := awstables.Script(w.Fleet)
	w.Query(neighbours)
	engines := map[string]runQuery{
		rig.Sqlite: func(ctx context.Context, sql string) (int, error) {
			rows, err := rig.Query(ctx, w.DB, sql)
			return len(rows), err
		},
	}
	if !pgtest.Installed() {
		return engines, nil
	}

	pg := pgtest.Open(t)
	if err := pg.Mirror(t.Context(), w.DB); err != nil {
		t.Fatal(err)
	}
	if err := pg.Exec(t.Context(), neighbours); err != nil {
		t.Fatal(err)
	}
	engines[rig.Postgres] = func(ctx context.Context, sql string) (int, error) {
		rows, err := pg.Query(ctx, sql)
		return len(rows), err
	}
	return engines, pg
}

func runExample(t *testing.T, e rig.Example, engines map[string]runQuery) {
	counts := map[string]int{}
	for _, dialect := range []string{rig.Postgres, rig.Sqlite} {
		sql, ok := e.SQL[dialect]
		if !ok {
			continue
		}
		t.Run(dialect, func(t *testing.T) {
			run := engines[dialect]
			if run == nil {
				pgtest.Require(t)
			}
			n, err := run(t.Context(), sql)
			switch {
			case err != nil:
				t.Errorf("%v\n%s", err, sql)
			case n == 0:
				t.Errorf("no rows\n%s", sql)
			default:
				counts[dialect] = n
			}
		})
	}
	if len(counts) == 2 && counts[rig.Postgres] != counts[rig.Sqlite] {
		t.Errorf("%d rows in PostgreSQL, %d in SQLite", counts[rig.Postgres], counts[rig.Sqlite])
	}
}
