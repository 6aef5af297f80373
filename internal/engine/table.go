package engine

import (
	"context"
	"slices"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// Table declares the parts that distinguish a table: what it reads, and the columns that
// it makes of it.
type Table struct {
	Name        string
	Description string
	Reads       Reads
	KeyColumns  plugin.KeyColumnSlice
	// Hints are the columns of which equalities let a scan of a connection with triage read
	// less. The host applies them.
	Hints    []string
	Columns  []*plugin.Column // in any order, without those of origin and of Hydrates
	Hydrates []Hydrate
	// List emits the rows of a scan: those of one region.
	List func(context.Context, *Scan) error
}

// Reads describes the operations that a scan of a table uses in each target region.
type Reads struct {
	// Operation is the operation of SSM that returns the rows; each page of at most
	// PageSize rows costs one call. Limiters of Steampipe's configuration know it as the
	// tag "action".
	Operation string
	PageSize  int
	// Parent is the kind of thing, such as a node, that Operation is called for one by
	// one, at one or more calls each. It is "" if the operation lists the rows of a
	// region.
	Parent string
	// Key are the columns whose conditions name the parents. Without such conditions
	// the Listing operations find the parents, at one call for every 50 of each.
	Key     []string
	Listing []string
	// ByID are the columns whose conditions limit a listing to named rows, PageSize per
	// call.
	ByID []string
	// Parts are the columns, most narrowing first, with a condition on which a listing
	// becomes a read for each value.
	Parts []string
}

// Hydrate is a function that gets the values of columns for a row, in a query that reads
// any of them.
type Hydrate struct {
	// Operations are called once for each row, the first at least: all rows, or those
	// that Rows describes.
	Operations []string
	Rows       string
	Func       plugin.HydrateFunc
	Columns    []*plugin.Column
}

// AllColumns returns the columns of the table and those of its hydrates.
func (t Table) AllColumns() []*plugin.Column {
	all := slices.Clone(t.Columns)
	for _, h := range t.Hydrates {
		for _, c := range h.Columns {
			c.Hydrate = h.Func
			all = append(all, c)
		}
	}
	return all
}

// Lists returns the operations that return the rows and their parents.
func (t Table) Lists() []string { return append([]string{t.Reads.Operation}, t.Reads.Listing...) }

// Operations returns the operations of SSM that reading the table may take.
func (t Table) Operations() []string {
	all := t.Lists()
	for _, h := range t.Hydrates {
		all = append(all, h.Operations...)
	}
	return all
}
