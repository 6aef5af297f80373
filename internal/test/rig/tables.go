package rig

import (
	"slices"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// TableCase describes a table to the tests that every table must pass. A table
// has its case in a file of this package and is listed in TableCases.
type TableCase struct {
	Name string
	// Keys are the key columns, sorted, without those of origin.
	Keys string
	// Read returns the rows of a region, computed from the fleet, and the calls of
	// reading all of them.
	Read func(simulated *fleet.Fleet, region string) ([]Row, Calls)
	// Queries returns a query for each operation that is the table's own: the
	// operation is the first that the query calls in the region.
	Queries func(simulated *fleet.Fleet, region string) map[string]string
}

// TableCases has a case for each table.
var TableCases = []TableCase{
	instanceAssociationStatusCase,
	managedInstanceCase,
	associationCase,
	effectiveInstanceAssociationCase,
	associationExecutionCase,
	associationExecutionTargetCase,
	associationVersionCase,
	CommandInvocationCase,
	ResourceComplianceSummaryCase,
	complianceItemCase,
	AutomationExecutionCase,
}

// listedNodes returns the nodes that AWS lists in a region.
func listedNodes(simulated *fleet.Fleet, region string) []*fleet.Node {
	return slices.DeleteFunc(simulated.Nodes(region), func(n *fleet.Node) bool { return !n.Listed })
}

// NodeOfOnePage returns the first listed node with at least two rows on a
// single page.
func NodeOfOnePage(simulated *fleet.Fleet, region string) *fleet.Node {
	for _, n := range listedNodes(simulated, region) {
		if n.StatusCount() > 1 && n.StatusCount() <= 50 {
			return n
		}
	}
	panic("the fleet has no such node")
}
