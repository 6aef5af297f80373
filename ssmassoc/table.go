package ssmassoc

import (
	"cmp"
	"context"
	"slices"

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

// describe describes a table to the Steampipe SDK.
func (t table) describe(s *service) *plugin.Table {
	return &plugin.Table{
		Name:        t.name,
		Description: t.description,
		List: &plugin.ListConfig{
			Hydrate: func(ctx context.Context, d *plugin.QueryData, _ *plugin.HydrateData) (any, error) {
				return nil, s.list(ctx, d, t.list)
			},
			KeyColumns: t.keyColumns,
			Tags:       map[string]string{"service": "ssm", "action": t.operation},
		},
		Columns:           slices.Concat(t.orderedColumns(), originColumns()),
		GetMatrixItemFunc: s.targetRegions,
		// The SDK's query cache ends the plugin's process when a scan fails after
		// its first rows.
		Cache: &plugin.TableCacheOptions{Enabled: false},
	}
}

// orderedColumns returns the columns in the order of Steampipe's standards: key columns,
// others by name, then the title.
//
// See https://steampipe.io/docs/develop/standards.
func (t table) orderedColumns() []*plugin.Column {
	place := func(c *plugin.Column) int {
		if c.Name == "title" {
			return len(t.keyColumns) + 1
		}
		isColumn := func(key *plugin.KeyColumn) bool { return key.Name == c.Name }
		if i := slices.IndexFunc(t.keyColumns, isColumn); i >= 0 {
			return i
		}
		return len(t.keyColumns)
	}
	return slices.SortedFunc(slices.Values(t.columns), func(a, b *plugin.Column) int {
		return cmp.Or(cmp.Compare(place(a), place(b)), cmp.Compare(a.Name, b.Name))
	})
}

type scanKey struct{}

// list runs the list function of a table, whether the table is scanned by an
// execution of a [Server] or by a host of the SDK's own making.
func (s *service) list(ctx context.Context, d *plugin.QueryData, rows func(context.Context, *scan) error) error {
	if sc, ok := ctx.Value(scanKey{}).(*scan); ok {
		return rows(ctx, sc)
	}
	return s.listForSDK(ctx, d, rows)
}
