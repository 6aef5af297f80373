package examples

import (
	"fmt"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/test/pgtest"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// joins matches SQL with more than one table in a FROM clause.
var joins = regexp.MustCompile(`(?i)\bjoin\b|\bfrom\s+\w+ as \w+,`)

// joinMethods are the settings of PostgreSQL's planner for each join method.
var joinMethods = []string{"enable_nestloop", "enable_hashjoin", "enable_mergejoin"}

// testPlans runs each example with a join while each join method is disabled in
// turn. Steampipe's planner guesses without statistics; the rows must not
// depend on it.
func testPlans(t *testing.T, pg *pgtest.DB) {
	t.Helper()
	if err := pg.Exec(t.Context(), "begin"); err != nil {
		t.Fatal(err)
	}
	differing := map[string]bool{} // settings that changed a plan
	for _, file := range rig.DocumentedTables(t) {
		for _, e := range rig.ReadExamples(t, file) {
			sql, ok := e.SQL[rig.Postgres]
			if !ok || !joins.MatchString(sql) {
				continue
			}
			t.Run(strings.TrimSuffix(filepath.Base(file), ".md")+"/"+e.Heading, func(t *testing.T) {
				rows, plan := planned(t, pg, "", sql)
				if len(rows) == 0 {
					t.Fatal("no rows")
				}
				for _, method := range joinMethods {
					otherRows, otherPlan := planned(t, pg, method, sql)
					if otherPlan != plan {
						differing[method] = true
					}
					t.Run(method, func(t *testing.T) { rig.SameRows(t, otherRows, slices.Clone(rows)) })
				}
			})
		}
	}
	if got := slices.Sorted(maps.Keys(differing)); len(got) != len(joinMethods) {
		t.Errorf("only %v changed a plan: the test shows nothing of the others", got)
	}
}

// planned returns the rows and plan of a query without a join method. All runs
// share a transaction, and thus the current time.
func planned(t *testing.T, pg *pgtest.DB, without, sql string) (rows []rig.Row, plan string) {
	t.Helper()
	if without != "" {
		if err := pg.Exec(t.Context(), "set local "+without+" = off"); err != nil {
			t.Fatal(err)
		}
		defer func() {
			if err := pg.Exec(t.Context(), "set local "+without+" = on"); err != nil {
				t.Error(err)
			}
		}()
	}
	// A prepared statement keeps its plan, so each run needs a new one.
	sql = fmt.Sprintf("/* without %s */ %s", without, sql)
	got, err := pg.Query(t.Context(), sql)
	if err != nil {
		t.Fatalf("%v\n%s", err, sql)
	}
	for _, r := range got {
		rows = append(rows, r)
	}
	steps, err := pg.Query(t.Context(), "explain (costs off) "+strings.TrimRight(sql, "; \n"))
	if err != nil {
		t.Fatal(err)
	}
	for _, step := range steps {
		plan += step["QUERY PLAN"].(string) + "\n"
	}
	return rows, plan
}
