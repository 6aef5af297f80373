package tables

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
	"steampipe-plugin-ssmassoc/internal/test/rig"
)

// TestEveryTable checks each table's rows and calls, and the rules that all
// tables follow.
func TestEveryTable(t *testing.T) {
	for _, c := range rig.TableCases {
		t.Run(c.Name, func(t *testing.T) {
			t.Parallel()
			w := rig.NewWorld(t, rig.WorldOptions{
				Fleet:     fleet.Options{Nodes: 40, Regions: []string{"us-east-1", "eu-west-1"}},
				Arguments: rig.FastRetries,
			})
			us, callsUS := c.Read(w.Fleet, "us-east-1")
			eu, callsEU := c.Read(w.Fleet, "eu-west-1")
			everything := "select * from " + c.Name

			t.Run("has the rows of every region", func(t *testing.T) {
				made := maps.Clone(callsUS)
				for operation, n := range callsEU {
					made[operation] += n
				}
				w.Check(t, everything, slices.Concat(us, eu), made)
			})
			t.Run("reads only the region that is asked for", func(t *testing.T) {
				w.Check(t, everything+" where region = 'eu-west-1'", eu, callsEU)
			})
			t.Run("makes no call for another account", func(t *testing.T) {
				w.Check(t, everything+" where account_id = '000000000000'", nil, rig.Calls{})
			})
			t.Run("reads no more than a limit needs", func(t *testing.T) {
				w.Sim.Reset()
				if got := w.Query(everything + " where region = 'us-east-1' limit 1"); len(got) != 1 {
					t.Errorf("got %d rows, want 1", len(got))
				}
				for operation, n := range w.Calls() {
					if n > min(callsUS[operation], 1+2*16) {
						t.Errorf("%d calls of %s for one row, %d for all", n, operation, callsUS[operation])
					}
				}
			})
			for operation := range callsUS {
				t.Run(operation, func(t *testing.T) { testFaults(t, c, w, operation) })
			}
		})
	}
}

// testFaults checks that no fault of an operation shortens an answer.
func testFaults(t *testing.T, c rig.TableCase, w *rig.World, operation string) {
	sql := "select * from " + c.Name + " where region = 'us-east-1'"
	want, _ := c.Read(w.Fleet, "us-east-1")
	for name, fault := range map[string]awssim.Fault{
		"throttled":             {Kind: awssim.Throttle, Call: 1},
		"broken":                {Kind: awssim.MalformedJSON, Call: 1},
		"a stale token":         {Kind: awssim.InvalidNextToken, Call: 1},
		"an empty page":         {Kind: awssim.EmptyPageWithToken, Call: 1},
		"a token after the end": {Kind: awssim.TokenOnLastPage},
		"unknown members":       {Kind: awssim.UnknownMembers},
	} {
		t.Run(name, func(t *testing.T) {
			fault.Action = operation
			w.Sim.SetFaults(fault)
			defer w.Sim.SetFaults()
			got, err := rig.Query(t.Context(), w.DB, sql)
			if err != nil {
				t.Fatal(err)
			}
			rig.SameTable(t, got, want)
		})
	}
	t.Run("no access", func(t *testing.T) {
		w.Sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: operation})
		defer w.Sim.SetFaults()
		got, err := rig.Query(t.Context(), w.DB, sql)
		if err == nil {
			t.Fatalf("%d rows and no error", len(got))
		}
		for _, part := range []string{"us-east-1", operation, "AccessDeniedException", "IAM policy"} {
			if !strings.Contains(err.Error(), part) {
				t.Errorf("the error does not say %q: %v", part, err)
			}
		}
	})
}

// TestEveryTableHasACase keeps TestEveryTable from missing a table.
func TestEveryTableHasACase(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{})
	var tables, cases []string
	for _, table := range w.DB.Tables() {
		tables = append(tables, table.Name)
	}
	for _, c := range rig.TableCases {
		cases = append(cases, c.Name)
	}
	slices.Sort(tables)
	slices.Sort(cases)
	if !slices.Equal(tables, cases) {
		t.Errorf("the plugin has the tables %v, there are cases of %v", tables, cases)
	}
}

// TestQueriesOfCasesMakeTheirOperation checks that each query of a case calls
// its operation.
func TestQueriesOfCasesMakeTheirOperation(t *testing.T) {
	w := rig.NewWorld(t, rig.WorldOptions{Regions: []string{"us-east-1"}})
	for _, c := range rig.TableCases {
		for operation, sql := range c.Queries(w.Fleet, "us-east-1") {
			t.Run(c.Name+" "+operation, func(t *testing.T) {
				w.Sim.Reset()
				if got := w.Query(sql); len(got) == 0 || w.Calls()[operation] == 0 {
					t.Errorf("%d rows, calls %v", len(got), w.Calls())
				}
			})
		}
	}
}
