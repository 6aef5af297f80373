package ssmassoc

import (
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
	columns    []*plugin.Column // in order, without those of origin
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
		Columns:           slices.Concat(t.columns, originColumns()),
		GetMatrixItemFunc: s.targetRegions,
		// The SDK's query cache ends the plugin's process when a scan fails after
		// its first rows.
		Cache: &plugin.TableCacheOptions{Enabled: false},
	}
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
