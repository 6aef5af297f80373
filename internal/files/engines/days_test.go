package engines_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/files/engines"
	"steampipe-plugin-ssmassoc/internal/files/export"
	"steampipe-plugin-ssmassoc/internal/test/pgtest"
	"steampipe-plugin-ssmassoc/internal/test/readers"
)

// reader is an engine that reads the history of a folder.
type reader struct {
	format string
	// exported is called after each export.
	exported func(dir string)
	query    func(dir, sql string) []string
}

func duckDBReader(t *testing.T) reader {
	readers.Require(t)
	return reader{
		format:   "parquet",
		exported: func(string) {},
		query: func(dir, sql string) []string {
			t.Helper()
			_, err := os.Stat(filepath.Join(dir, export.SnapshotsName))
			setup := statements(t, "duckdb", engines.Files{Location: dir, NoSnapshots: err != nil})
			return sortedLines(readers.DuckDB(t, withoutMissingTables(setup, dir)+sql))
		},
	}
}

func postgresReader(t *testing.T) reader {
	pg := pgtest.Open(t)
	return reader{
		format: "csv",
		exported: func(dir string) {
			t.Helper()
			readableByAll(t, dir)
			load(t, pg, dir)
		},
		query: func(_, sql string) []string {
			t.Helper()
			return pgLines(t, pg, sql)
		},
	}
}

// summary counts the rows of the views, by what a test asks.
const summary = `select line from (
  select concat('snapshot ', cast(dt as text), ' ', region) as line from ssm_status_snapshot
  union all select concat('latest ', cast(dt as text), ' ', region, ' ', cast(count(*) as text)) from ssm_status_latest group by dt, region
  union all select concat('failing ', cast(count(*) as text), ' since ', cast((select count(*) from ssm_failing_since) as text)) from ssm_failing_now
  union all select concat('outages ', cast(count(*) as text)) from ssm_outages
  union all select concat('changed ', region, ' ', what, ' ', cast(count(*) as text)) from ssm_changed_since_yesterday group by region, what
  union all select concat('history ', cast(dt as text), ' ', region, ' ', cast(results as text), ' ', cast(failing as text)) from ssm_fleet_history
  union all select concat('drift ', cast(dt as text), ' ', cast(count(*) as text)) from ssm_drift group by dt
) x`

// without returns the rows of which drop is false.
func without(rows []any, drop func(row map[string]any) bool) []any {
	return slices.DeleteFunc(rows, func(row any) bool { return drop(row.(map[string]any)) })
}

// failing makes every result a failure.
func failing(_ int, rows []any) []any {
	for _, row := range rows {
		row.(map[string]any)["Status"] = "Failed"
	}
	return rows
}

// The fleet of these tests has two regions, each with two nodes of two associations.
func TestSnapshotsAreComparedAsTheyWere(t *testing.T) {
	const us, eu = "us-east-1", "eu-west-1"
	day := func(h *history, r reader, dir string, days ...int) {
		for _, d := range days {
			h.export(dir, r.format, d)
			r.exported(dir)
		}
	}
	for name, test := range map[string]struct {
		run  func(h *history, r reader, dir string)
		want []string
		// files is set if the test changes files, which PostgreSQL has loaded.
		files bool
	}{
		"identical, some without an association ID": {
			run: func(h *history, r reader, dir string) {
				h.edit = func(d int, rows []any) []any {
					delete(rows[0].(map[string]any), "AssociationId")
					return failing(d, rows)
				}
				day(h, r, dir, 0, 1)
			},
			want: []string{
				"drift 2026-02-27 4", "failing 8 since 8", "history 2026-02-26 eu-west-1 4 4",
				"history 2026-02-26 us-east-1 4 4", "history 2026-02-27 eu-west-1 4 4", "history 2026-02-27 us-east-1 4 4",
				"latest 2026-02-27 eu-west-1 4", "latest 2026-02-27 us-east-1 4", "outages 8",
				"snapshot 2026-02-26 eu-west-1", "snapshot 2026-02-26 us-east-1",
				"snapshot 2026-02-27 eu-west-1", "snapshot 2026-02-27 us-east-1",
			},
		},
		"without any association ID, told apart by their documents": {
			run: func(h *history, r reader, dir string) {
				h.edit = func(d int, rows []any) []any {
					for i, row := range rows {
						delete(row.(map[string]any), "AssociationId")
						row.(map[string]any)["Name"] = []string{"Document-A", "Document-B"}[i]
					}
					failing(d, rows)
					if d == 1 {
						rows[0].(map[string]any)["Status"] = "Success"
					}
					return rows
				}
				day(h, r, dir, 0, 1)
			},
			want: []string{
				"changed eu-west-1 changed 2", "changed us-east-1 changed 2",
				"drift 2026-02-27 8", "failing 4 since 4", "history 2026-02-26 eu-west-1 4 4",
				"history 2026-02-26 us-east-1 4 4", "history 2026-02-27 eu-west-1 4 2", "history 2026-02-27 us-east-1 4 2",
				"latest 2026-02-27 eu-west-1 4", "latest 2026-02-27 us-east-1 4", "outages 8",
				"snapshot 2026-02-26 eu-west-1", "snapshot 2026-02-26 us-east-1",
				"snapshot 2026-02-27 eu-west-1", "snapshot 2026-02-27 us-east-1",
			},
		},
		"a result that is listed twice": {
			run: func(h *history, r reader, dir string) {
				h.regions = []string{us}
				h.edit = func(d int, rows []any) []any {
					for _, row := range rows {
						row.(map[string]any)["Status"] = "Success"
					}
					// Of two results with the same association ID, a read has the first alone.
					delete(rows[0].(map[string]any), "AssociationId")
					again := map[string]any{}
					for k, v := range rows[0].(map[string]any) {
						again[k] = v
					}
					again["ExecutionSummary"] = "again"
					if d == 0 {
						again["Status"] = "Undeliverable"
					}
					return append(rows, again)
				}
				day(h, r, dir, 0, 1)
			},
			want: []string{
				"changed us-east-1 changed 2", "drift 2026-02-27 2", "failing 0 since 0",
				"history 2026-02-26 us-east-1 4 2", "history 2026-02-27 us-east-1 4 0", "latest 2026-02-27 us-east-1 6",
				"outages 2",
				"snapshot 2026-02-26 us-east-1", "snapshot 2026-02-27 us-east-1",
			},
		},
		"a region without rows": {
			run: func(h *history, r reader, dir string) {
				h.edit = func(d int, rows []any) []any {
					return without(failing(d, rows), func(row map[string]any) bool {
						return d == 1 && h.nodes[row["InstanceId"].(string)] == eu
					})
				}
				day(h, r, dir, 0, 1)
			},
			want: []string{
				"changed eu-west-1 gone 4", "drift 2026-02-27 4", "failing 4 since 4", "history 2026-02-26 eu-west-1 4 4",
				"history 2026-02-26 us-east-1 4 4", "history 2026-02-27 eu-west-1 0 0", "history 2026-02-27 us-east-1 4 4",
				"latest 2026-02-27 us-east-1 4", "outages 8",
				"snapshot 2026-02-26 eu-west-1", "snapshot 2026-02-26 us-east-1",
				"snapshot 2026-02-27 eu-west-1", "snapshot 2026-02-27 us-east-1",
			},
		},
		"a day without rows between two": {
			run: func(h *history, r reader, dir string) {
				h.regions = []string{us}
				h.edit = func(d int, rows []any) []any {
					return without(failing(d, rows), func(map[string]any) bool { return d == 1 })
				}
				day(h, r, dir, 0, 1, 2)
			},
			want: []string{
				"changed us-east-1 appeared 4", "failing 4 since 4", "history 2026-02-26 us-east-1 4 4",
				"history 2026-02-27 us-east-1 0 0", "history 2026-02-28 us-east-1 4 4", "latest 2026-02-28 us-east-1 4",
				"outages 4", "snapshot 2026-02-26 us-east-1", "snapshot 2026-02-27 us-east-1", "snapshot 2026-02-28 us-east-1",
			},
		},
		"a region whose newest day is older": {
			run: func(h *history, r reader, dir string) {
				h.edit = failing
				day(h, r, dir, 0)
				h.regions = []string{us}
				day(h, r, dir, 1)
			},
			want: []string{
				"failing 8 since 8", "history 2026-02-26 eu-west-1 4 4", "history 2026-02-26 us-east-1 4 4",
				"history 2026-02-27 us-east-1 4 4", "latest 2026-02-26 eu-west-1 4", "latest 2026-02-27 us-east-1 4",
				"outages 8", "snapshot 2026-02-26 eu-west-1", "snapshot 2026-02-26 us-east-1", "snapshot 2026-02-27 us-east-1",
			},
		},
		"two tables of different exports of the newest day": {
			run: func(h *history, r reader, dir string) {
				h.regions = []string{us}
				h.edit = failing
				day(h, r, dir, 0, 1)
				h.edit = func(d int, rows []any) []any { return failing(d, rows[:1]) }
				h.export(dir, r.format, 1, "ssm_instance_association_status")
				r.exported(dir)
			},
			want: []string{ // nothing drifts by the first day, which one export wrote
				"changed us-east-1 gone 2", "failing 2 since 2", "history 2026-02-26 us-east-1 4 4",
				"history 2026-02-27 us-east-1 2 2", "latest 2026-02-27 us-east-1 2", "outages 4",
				"snapshot 2026-02-26 us-east-1", "snapshot 2026-02-27 us-east-1",
			},
		},
		"exports of versions without the table of snapshots": {
			run: func(h *history, r reader, dir string) {
				h.regions = []string{us}
				h.edit = failing
				day(h, r, dir, 0, 1)
				if err := os.RemoveAll(filepath.Join(dir, export.SnapshotsName)); err != nil {
					h.t.Fatal(err)
				}
			},
			want: []string{
				"failing 4 since 4", "history 2026-02-26 us-east-1 4 4", "history 2026-02-27 us-east-1 4 4",
				"latest 2026-02-27 us-east-1 4", "outages 4", "snapshot 2026-02-26 us-east-1", "snapshot 2026-02-27 us-east-1",
			},
			files: true,
		},
	} {
		t.Run(name, func(t *testing.T) {
			for engine, open := range map[string]func(*testing.T) reader{"DuckDB": duckDBReader, "PostgreSQL": postgresReader} {
				if engine == "PostgreSQL" && test.files {
					continue
				}
				t.Run(engine, func(t *testing.T) {
					r, h, dir := open(t), newHistoryOf(t, 4, 2), t.TempDir()
					test.run(h, r, dir)
					if got := r.query(dir, summary); !slices.Equal(got, test.want) {
						t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(test.want, "\n"))
					}
				})
			}
		})
	}
}

// Regions of one day that different exports wrote can be told apart.
func TestTheHistoryTellsExportsOfADayApart(t *testing.T) {
	r, h, dir := duckDBReader(t), newHistoryOf(t, 4, 2), t.TempDir()
	h.export(dir, r.format, 0)
	h.regions = h.regions[:1]
	h.export(dir, r.format, 0)
	got := r.query(dir, "select s.region, cast(count(distinct s.run) as text) as runs, cast(count(distinct h.exported_at) as text) as times"+
		" from ssm_snapshot s join ssm_fleet_history h on h.region = s.region group by s.region")
	if want := []string{"eu-west-1,1,1", "us-east-1,2,1"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
	if got := r.query(dir, "select distinct h.dt from ssm_fleet_history h join ssm_fleet_history o on o.dt = h.dt and o.exported_at < h.exported_at"); len(got) != 1 {
		t.Errorf("%d days of different exports", len(got))
	}
}
