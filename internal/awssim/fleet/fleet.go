// Package fleet generates the managed nodes of a simulated account with their
// associations, rows and executions: a pure function of a seed and of the moment
// at which the fleet is looked at.
//
// Values have the names and the meaning that the SSM API gives them, and encode
// to JSON under those names. The package knows nothing of requests, pages,
// errors or HTTP; package awssim serves a fleet.
package fleet

import (
	"slices"
	"time"
)

// Defaults of Options.
const (
	// DefaultAccountID is the account of a fleet that names none.
	DefaultAccountID = "123456789012"
	// DefaultNodes is the size of a fleet that names none.
	DefaultNodes = 60
)

// Options describe a fleet. Two fleets of equal options are equal, and
// raising Nodes keeps every node there was.
type Options struct {
	// Seed selects the fleet among all those of the same form.
	Seed uint64
	// AccountID is the twelve-digit owner, DefaultAccountID where empty.
	AccountID string
	// Partition is aws (the default), aws-cn or aws-us-gov.
	Partition string
	// Regions hold the nodes, in listing order. The default for the aws
	// partition is us-east-1, eu-west-1 and ap-southeast-2. A region named
	// twice counts once.
	Regions []string
	// Nodes is the number of nodes in the whole fleet, dealt out to Regions in
	// turn: region i gets the nodes whose number modulo len(Regions) is i.
	// 0 means DefaultNodes, a negative number none.
	Nodes int
	// Associations, when positive, gives every node exactly that many rows and
	// has every node listed, for benchmarks that need to know their load. When
	// negative nodes have no rows. 0 is the varied mix: see Fleet.
	Associations int
	// Now is the moment at which the fleet is looked at, in whole
	// milliseconds; all dates lie before it. The default is the beginning of
	// the year 2026.
	Now time.Time
}

// Fleet is the managed nodes of one account. It is immutable and safe for
// concurrent use. Node ids are held in memory; everything else about a node is
// computed when asked for, and is the same each time. What is asked of an
// association, though, is answered from an index of the rows of its region,
// which is made when it is first needed.
//
// In the varied mix the first seven nodes of every region are special, so that
// a test that needs an odd case surely finds one:
//
//	0  hybrid; every member of its information and of its rows is present
//	1  stopped (not listed), 3 rows
//	2  120 rows: among them each member missing once, every status, every
//	   error code and every form of output address
//	3  hybrid, 50 rows
//	4  old-style id of eight digits, no rows, nothing but its id is known
//	5  100 rows
//	6  51 rows, connection lost
//
// All others have up to six rows. About 85 % of all rows are successes.
//
// The associations of a region are those that its nodes have rows of. In the
// varied mix there is one more, which has never run, where there are nodes to
// which it applies; number 1 has more than a hundred executions; and those
// that no ordinary node has include the odd cases: a member that nearly all
// have is missing, a member that nearly none has is there. About one ordinary
// node in six, and the one without rows, drift: associations apply to them
// that they have no row of.
//
// With a fixed number of rows there are as many associations, none of them
// odd, each with three executions, and no drift.
type Fleet struct {
	accountID string
	partition string
	now       Timestamp
	regions   []string
	byRegion  map[string]*Region
}

// New generates a fleet. It costs well under a microsecond a node.
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

// AccountID returns the account that owns the fleet.
func (f *Fleet) AccountID() string { return f.accountID }

// Partition returns the partition the account belongs to.
func (f *Fleet) Partition() string { return f.partition }

// Now returns the moment at which the fleet is looked at.
func (f *Fleet) Now() time.Time { return f.now.Time() }

// Regions returns the enabled regions in listing order.
func (f *Fleet) Regions() []string { return slices.Clone(f.regions) }

// Region returns the part of the fleet in a region, nil where the region is
// not enabled.
func (f *Fleet) Region(name string) *Region { return f.byRegion[name] }

// Nodes returns all nodes of a region in listing order, stopped ones included.
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

// Node returns a node by its id, nil where the region has no such node.
func (f *Fleet) Node(region, instanceID string) *Node {
	r := f.byRegion[region]
	if r == nil {
		return nil
	}
	return r.NodeByID(instanceID)
}
