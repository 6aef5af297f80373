package statements

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// nodeTables are the tables that are read node by node, with the column of the node's ID.
var nodeTables = map[string]string{rig.StatusTable: "instance_id", rig.EffectiveTable: "instance_id", rig.ItemTable: "resource_id"}

// sameQuestions ask for the rows of a table {t} of the nodes that a query {ids} returns as
// x: each means the same in SQL. {id} is the column of the node's ID.
var sameQuestions = []string{
	"select * from {t} t where t.{id} in ({ids})",
	"select * from {t} t where exists (select 1 from ({ids}) i where i.x = t.{id})",
	"select * from {t} t where (select count(*) from ({ids}) i where i.x = t.{id}) > 0",
	"select t.* from ({ids}) i cross join {t} t where t.{id} = i.x",
	"select t.* from {t} t cross join ({ids}) i where t.{id} = i.x",
	"select t.* from ({ids}) i join {t} t on t.{id} = i.x",
	"select t.* from {t} t join ({ids}) i on t.{id} = i.x",
	"select t.* from {t} t, ({ids}) i where t.{id} || '' = i.x",
	"select t.* from {t} t left join ({ids}) i on t.{id} = i.x where i.x is not null",
	"select t.* from ({ids}) i left join {t} t on t.{id} = i.x where t.{id} is not null",
	"select t.* from {t} t right join ({ids}) i on t.{id} = i.x where t.{id} is not null",
	"with i as materialized ({ids}) select t.* from i join {t} t on t.{id} = i.x",
	"with t as materialized (select * from {t}) select t.* from ({ids}) i join t on t.{id} = i.x",
	"select * from {t} t where t.{id} not in (select u.{id} from {t} u where u.{id} not in ({ids}))",
	"select * from {t} t where t.{id} in ({ids}) and (t.region = 'us-east-1' or t.region <> 'us-east-1')",
	"select * from {t} t where t.region = 'us-east-1' and t.{id} in ({ids}) union all" +
		" select t.* from ({ids}) i cross join {t} t where t.{id} = i.x and t.region = 'eu-west-1'",
}

// TestStatementsThatMeanTheSame compares statements that ask for the rows of the same
// nodes, however SQLite scans the tables: by ID or as a whole. A node that AWS does not
// list has rows if the text of the statement names it.
func TestStatementsThatMeanTheSame(t *testing.T) {
	w := rig.TwoRegions(t, embedded.Options{CacheTTLSeconds: 300})
	nodes := slices.Concat(w.Fleet.Nodes("us-east-1"), w.Fleet.Nodes("eu-west-1"))
	stopped := w.Node(func(n *fleet.Node) bool { return !n.Listed && n.StatusCount() > 0 })
	listed := w.WithRows(50)
	w.Query("create table ids as select distinct resource_id as x from " + rig.SummaryTable)
	summarised := func(n *fleet.Node) bool { return len(n.ComplianceSummaries()) > 0 }
	if !summarised(stopped) {
		t.Fatal("the summaries have no stopped node")
	}
	either := func(n *fleet.Node) bool { return n == stopped || n == listed }
	sources := map[string]struct {
		ids string
		has func(*fleet.Node) bool
	}{
		"of another table of AWS":   {"select distinct resource_id as x from " + rig.SummaryTable, summarised},
		"of the listing":            {"select instance_id as x from " + rig.NodeTable + " where region <> ''", func(n *fleet.Node) bool { return n.Listed }},
		"of a table of SQLite":      {"select x from ids", summarised},
		"in the text":               {"select column1 as x from (values ('" + stopped.InstanceID + "'), ('" + listed.InstanceID + "'), ('i-00000000000000000'))", either},
		"in JSON":                   {`select value as x from json_each('["` + stopped.InstanceID + `","` + listed.InstanceID + `"]')`, either},
		"computed":                  {"select 'i-' || '" + stopped.InstanceID[2:] + "' as x union select lower('" + strings.ToUpper(listed.InstanceID) + "')", either},
		"of both, some in the text": {"select x from ids where x > '" + stopped.InstanceID + "' union select '" + stopped.InstanceID + "'", func(n *fleet.Node) bool { return summarised(n) && n.InstanceID >= stopped.InstanceID }},
		"of none":                   {"select '' as x union select 5", func(*fleet.Node) bool { return false }},
	}
	for source, s := range sources {
		t.Run(source, func(t *testing.T) {
			for name, id := range nodeTables {
				want := rig.Lines(rowsOf(w, name, nodes, func(n *fleet.Node) bool {
					return s.has(n) && (n.Listed || strings.Contains(s.ids, n.InstanceID))
				}))
				for _, question := range sameQuestions {
					sql := strings.NewReplacer("{t}", name, "{id}", id, "{ids}", s.ids).Replace(question)
					if got := rig.Lines(rig.Only(w.Query(sql), "region", id, "title")); !slices.Equal(got, want) {
						t.Errorf("%s\n%d rows, want %d", sql, len(got), len(want))
					}
				}
			}
		})
	}
	for name, id := range nodeTables {
		t.Run("a node that is named, in "+name, func(t *testing.T) {
			w.Query("create temp view named as select * from " + name + " where " + id + " = '" + stopped.InstanceID + "'")
			defer w.Query("drop view named")
			want := rig.Lines(rowsOf(w, name, nodes, func(n *fleet.Node) bool { return n == stopped }))
			for _, sql := range []string{
				"select * from {t} where {id} = '{stopped}'",
				"select * from {t} where {id} in ('{stopped}')",
				"select * from {t} where {id} = '{stopped}' or title = 'none such'",
				"select * from {t} where {id} = '{stopped}' or (region = 'eu-west-1' and {id} = 'none such')",
				"select * from {t} where {id} || '' = '{stopped}'",
				"select * from {t} where coalesce({id}, '') = '{stopped}'",
				"select * from {t} where {id} = upper('{stopped}') collate nocase",
				"select * from {t} where not ({id} <> '{stopped}')",
				"select * from {t} where {id} like '{stopped}'",
				"select * from {t} where {id} = (select '{stopped}')",
				"select t.* from {t} t join (values ('{stopped}')) v on v.column1 = t.{id}",
				"select t.* from (values ('{stopped}')) v cross join {t} t on v.column1 = t.{id}",
				"select * from named",
			} {
				sql = strings.NewReplacer("{t}", name, "{id}", id, "{stopped}", stopped.InstanceID).Replace(sql)
				if got := rig.Lines(rig.Only(w.Query(sql), "region", id, "title")); !slices.Equal(got, want) || len(want) == 0 {
					t.Errorf("%s\n%d rows, want %d", sql, len(got), len(want))
				}
			}
			var got int
			err := w.DB.RunWith(t.Context(), "select * from "+name+" where "+id+" = :id", embedded.Handler{
				Parameters: embedded.Parameters{"id": stopped.InstanceID},
				Result: func(rows *embedded.Rows) error {
					for rows.Next() {
						got++
					}
					return rows.Err()
				},
			})
			if err != nil || got != len(want) {
				t.Errorf("a parameter: %d rows, want %d; error %v", got, len(want), err)
			}
		})
	}
}

// rowsOf returns the rows of a table in nodeTables of the nodes that has reports, with the
// columns region, title and the ID of the node.
func rowsOf(w *rig.World, name string, nodes []*fleet.Node, has func(*fleet.Node) bool) []rig.Row {
	var rows []rig.Row
	for _, node := range nodes {
		if !has(node) {
			continue
		}
		switch name {
		case rig.StatusTable:
			rows = append(rows, w.Expected(node)...)
		case rig.EffectiveTable:
			rows = append(rows, rig.ExpectedEffective(w.Fleet, node)...)
		default:
			rows = append(rows, rig.ExpectedItems(w.Fleet, node)...)
		}
	}
	return rig.Only(rows, "region", nodeTables[name], "title")
}

// TestRandomStatementsThatMeanTheSame draws conditions on nodes, and compares the rows of
// the statements that express them.
func TestRandomStatementsThatMeanTheSame(t *testing.T) {
	w := rig.TwoRegions(t, embedded.Options{CacheTTLSeconds: 300})
	nodes := slices.Concat(w.Fleet.Nodes("us-east-1"), w.Fleet.Nodes("eu-west-1"))
	w.Query("create table ids as select distinct resource_id as x from " + rig.SummaryTable)
	rapid.Check(t, func(t *rapid.T) {
		name := rapid.SampledFrom([]string{rig.StatusTable, rig.EffectiveTable, rig.ItemTable}).Draw(t, "table")
		var parts []string
		for range rapid.IntRange(1, 3).Draw(t, "parts") {
			node := rapid.SampledFrom(nodes).Draw(t, "node")
			parts = append(parts, rapid.SampledFrom([]string{
				"select x from ids where x > '" + node.InstanceID[:5] + "'",
				"select '" + node.InstanceID + "' as x",
				"select 'i-' || '" + node.InstanceID[2:] + "' as x",
				"select resource_id as x from " + rig.SummaryTable + " where status = 'NON_COMPLIANT'",
				"select instance_id as x from " + rig.NodeTable + " where region = '" + node.Region + "'",
			}).Draw(t, "part"))
		}
		ids := "select distinct x from (" + strings.Join(parts, " union all ") + ")"
		first := ""
		for _, question := range rapid.SampledFrom(permutations).Draw(t, "order") {
			sql := strings.NewReplacer("{t}", name, "{id}", nodeTables[name], "{ids}", ids).Replace(sameQuestions[question])
			ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
			got, err := rig.Query(ctx, w.DB, sql)
			cancel()
			if err != nil {
				t.Fatalf("%s: %v", sql, err)
			}
			text := strings.Join(rig.Lines(got), "\n")
			if first == "" {
				first = "rows\n" + text
			} else if first != "rows\n"+text {
				t.Fatalf("%s\n%d rows, where another statement that means the same has others", sql, len(got))
			}
		}
	})
}

// permutations are sets of places in sameQuestions.
var permutations = [][]int{{0, 1, 4}, {3, 4}, {0, 7, 13}, {5, 6, 2}, {8, 9, 10}, {11, 12, 15}, {14, 0, 3}, {13, 1}}
