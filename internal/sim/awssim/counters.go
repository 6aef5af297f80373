package awssim

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"text/tabwriter"
)

// OutcomeOK is the outcome of a successful call.
const OutcomeOK = "ok"

// outcomeCanceled is the outcome of a call whose client left before the answer.
const outcomeCanceled = "canceled"

// CountKey groups calls.
type CountKey struct {
	// Account is the account id, "" for an unknown key.
	Account string
	// Region is the region of the credential scope.
	Region string
	// Action is the bare name of the action, "DescribeRegions".
	Action string
	// Outcome is OutcomeOK, the code of the error that was answered, the name
	// of a fault that has no code ("reset"), or "canceled".
	Outcome string
}

// Counts is a snapshot of the calls a server was sent.
type Counts map[CountKey]int

// Total returns the number of all calls.
func (c Counts) Total() int {
	total := 0
	for _, n := range c {
		total += n
	}
	return total
}

// Action returns the number of calls of an action, whatever their outcome.
func (c Counts) Action(name string) int { return c.Filter("", name, "").Total() }

// Filter returns the counts that match the given values; an empty value matches
// any.
func (c Counts) Filter(region, action, outcome string) Counts {
	part := make(Counts)
	for k, n := range c {
		if (region == "" || region == k.Region) && (action == "" || action == k.Action) &&
			(outcome == "" || outcome == k.Outcome) {
			part[k] = n
		}
	}
	return part
}

// String formats the counts as a sorted table with a line for each key.
func (c Counts) String() string {
	keys := slices.SortedFunc(maps.Keys(c), func(a, b CountKey) int {
		return cmp.Or(
			cmp.Compare(a.Account, b.Account),
			cmp.Compare(a.Region, b.Region),
			cmp.Compare(a.Action, b.Action),
			cmp.Compare(a.Outcome, b.Outcome),
		)
	})
	var out strings.Builder
	w := tabwriter.NewWriter(&out, 0, 0, 2, ' ', 0)
	// Writes to a strings.Builder do not fail.
	_, _ = fmt.Fprintln(w, "ACCOUNT\tREGION\tACTION\tOUTCOME\tCALLS")
	for _, k := range keys {
		_, _ = fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%d\n",
			cmp.Or(k.Account, "-"), cmp.Or(k.Region, "-"), cmp.Or(k.Action, "-"), k.Outcome, c[k])
	}
	_ = w.Flush()
	return out.String()
}

// counters counts calls.
type counters struct {
	mu     sync.Mutex
	counts Counts
}

func newCounters() *counters { return &counters{counts: make(Counts)} }

func (c *counters) add(k CountKey) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.counts[k]++
}

func (c *counters) snapshot() Counts {
	c.mu.Lock()
	defer c.mu.Unlock()
	return maps.Clone(c.counts)
}

func (c *counters) reset() {
	c.mu.Lock()
	defer c.mu.Unlock()
	clear(c.counts)
}
