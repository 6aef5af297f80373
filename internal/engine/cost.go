package engine

import (
	"fmt"
	"slices"
	"strings"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// Asked is what a query asks of a table, as far as it is known before the scan.
type Asked struct {
	Columns []string
	// Equal is the number of values with which the query compares a key column by =,
	// 0 if they come from another table.
	Equal map[string]int
	// Regions is the number of regions to read over all connections, negative if unknown.
	Regions int
	// Connections is the number of connections to read.
	Connections int
	// Whole is set if the query has no condition that the scan applies, but on what to read.
	Whole bool
	// Joined is set if a condition compares with a value of another table.
	Joined bool
	// Limited is set if reading stops after a number of rows.
	Limited bool
	// Named is the number of nodes that the statement names.
	Named int
}

// Cost is what a scan takes of AWS.
type Cost struct {
	Listing string // how the rows or their parents are found
	Calls   []Calls
}

// Calls are the calls of an operation.
type Calls struct {
	Operation string
	Number    string // for people; "" if the listing says it
	// Known is how many there are at least if the scan is made, nothing is cached and
	// nothing is refused.
	Known int
}

// CostOf returns what a scan of a table takes, without a call.
func (t Table) CostOf(a Asked) Cost {
	var c Cost
	if t.Reads.Parent == "" {
		c = t.Reads.listingCost(a)
	} else {
		c = t.Reads.parentsCost(a)
	}
	for _, hint := range t.Hints {
		// Triage leaves out listed parents, whose number is not known.
		if _, given := a.Equal[hint]; given && len(c.Calls) > 0 && c.Calls[0].Known == 0 {
			c.Calls[0].Number += ", for those that AWS counts a " + hint + " of which the query asks for (triage)"
		}
	}
	for _, h := range t.Hydrates {
		if !slices.ContainsFunc(h.Columns, func(c *plugin.Column) bool { return slices.Contains(a.Columns, c.Name) }) {
			continue
		}
		of := h.Rows
		if of == "" {
			of = "row"
		}
		c.Calls = append(c.Calls, Calls{Operation: h.Operations[0], Number: "at most 1 for each " + of})
		for _, further := range h.Operations[1:] {
			c.Calls = append(c.Calls, Calls{Operation: further, Number: "for those of which the first answer is not whole"})
		}
	}
	if slices.ContainsFunc(IdentityColumns, func(name string) bool { return slices.Contains(a.Columns, name) }) {
		c.Calls = append(c.Calls, Calls{"GetCallerIdentity", "1 for each connection", a.Connections})
	}
	return c
}

// listingCost is the cost of an operation that lists the rows of a region.
func (r Reads) listingCost(a Asked) Cost {
	page := fmt.Sprintf("1 for every %d rows", r.PageSize)
	for _, column := range r.Parts {
		values, given := a.Equal[column]
		switch {
		case given && values > 0:
			return Cost{"none: the conditions name " + plural(values, "value") + " of " + column, []Calls{{r.Operation,
				fmt.Sprintf("%s, and 1 more for every further %d rows of a value", times(values, a.Regions), r.PageSize),
				a.least(values)}}}
		case given:
			return r.joinCost(a, column)
		}
	}
	for _, column := range r.ByID {
		// More than a page of them are read as a listing.
		if ids, given := a.Equal[column]; given && ids > 0 && ids <= r.PageSize {
			number := times(1, a.Regions)
			if ids > 1 {
				number += ", and more where AWS refuses one of the IDs"
			}
			return Cost{"of the rows that the conditions name", []Calls{{r.Operation, number, a.least(1)}}}
		}
	}
	for column, values := range a.Equal {
		if values == 0 {
			return r.joinCost(a, column)
		}
	}
	return Cost{"of all rows",
		[]Calls{{r.Operation, page + " of a region, at least 1, in " + a.in(), a.least(1)}}}
}

// joinCost is the cost of a listing that a join narrows to the value of a column.
func (r Reads) joinCost(a Asked, column string) Cost {
	return Cost{"of the rows of each value that a join has for " + column, []Calls{{r.Operation,
		fmt.Sprintf("at least 1 for each value, in %s; or the whole table once if there are many", a.in()), 0}}}
}

// parentsCost is the cost of an operation that is called for one parent after another.
func (r Reads) parentsCost(a Asked) Cost {
	parents, named, several := 1, true, 0
	listing, first := r.Listing, 0 // calls of the first operation that lists parents
	for i, column := range r.Key {
		n, given := a.Equal[column]
		named = named && given
		parents *= n
		if n > 1 {
			several++
		}
		if given && n > 0 && i == len(r.Listing)-len(listing) && len(listing) > 1 {
			listing, first = listing[1:], n // the things listed first are named
		}
	}
	switch {
	case named && several > 1: // listing takes fewer calls than trying every combination
		return r.listedParents(a, listing, first)
	case named && parents > 0 && r.finds(parents, a):
		return r.foundParents(a, parents)
	case named && parents > 0:
		return Cost{"none: the conditions name " + plural(parents, r.Parent), []Calls{{r.Operation,
			fmt.Sprintf("%s, and 1 more for every further %d rows of %s",
				times(parents, a.Regions), r.PageSize, articled(r.Parent)),
			a.least(parents)}}}
	case named:
		listing := fmt.Sprintf("none while a join names each %s; else %s", r.Parent, strings.Join(r.Listing, ", then "))
		if slices.Contains(r.Listing, nodeListing) {
			listing = fmt.Sprintf("%s: at most 1 call for every 50, in %s: a join reads the nodes that AWS lists",
				nodeListing, a.in())
		}
		return Cost{listing, []Calls{{r.Operation,
			fmt.Sprintf("at least 1 for each %s, in %s; or the whole table once if there are many", r.Parent, a.in()), 0}}}
	}
	return r.listedParents(a, listing, max(1, first))
}

// listedParents is the cost if operations list the parents, of which the first takes some
// calls in each region at least.
func (r Reads) listedParents(a Asked, listing []string, first int) Cost {
	return Cost{fmt.Sprintf("%s: 1 call for every 50, in %s", strings.Join(listing, ", then "), a.in()), []Calls{
		{r.Operation, fmt.Sprintf("1 for every %d rows of each %s, at least 1", r.PageSize, r.Parent), 0},
		{listing[0], "", a.least(first)}, // as the listing says
	}}
}

// finds reports whether a scan finds out first which regions list the parents that its
// conditions name.
func (r Reads) finds(parents int, a Asked) bool {
	return slices.Equal(r.Listing, []string{nodeListing}) && a.Connections > 0 &&
		FindsFirst(parents, 0, a.Regions/a.Connections)
}

// foundParents is the cost of parents that are named, and read where they are listed.
func (r Reads) foundParents(a Asked, parents int) Cost {
	listing := fmt.Sprintf("%s: 1 call for every %d of the %s that the conditions name, in %s", nodeListing, idsAtOnce,
		plural(parents, r.Parent), a.in())
	known := parents
	if a.Limited {
		known = 1
	}
	return Cost{listing, []Calls{
		{r.Operation, fmt.Sprintf("1 for every %d rows of each %s, at least 1, in the region that lists it or, "+
			"if none does, in each", r.PageSize, r.Parent), known},
		{nodeListing, "", 1}, // as the listing says
	}}
}

// FindsFirst reports whether things that a query names by ID, of which some are known to be
// listed, are listed in regions before they are read there: if that saves at least one
// call in each region, should AWS list each of them in one region.
func FindsFirst(named, known, regions int) bool {
	return named*regions-findingCalls(named, regions)-(named-known) >= max(1, regions)
}

// findingCalls is the number of calls that list things by ID in regions.
func findingCalls(named, regions int) int { return (named + idsAtOnce - 1) / idsAtOnce * regions }

// idsAtOnce is the greatest number of IDs that a call lists things by.
const idsAtOnce = 100

// nodeListing is the operation that lists nodes. AWS answers by ID for others too, which
// the plugin reads only if the statement names them.
const nodeListing = "DescribeInstanceInformation"

// least returns the number of calls that so many in each region are at least.
func (a Asked) least(inRegion int) int {
	switch {
	case a.Limited:
		return min(inRegion, 1)
	case a.Regions < 0:
		return inRegion
	}
	return inRegion * a.Regions
}

// in names the regions.
func (a Asked) in() string {
	if a.Regions < 0 {
		return "each region"
	}
	return plural(a.Regions, "region")
}

// times describes a number of calls over all regions, or per region if their number is
// unknown.
func times(calls, regions int) string {
	if regions < 0 {
		return fmt.Sprintf("%d in each region", calls)
	}
	return fmt.Sprint(calls * regions)
}

// articled returns a noun with its article.
func articled(noun string) string {
	if strings.ContainsAny(noun[:1], "aeiou") {
		return "an " + noun
	}
	return "a " + noun
}
