// Package fleet generates the managed nodes of a simulated account, with their
// associations, rows and executions and what follows from them: a pure function
// of a seed and a moment.
//
// Values have the names and meanings of the SSM API and encode to JSON under
// those names. The package knows nothing of requests, pages, errors or HTTP;
// package awssim serves a fleet.
package fleet

import (
	"slices"
	"time"
)

// Defaults of Options.
const (
	// DefaultAccountID is the default account.
	DefaultAccountID = "123456789012"
	// DefaultNodes is the default number of nodes.
	DefaultNodes = 60
)

// Options describe a fleet. Fleets with equal options are equal, and a higher
// number of Nodes keeps the existing nodes.
type Options struct {
	// Seed selects one of the fleets with the same other options.
	Seed uint64
	// AccountID has twelve digits and defaults to DefaultAccountID.
	AccountID string
	// Partition is aws (the default), aws-cn or aws-us-gov.
	Partition string
	// Regions are the regions in listing order. Partition aws defaults to
	// us-east-1, eu-west-1 and ap-southeast-2. Repetitions are ignored.
	Regions []string
	// Nodes is the number of nodes in all regions, assigned to Regions in turn:
	// region i has the nodes whose number modulo len(Regions) is i. It defaults to
	// DefaultNodes; a negative number means none.
	Nodes int
	// Associations, if positive, is the number of rows of every node, and all
	// nodes are listed: for benchmarks with a known load. If negative, nodes have
	// no rows. 0 is the varied mix: see Fleet.
	Associations int
	// Failing, if positive, has every ordinary row be a success, except for the first row
	// of so many of a thousand nodes, which is a failure.
	Failing int
	// Lagging is for how many of a thousand nodes the counts of associations are those of
	// an earlier moment: a first row that fails had not failed yet, and one that does not
	// fail had.
	Lagging int
	// Now is the moment at which the fleet is seen, in whole milliseconds; all
	// dates lie before it. It defaults to the beginning of 2026.
	Now time.Time
}

// Fleet is the managed nodes of an account. It is immutable and safe for concurrent
// use. It holds the ids of its nodes; everything else about a node is computed on
// demand, always the same. Associations are computed from an index of their
// region's rows, which the first use builds.
//
// In the varied mix the first seven nodes of every region are special, so that
// tests can rely on odd cases:
//
//	0  hybrid; its information and its rows have every member
//	1  stopped (not listed), 3 rows
//	2  120 rows: each member missing once, every status, error code and form
//	   of output URL
//	3  hybrid, 50 rows
//	4  old-style id of eight digits, no rows, no information but its id
//	5  100 rows
//	6  51 rows, connection lost
//
// All others have up to six rows. About 85 % of all rows are successes.
//
// The associations of a region are those of its nodes' rows. In the varied mix there
// is one more, which has never run, if there are nodes to which it applies; number 1
// has more than a hundred executions; and some associations that no ordinary node
// has are odd: they lack a member that nearly all have, or have one that is rare.
// About one ordinary node in six, and the one without rows, drift: associations
// apply to them of which they have no row.
//
// With a fixed number of rows there are as many associations, none of them odd, each
// with three executions, and no drift.
type Fleet struct {
	accountID string
	partition string
	now       Timestamp
	regions   []string
	byRegion  map[string]*Region
}

// New generates a fleet, in less than a microsecond per node.
func New(o Options) *Fleet {
	if o.AccountID == "" {
		o.AccountID = DefaultAccountID
	}
	if o.Partition == "" {
		o.Partition = "aws"
	}
	if o.Nodes == 0 {
		o.Nodes = DefaultNodes
	}
	if o.Now.IsZero() {
		o.Now = epoch
	}
	f := &Fleet{
		accountID: o.AccountID,
		partition: o.Partition,
		now:       Timestamp(o.Now.UnixMilli()),
		byRegion:  make(map[string]*Region),
	}
	wanted := o.Regions
	if len(wanted) == 0 {
		wanted = defaultRegions(o.Partition)
	}
	for _, region := range wanted {
		if !slices.Contains(f.regions, region) {
			f.regions = append(f.regions, region)
		}
	}
	for i, region := range f.regions {
		count := 0
		if o.Nodes > i {
			count = (o.Nodes - i + len(f.regions) - 1) / len(f.regions)
		}
		f.byRegion[region] = newRegion(o, region, i, count)
	}
	return f
}

// AccountID returns the id of the account.
func (f *Fleet) AccountID() string { return f.accountID }

// Partition returns the account's partition.
func (f *Fleet) Partition() string { return f.partition }

// Now returns the moment at which the fleet is seen.
func (f *Fleet) Now() time.Time { return f.now.Time() }

// Regions returns the enabled regions in listing order.
func (f *Fleet) Regions() []string { return slices.Clone(f.regions) }

// Region returns the part of the fleet in a region, nil if it is not enabled.
func (f *Fleet) Region(name string) *Region { return f.byRegion[name] }

// Nodes returns all nodes of a region in listing order, including stopped ones.
func (f *Fleet) Nodes(region string) []*Node {
	r := f.byRegion[region]
	if r == nil {
		return nil
	}
	nodes := make([]*Node, len(r.nodes))
	for i := range r.nodes {
		nodes[i] = &r.nodes[i]
	}
	return nodes
}

// Node returns a node by its id, or nil.
func (f *Fleet) Node(region, instanceID string) *Node {
	r := f.byRegion[region]
	if r == nil {
		return nil
	}
	return r.NodeByID(instanceID)
}
