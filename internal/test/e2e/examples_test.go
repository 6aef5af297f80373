package e2e

import (
	"context"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/demo"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/awstables"
	"steampipe-plugin-ssmassoc/internal/test/pgtest"
)

// The dialects of the documentation's examples.
const (
	postgres = "postgres"
	sqlite   = "sqlite"
)

// documentedFleet returns the fleet of ssmassoc --demo. Ids in examples are of
// its nodes, so that an example has rows when tried there.
func documentedFleet() fleet.Options { return demo.Options(demo.Nodes, demo.Regions()) }

// TestExamples runs each example of docs/tables in its dialect. It must return
// rows, as many as the same example in the other dialect. In PostgreSQL, the
// rows must not depend on the plan.
func TestExamples(t *testing.T) {
	engines, pg := openEngines(t)
	for _, file := range documentedTables(t) {
		examples := readExamples(t, file)
		if len(examples) == 0 {
			t.Errorf("%s has no examples", file)
		}
		t.Run(strings.TrimSuffix(filepath.Base(file), ".md"), func(t *testing.T) {
			for _, e := range examples {
				t.Run(e.heading, func(t *testing.T) { e.run(t, engines) })
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
	w := newWorld(t, worldOptions{})
	for _, table := range w.db.Tables() {
		if !slices.Contains(documentedTables(t), filepath.Join(tableDocs, table.Name+".md")) {
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
	w := newWorld(t, worldOptions{fleet: documentedFleet(), cache: embedded.Options{CacheTTLSeconds: 300}})
	neighbours := awstables.Script(w.fleet)
	w.query(neighbours)
	engines := map[string]runQuery{
		sqlite: func(ctx context.Context, sql string) (int, error) {
			rows, err := query(ctx, w.db, sql)
			return len(rows), err
		},
	}
	if !pgtest.Installed() {
		return engines, nil
	}

	pg := pgtest.Open(t)
	if err := pg.Mirror(t.Context(), w.db); err != nil {
		t.Fatal(err)
	}
	if err := pg.Exec(t.Context(), neighbours); err != nil {
		t.Fatal(err)
	}
	engines[postgres] = func(ctx context.Context, sql string) (int, error) {
		rows, err := pg.Query(ctx, sql)
		return len(rows), err
	}
	return engines, pg
}

// example is an example of a table's page: SQL by dialect.
type example struct {
	heading string
	sql     map[string]string
}

func (e example) run(t *testing.T, engines map[string]runQuery) {
	counts := map[string]int{}
	for _, dialect := range []string{postgres, sqlite} {
		sql, ok := e.sql[dialect]
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
	if len(counts) == 2 && counts[postgres] != counts[sqlite] {
		t.Errorf("%d rows in PostgreSQL, %d in SQLite", counts[postgres], counts[sqlite])
	}
}

// tableDocs is the folder of the tables' pages.
var tableDocs = filepath.Join("..", "..", "..", "docs", "tables")

func documentedTables(t *testing.T) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(tableDocs, "*.md"))
	if err != nil || len(files) == 0 {
		t.Fatalf("no pages in %s: %v", tableDocs, err)
	}
	return files
}

// exampleParts match the parts of a page's examples: a heading (1), or a code
// block's language (2) and text (3).
var exampleParts = regexp.MustCompile("(?ms)^### ([^\n]+)$|^```([^\n]*)\n(.*?)^```$")

// readExamples returns the examples of a page. Blocks of plain sql are for both
// dialects, as on the Steampipe Hub.
func readExamples(t *testing.T, file string) []example {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	var examples []example
	for _, part := range exampleParts.FindAllStringSubmatch(string(text), -1) {
		heading, language, sql := part[1], part[2], part[3]
		if heading != "" {
			examples = append(examples, example{heading: heading, sql: map[string]string{}})
			continue
		}
		var dialects []string
		switch language {
		case "sql":
			dialects = []string{postgres, sqlite}
		case "sql+postgres":
			dialects = []string{postgres}
		case "sql+sqlite":
			dialects = []string{sqlite}
		default:
			t.Errorf("%s: a block in %q, which no test runs", file, language)
			continue
		}
		if len(examples) == 0 {
			t.Errorf("%s: an example without a heading\n%s", file, sql)
			continue
		}
		e := examples[len(examples)-1]
		for _, dialect := range dialects {
			if e.sql[dialect] != "" {
				t.Errorf("%s: %q has two examples in %s", file, e.heading, dialect)
			}
			e.sql[dialect] = sql
		}
	}
	for _, e := range examples {
		if len(e.sql) == 0 {
			t.Errorf("%s: %q has no SQL", file, e.heading)
		}
	}
	return examples
}
