package main

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// benchmarkedJoin is a statement whose tables stand in braces.
type benchmarkedJoin struct {
	name, sql string
	columns   map[string]string // that it reads of each table
}

func benchmarkedJoins() []benchmarkedJoin {
	const status, effective = "ssm_instance_association_status", "ssm_effective_instance_association"
	return []benchmarkedJoin{
		{
			"a column that is no key",
			"select b.output_url from {" + status + "} a join {" + status + "} b on b.output_url = a.output_url",
			map[string]string{status: "output_url"},
		},
		{
			"drift by not exists",
			"select e.instance_id, e.association_id from {" + effective + "} e where not exists (select 1 from {" + status + "} s" +
				" where s.instance_id = e.instance_id and s.association_id = e.association_id and s.region = e.region)",
			map[string]string{status: "instance_id, association_id, region", effective: "instance_id, association_id, region"},
		},
		{
			"drift by left join",
			"select e.instance_id, e.association_id from {" + effective + "} e left join {" + status + "} s" +
				" on s.instance_id = e.instance_id and s.association_id = e.association_id where s.association_id is null",
			map[string]string{status: "instance_id, association_id", effective: "instance_id, association_id"},
		},
		{
			"an aggregate by a column that is no key",
			"select a.title, count(*) from {ssm_association} a join {" + status + "} s on s.title = a.title group by 1",
			map[string]string{status: "title", "ssm_association": "title"},
		},
	}
}

// onPlainTables returns the statement on plain tables, those that make and fill
// them, and those that drop them.
func (j benchmarkedJoin) onPlainTables() (sql, fill, drop string) {
	for name, columns := range j.columns {
		fill += fmt.Sprintf("create temp table plain_%[1]s as select %[2]s from %[1]s;", name, columns)
		drop += "drop table temp.plain_" + name + ";"
	}
	return strings.NewReplacer("{", "temp.plain_", "}", "").Replace(j.sql), fill, drop
}

// BenchmarkJoins compares joins of the plugin's tables over 2,000 nodes with the
// same statements on plain SQLite tables, which are filled from the plugin's
// first: "x-plain" is the ratio of their time. The plugin's cache holds the fleet
// for both.
func BenchmarkJoins(b *testing.B) {
	_, config := benchmarkFleet(b, 2_000, 0, 0)
	db := rig.Open(b, embedded.Options{CacheTTLSeconds: 3600}, embedded.Connection{Name: "c", Config: config})
	for _, join := range benchmarkedJoins() {
		b.Run(join.name, func(b *testing.B) { benchmarkJoin(b, db, join) })
	}
}

func benchmarkJoin(b *testing.B, db *embedded.DB, join benchmarkedJoin) {
	sql := strings.NewReplacer("{", "", "}", "").Replace(join.sql)
	plainSQL, fill, drop := join.onPlainTables()
	if drain(b, db, sql) == 0 { // fills the plugin's cache
		b.Fatal("no rows")
	}
	var took, plainTook time.Duration
	for b.Loop() {
		start := time.Now()
		n := drain(b, db, sql)
		took += time.Since(start)

		start = time.Now()
		drain(b, db, fill)
		want := drain(b, db, plainSQL)
		plainTook += time.Since(start)
		drain(b, db, drop)
		if n != want {
			b.Fatalf("%d rows, want %d", n, want)
		}
	}
	b.ReportMetric(took.Seconds()/plainTook.Seconds(), "x-plain")
	b.ReportMetric(float64(took.Milliseconds())/float64(b.N), "ms")
	b.ReportMetric(float64(plainTook.Milliseconds())/float64(b.N), "ms-plain")
	b.ReportMetric(0, "ns/op") // that of both together
}
