package tables

import (
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// TestJoinsWithListedTables joins tables with one whose rows one call lists by the page.
// However many values a join has, they cost little more than the listing, and a few values
// no more than a call in each region. Of the listed table, {table} is to be replaced.
func TestJoinsWithListedTables(t *testing.T) {
	const regions = 2
	w := rig.TwoRegions(t, embedded.Options{})
	for _, listed := range []struct {
		table, operation, key string
	}{
		{"ssm_association", rig.AssociationsOp, "association_id"},
		{"ssm_managed_instance", rig.ListingOp, "instance_id"},
	} {
		w.Query("create temp table plain as select * from " + listed.table)
		w.Query("create temp table other as select instance_id, association_id, region, status from " + rig.StatusTable)
		w.Sim.Reset()
		w.Query("select count(*) from " + listed.table)
		listing := w.Calls()[listed.operation]
		for name, test := range map[string]struct {
			sql   string
			calls int // at most
		}{
			"every value":           {"select o.status, a.title from other o join {table} a on a.KEY = o.KEY", listing + 6*regions},
			"every value, left":     {"select o.status, a.title from other o left join {table} a on a.KEY = o.KEY", listing + 6*regions},
			"every value, by where": {"select o.status, a.title from other o cross join {table} a where o.KEY = a.KEY", listing + 6*regions},
			"a region":              {"select o.status, a.title from other o join {table} a on a.KEY = o.KEY and a.region = o.region", listing + 6*regions},
			"a subquery": {"select o.status, (select a.title from {table} a where a.KEY = o.KEY and a.region = o.region) as title from other o",
				listing + 6*regions},
			"whether there is one":  {"select o.status from other o where exists (select 1 from {table} a where a.KEY = o.KEY)", listing + 6*regions},
			"whether there is none": {"select o.status from other o where not exists (select 1 from {table} a where a.KEY = o.KEY)", listing + 6*regions},
			"one value":             {"select a.title from (select KEY from other where KEY is not null limit 1) o join {table} a on a.KEY = o.KEY", regions},
			"three values": {"select a.title from (select distinct KEY from other where KEY is not null order by 1 limit 3) o join {table} a on a.KEY = o.KEY",
				3 * regions},
		} {
			t.Run(listed.table+", "+name, func(t *testing.T) {
				sql := strings.ReplaceAll(test.sql, "KEY", listed.key)
				want := w.Query(strings.ReplaceAll(sql, "{table}", "plain"))
				if len(want) == 0 && name != "whether there is none" {
					t.Fatal("no rows")
				}
				w.Sim.Reset()
				got := w.Query(strings.ReplaceAll(sql, "{table}", listed.table))
				rig.SameRows(t, got, want)
				if calls := w.Calls()[listed.operation]; calls > test.calls {
					t.Errorf("%d calls of %s, want at most %d; the listing takes %d", calls, listed.operation, test.calls, listing)
				} else {
					t.Logf("%d calls, where the listing takes %d", calls, listing)
				}
			})
		}
		w.Query("drop table plain")
		w.Query("drop table other")
	}
}
