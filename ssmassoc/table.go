package ssmassoc

import (
	"context"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// table declares the parts that distinguish a table. describe adds the parts that all
// tables have in common.
type table struct {
	name        string
	description string
	// operation is the operation of SSM that returns the rows. Limiters of
	// Steampipe's configuration know it as the tag "action".
	operation  string
	keyColumns plugin.KeyColumnSlice
	columns    []*plugin.Column // in any order, without those of origin
	// list emits the rows of a scan: those of one region.
	list func(context.Context, *scan) error
}
