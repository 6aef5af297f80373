package engine

import (
	"context"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// Table declares the parts that distinguish a table. describe adds the parts that all
// tables have in common.
type Table struct {
	Name        string
	Description string
	// Operation is the operation of SSM that returns the rows. Limiters of
	// Steampipe's configuration know it as the tag "action".
	Operation  string
	KeyColumns plugin.KeyColumnSlice
	Columns    []*plugin.Column // in any order, without those of origin
	// List emits the rows of a scan: those of one region.
	List func(context.Context, *Scan) error
}
