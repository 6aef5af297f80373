package e2e

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/sim/awssim"
	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// tableCase describes a table to the tests that every table must pass. A table
// declares its case beside its other tests and lists it in tableCases.
type tableCase struct {
	name string
	// keys are the key columns, sorted, without those of origin.
	keys string
	// read returns the rows of a region, computed from the fleet, and the calls of
	// reading all of them.
	read func(simulated *fleet.Fleet, region string) ([]row, calls)
	// queries returns a query for each operation that is the table's own: the
	// operation is the first that the query calls in the region.
	queries func(simulated *fleet.Fleet, region string) map[string]string
}

var tableCases = []tableCase{
	instanceAssociationStatusCase,
	managedInstanceCase,
	associationCase,
	effectiveInstanceAssociationCase,
	associationExecutionCase,
	associationExecutionTargetCase,
	associationVersionCase,
	commandInvocationCase,
	resourceComplianceSummaryCase,
	complianceItemCase,
	automationExecutionCase,
}

// TestEveryTable checks each table's rows and calls, and the rules that all
// tables follow.
func TestEveryTable(t *testing.T) {
	for _, c := range tableCases {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, worldOptions{
				fleet:     fleet.Options{Nodes: 40, Regions: []string{"us-east-1", "eu-west-1"}},
				arguments: fastRetries,
			})
			us, callsUS := c.read(w.fleet, "us-east-1")
			eu, callsEU := c.read(w.fleet, "eu-west-1")
			everything := "select * from " + c.name

			t.Run("has the rows of every region", func(t *testing.T) {
				made := maps.Clone(callsUS)
				for operation, n := range callsEU {
					made[operation] += n
				}
				w.check(t, everything, slices.Concat(us, eu), made)
			})
			t.Run("reads only the region that is asked for", func(t *testing.T) {
				w.check(t, everything+" where region = 'eu-west-1'", eu, callsEU)
			})
			t.Run("makes no call for another account", func(t *testing.T) {
				w.check(t, everything+" where account_id = '000000000000'", nil, calls{})
			})
			t.Run("reads no more than a limit needs", func(t *testing.T) {
				w.sim.Reset()
				if got := w.query(everything + " where region = 'us-east-1' limit 1"); len(got) != 1 {
					t.Errorf("got %d rows, want 1", len(got))
				}
				for operation, n := range w.calls() {
					if n > min(callsUS[operation], 1+2*16) {
						t.Errorf("%d calls of %s for one row, %d for all", n, operation, callsUS[operation])
					}
				}
			})
			for operation := range callsUS {
				t.Run(operation, func(t *testing.T) { c.testFaults(t, w, operation) })
			}
		})
	}
}

// testFaults checks that no fault of an operation shortens an answer.
func (c tableCase) testFaults(t *testing.T, w *world, operation string) {
	sql := "select * from " + c.name + " where region = 'us-east-1'"
	want, _ := c.read(w.fleet, "us-east-1")
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
			w.sim.SetFaults(fault)
			defer w.sim.SetFaults()
			got, err := query(t.Context(), w.db, sql)
			if err != nil {
				t.Fatal(err)
			}
			sameTable(t, got, want)
		})
	}
	t.Run("no access", func(t *testing.T) {
		w.sim.SetFaults(awssim.Fault{Kind: awssim.AccessDenied, Action: operation})
		defer w.sim.SetFaults()
		got, err := query(t.Context(), w.db, sql)
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
	w := newWorld(t, worldOptions{})
	var tables, cases []string
	for _, table := range w.db.Tables() {
		tables = append(tables, table.Name)
	}
	for _, c := range tableCases {
		cases = append(cases, c.name)
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
	w := newWorld(t, worldOptions{regions: []string{"us-east-1"}})
	for _, c := range tableCases {
		for operation, sql := range c.queries(w.fleet, "us-east-1") {
			t.Run(c.name+" "+operation, func(t *testing.T) {
				w.sim.Reset()
				if got := w.query(sql); len(got) == 0 || w.calls()[operation] == 0 {
					t.Errorf("%d rows, calls %v", len(got), w.calls())
				}
			})
		}
	}
}

// listedNodes returns the nodes that AWS lists in a region.
func listedNodes(simulated *fleet.Fleet, region string) []*fleet.Node {
	return slices.DeleteFunc(simulated.Nodes(region), func(n *fleet.Node) bool { return !n.Listed })
}

// nodeOfOnePage returns the first listed node with at least two rows on a
// single page.
func nodeOfOnePage(simulated *fleet.Fleet, region string) *fleet.Node {
	for _, n := range listedNodes(simulated, region) {
		if n.StatusCount() > 1 && n.StatusCount() <= 50 {
			return n
		}
	}
	panic("the fleet has no such node")
}
