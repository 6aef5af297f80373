package engine

import (
	"slices"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// Bound is how many calls of an operation a scan makes: at least Least, if it is made,
// nothing is cached and nothing refused, and at most Most.
type Bound struct {
	Operation   string
	Least, Most int // Most is Unbounded if there is no bound
}

// Unbounded is the greatest number of calls of a scan that may make any number, as for each
// value of a join. As a number of rows, it is one that nobody knows.
const Unbounded = -1

// Size is how much an operation returns over the regions that are read.
type Size struct {
	Rows    int   // the greatest number, or Unbounded
	Regions []int // the number in each region; nil if it is not known
}

// BoundsOf returns how many calls a scan of a table makes, given what operations return.
func (t Table) BoundsOf(a Asked, size func(operation string) Size) []Bound {
	rows := func(operation string) int { return size(operation).Rows }
	if a.Joined {
		rows = func(string) int { return Unbounded } // the scan is made again and again
	}
	own := rows(t.Reads.Operation)
	var bounds []Bound
	switch {
	case t.Reads.Parent != "":
		bounds = t.Reads.maxOfParents(a, own, rows)
	case a.Whole && !a.Limited && size(t.Reads.Operation).Regions != nil:
		pages := t.Reads.pagesOf(size(t.Reads.Operation))
		bounds = []Bound{{t.Reads.Operation, pages, pages}}
	default:
		bounds = []Bound{{t.Reads.Operation, 0, t.Reads.maxListed(a, own)}}
	}
	for _, h := range t.Hydrates {
		if !slices.ContainsFunc(h.Columns, func(c *plugin.Column) bool { return slices.Contains(a.Columns, c.Name) }) {
			continue
		}
		bounds = append(bounds, Bound{h.Operations[0], 0, own})
		for _, further := range h.Operations[1:] {
			bounds = append(bounds, Bound{further, 0, Unbounded})
		}
	}
	for _, calls := range t.CostOf(a).Calls {
		i := slices.IndexFunc(bounds, func(b Bound) bool { return b.Operation == calls.Operation })
		if i < 0 {
			bounds = append(bounds, Bound{calls.Operation, 0, calls.Known})
			i = len(bounds) - 1
		}
		bounds[i].Least = max(bounds[i].Least, calls.Known)
	}
	return bounds
}

// pagesOf returns the number of pages of a listing of regions.
func (r Reads) pagesOf(size Size) int {
	pages := 0
	for _, rows := range size.Regions {
		pages += pagesAtMost(rows, r.PageSize, 1)
	}
	return pages
}

// maxListed bounds the calls of an operation that lists the rows of a region.
func (r Reads) maxListed(a Asked, own int) int {
	for _, column := range r.Parts {
		if values, given := a.Equal[column]; given {
			return pagesAtMost(own, r.pageSize(a), of(values, a.Regions))
		}
	}
	for _, column := range r.ByID {
		if ids, given := a.Equal[column]; given && ids <= r.PageSize && !a.Joined {
			return maxByID(ids, pagesAtMost(own, r.PageSize, a.Regions), a.Regions)
		}
	}
	return pagesAtMost(own, r.pageSize(a), a.Regions)
}

// OneByOne is the greatest number of IDs that are asked for one by one where AWS refuses to
// be asked for all of them. More are picked from a listing.
const OneByOne = 3

// maxByID bounds the calls for rows that are asked for by their IDs, given those of a listing.
func maxByID(ids, listing, regions int) int {
	switch {
	case regions < 0 || ids > OneByOne && listing < 0:
		return Unbounded
	case ids == 1:
		return regions
	case ids <= OneByOne:
		return regions + ids*regions
	}
	return regions + listing
}

// shortestPage is the length of the pages of a scan that needs few rows.
const shortestPage = 1

func (r Reads) pageSize(a Asked) int {
	if a.Limited {
		return shortestPage
	}
	return r.PageSize
}

// maxOfParents bounds the calls of an operation that is called for one parent after
// another, and of those that list the parents.
func (r Reads) maxOfParents(a Asked, own int, rows func(string) int) []Bound {
	parents, named, several := 1, true, 0
	listing, groups := r.Listing, a.Regions // those of the next operation
	for i, column := range r.Key {
		n, given := a.Equal[column]
		named = named && given
		parents = of(parents, n)
		if n > 1 {
			several++
		}
		if given && n > 0 && i == len(r.Listing)-len(listing) && len(listing) > 1 {
			listing, groups = listing[1:], of(n, a.Regions)
		}
	}
	if named && several < 2 {
		bounds := []Bound{{r.Operation, 0, pagesAtMost(own, r.PageSize, of(parents, a.Regions))}}
		for _, operation := range listing { // to find out where the parents are, by ID or else by all
			most := pagesAtMost(rows(operation), listedPage, a.Regions)
			if most >= 0 {
				most += findingCalls(parents, a.Regions)
			}
			bounds = append(bounds, Bound{operation, 0, most})
		}
		return bounds
	}
	var bounds []Bound
	for _, operation := range listing {
		items := rows(operation)
		bounds = append(bounds, Bound{operation, 0, pagesAtMost(items, listedPage, groups)})
		groups = items
	}
	if groups >= 0 {
		groups += a.Named * max(0, a.Regions) // the statement may read what it names and AWS does not list
	}
	return append(bounds, Bound{r.Operation, 0, pagesAtMost(own, r.pageSize(a), groups)})
}

// listedPage is the length of the pages of operations that list parents.
const listedPage = 50

// pagesAtMost returns the greatest number of pages of rows that are in groups, each of which
// takes at least one page.
func pagesAtMost(rows, size, groups int) int {
	if rows < 0 || groups < 0 {
		return Unbounded
	}
	return groups + max(0, rows-1)/size
}

// of returns the product of two numbers that may be unknown.
func of(a, b int) int {
	if a < 0 || b < 0 {
		return Unbounded
	}
	return a * b
}

// NodesIn returns the number of IDs of nodes in the text of a statement.
func NodesIn(text string) int { return len(nodeID.FindAllString(text, -1)) }
