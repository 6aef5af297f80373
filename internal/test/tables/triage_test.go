package tables

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/engine"
	"steampipe-plugin-ssmassoc/internal/server"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// triaged opens the world's tables with triage, on a server of its own.
func triaged(t *testing.T, w *rig.World) (*embedded.DB, *server.Server) {
	t.Helper()
	plugin := ssmassoc.NewServer()
	connection := w.Connection
	connection.Config += "triage = true\n"
	cached := embedded.Options{CacheTTLSeconds: 300}
	return rig.OpenOn(t, plugin, cached, cached, connection), plugin
}

// TestTriageReadsWhatFails compares the calls and the rows of triage with those of a scan,
// on a fleet of which one node in twenty fails.
func TestTriageReadsWhatFails(t *testing.T) {
	nodes := 600
	if rig.Long() {
		nodes = 10_000
	}
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: nodes, Associations: 3, Failing: 50}})
	db, plugin := triaged(t, w)
	sql := "select * from " + rig.StatusTable + " where status = 'Failed'"
	want := w.Query(sql)
	scan := w.Calls()
	w.Sim.Reset()
	got, err := rig.Query(t.Context(), db, sql)
	if err != nil {
		t.Fatal(err)
	}
	rig.SameRows(t, got, want)
	failing := len(want) // one row of each
	w.ExpectCalls(rig.Calls{rig.ListingOp: scan[rig.ListingOp], rig.StatusOp: failing})
	if most := nodes * 65 / 1000; failing == 0 || failing > most {
		t.Errorf("%d nodes fail, want 1 to %d", failing, most)
	}
	wantCount := engine.Triaged{Scans: 3, Listed: nodes, LeftOut: nodes - failing, Compared: failing}
	if got := plugin.Triaged(); got != wantCount {
		t.Errorf("counts %+v, want %+v", got, wantCount)
	}
}

// TestTriageKeepsRows runs statements of every form with and without triage, on the varied
// mix of a fleet whose counts are up to date.
func TestTriageKeepsRows(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: 150}})
	table := rig.StatusTable
	node := w.WithRows(100).InstanceID
	for name, test := range map[string]struct {
		sql       string
		leavesOut bool // whether nodes are left out
	}{
		"a status":                    {"select * from " + table + " where status = 'Failed'", true},
		"a status of each kind":       {"select * from " + table + " where status in ('TimedOut', 'Pending', 'InProgress')", true},
		"a list with null":            {"select * from " + table + " where status in ('Skipped', null)", true},
		"alternatives":                {"select * from " + table + " where status = 'Failed' or status = 'TimedOut'", true},
		"a status that nothing has":   {"select * from " + table + " where status = 'Nonesuch'", true},
		"two that exclude each other": {"select * from " + table + " where status = 'Failed' and status = 'Success'", false},
		"with other conditions":       {"select * from " + table + " where status = 'Failed' and region = 'eu-west-1' and error_code is not null", true},
		"a count":                     {"select count(*) as n from " + table + " where status = 'Failed'", true},
		"a subquery of statuses":      {"select * from " + table + " where status in (select value from json_each('[\"Failed\"]'))", true},
		"two of a union":              {"select * from " + table + " where status = 'Failed' union all select * from " + table + " where status = 'TimedOut'", true},
		"no condition":                {"select * from " + table, false},
		"null":                        {"select * from " + table + " where status is null", false},
		"null equals nothing":         {"select * from " + table + " where status = null", false},
		"another operator":            {"select * from " + table + " where status <> 'Success'", false},
		"a pattern":                   {"select * from " + table + " where status like 'fail%'", false},
		"regardless of case":          {"select * from " + table + " where status = 'failed' collate nocase", false},
		"an expression":               {"select * from " + table + " where lower(status) = 'failed'", false},
		"or another column":           {"select * from " + table + " where status = 'Failed' or detailed_status is null", false},
		"or null":                     {"select * from " + table + " where status = 'Failed' or status is null", false},
		"not in a list":               {"select * from " + table + " where status not in ('Success')", false},
		"named nodes":                 {"select * from " + table + " where status = 'Failed' and instance_id = '" + node + "'", false},
		"a join by the node":          {"select s.* from " + rig.NodeTable + " n join " + table + " s on s.instance_id = n.instance_id and s.region = n.region where s.status = 'TimedOut'", true},
		"a left join":                 {"select n.instance_id, s.title from " + rig.NodeTable + " n left join " + table + " s on s.instance_id = n.instance_id and s.status = 'TimedOut'", true},
		"a join by the status":        {"select count(*) as n from " + table + " a join " + table + " b on a.status = b.status and a.instance_id = b.instance_id where a.region = 'eu-west-1'", false},
		"exists":                      {"select instance_id from " + rig.NodeTable + " n where exists (select 1 from " + table + " s where s.instance_id = n.instance_id and s.status = 'Failed')", true},
		"a correlated list":           {"select n.instance_id, (select count(*) from " + table + " s where s.instance_id = n.instance_id and s.status in ('Failed', n.association_status)) as c from " + rig.NodeTable + " n where n.region = 'eu-west-1'", true},
	} {
		t.Run(name, func(t *testing.T) {
			db, plugin := triaged(t, w)
			w := *w
			w.T = t
			w.Sim.Reset()
			want, err := rig.Query(t.Context(), rig.Open(t, embedded.Options{CacheTTLSeconds: 300}, w.Connection), test.sql)
			if err != nil {
				t.Fatal(err)
			}
			plain := w.Calls()
			w.Sim.Reset()
			got, err := rig.Query(t.Context(), db, test.sql)
			if err != nil {
				t.Fatal(err)
			}
			rig.SameRows(t, got, want)
			calls, counted := w.Calls(), plugin.Triaged()
			if fewer := calls[rig.StatusOp] < plain[rig.StatusOp]; test.leavesOut && !fewer || counted.LeftOut > 0 != test.leavesOut {
				t.Errorf("%d reads instead of %d, and %+v", calls[rig.StatusOp], plain[rig.StatusOp], counted)
			}
			if calls[rig.ListingOp] > plain[rig.ListingOp] || calls[rig.StatusOp] > plain[rig.StatusOp] || counted.Disagreed > 0 {
				t.Errorf("calls %v instead of %v, and %+v", calls, plain, counted)
			}
		})
	}
}

// TestTriageWithALimit compares limits: the database applies the status, so the plugin must
// not stop early.
func TestTriageWithALimit(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: 150}})
	db, _ := triaged(t, w)
	for _, limit := range []int{1, 5, 20, 10_000} {
		sql := fmt.Sprintf("select count(*) as n from (select 1 from %s where status = 'TimedOut' limit %d)", rig.StatusTable, limit)
		got, err := rig.Query(t.Context(), db, sql)
		if err != nil {
			t.Fatal(err)
		}
		rig.SameRows(t, got, w.Query(sql))
	}
}

// TestTriageByCountsThatLag predicts, from the counts alone, which rows triage finds, and
// how many nodes it finds to disagree with their counts.
func TestTriageByCountsThatLag(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: 600, Associations: 3, Failing: 200, Lagging: 100}})
	var want []rig.Row
	var missed *fleet.Node // which fails without being counted
	read, disagree, all, allDisagree := 0, 0, 0, 0
	for _, node := range w.EveryNode() {
		counts := node.Information().AssociationOverview.Counts
		failed := slices.DeleteFunc(w.Expected(node), func(r rig.Row) bool { return r["status"] != "Failed" })
		lags := counts["Failed"] != len(failed)
		all++
		if lags {
			allDisagree++
		}
		if counts["Failed"] > 0 {
			read++
			want = append(want, failed...)
			if lags {
				disagree++
			}
		} else if len(failed) > 0 {
			missed = node
		}
	}
	if missed == nil || disagree == 0 {
		t.Fatal("the counts of the fleet do not lag")
	}
	failing := "select * from " + rig.StatusTable + " where status = 'Failed'"
	for name, test := range map[string]struct {
		sql     string
		want    []rig.Row
		reads   int
		counted engine.Triaged
	}{
		"a status": {failing, want, read,
			engine.Triaged{Scans: 3, Listed: all, LeftOut: all - read, Compared: read, Disagreed: disagree}},
		"a scan finds every node that disagrees": {"select * from " + rig.StatusTable, w.Expected(w.EveryNode()...), all,
			engine.Triaged{Compared: all, Disagreed: allDisagree}},
		"a node that is named is read whatever its counts say": {
			failing + " and instance_id = '" + missed.InstanceID + "' and region = '" + missed.Region + "'",
			slices.DeleteFunc(w.Expected(missed), func(r rig.Row) bool { return r["status"] != "Failed" }), 1, engine.Triaged{}},
		"as is one that the statement names elsewhere": {
			failing + " and title <> '" + missed.InstanceID + "'",
			append(slices.Clone(want), slices.DeleteFunc(w.Expected(missed), func(r rig.Row) bool { return r["status"] != "Failed" })...), -1,
			engine.Triaged{Scans: 3, Listed: all, LeftOut: all - read - 1, Compared: read + 1, Disagreed: disagree + 1}},
	} {
		t.Run(name, func(t *testing.T) {
			db, plugin := triaged(t, w)
			w.Sim.Reset()
			got, err := rig.Query(t.Context(), db, test.sql)
			if err != nil {
				t.Fatal(err)
			}
			rig.SameRows(t, got, test.want)
			if n := w.Calls()[rig.StatusOp]; test.reads >= 0 && n != test.reads {
				t.Errorf("%d reads, want %d", n, test.reads)
			}
			if got := plugin.Triaged(); got != test.counted {
				t.Errorf("counts %+v, want %+v", got, test.counted)
			}
		})
	}
}

// TestTriageIsOfAConnection reads two connections to the same fleet, of which one has
// triage.
func TestTriageIsOfAConnection(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Fleet: fleet.Options{Nodes: 100, Associations: 2, Failing: 100}, Regions: []string{"us-east-1"}})
	plain, triage := w.Connection, w.Connection
	plain.Name, triage.Name = "plain", "triage"
	triage.Config += "triage = true\n"
	plugin := ssmassoc.NewServer()
	db := rig.OpenServer(t, plugin, plain, triage)
	got, err := rig.Query(t.Context(), db, "select sp_connection_name, instance_id from "+rig.StatusTable+" where status = 'Failed'")
	if err != nil {
		t.Fatal(err)
	}
	nodes, failing := len(w.Listed("us-east-1")), len(got)/2
	if n := w.Calls()[rig.StatusOp]; failing == 0 || n != nodes+failing {
		t.Errorf("%d reads, want %d and %d", n, nodes, failing)
	}
	for _, name := range []string{"plain", "triage"} {
		if n := strings.Count(fmt.Sprint(got), "sp_connection_name:"+name); n != failing {
			t.Errorf("%d rows of %s, want %d", n, name, failing)
		}
	}
}
