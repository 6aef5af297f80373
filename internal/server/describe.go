package server

import (
	"context"
	"slices"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/engine"
)

// describe describes a table to the Steampipe SDK.
func (s *service) describe(t engine.Table) *plugin.Table {
	return &plugin.Table{
		Name:        t.Name,
		Description: t.Description,
		List: &plugin.ListConfig{
			// For hosts that are built from the SDK alone: a [Server] calls list itself.
			Hydrate: func(ctx context.Context, d *plugin.QueryData, _ *plugin.HydrateData) (any, error) {
				return nil, s.listForSDK(ctx, d, t.List)
			},
			KeyColumns: t.KeyColumns,
			Tags:       map[string]string{"service": "ssm", "action": t.Reads.Operation},
		},
		Columns:           t.Columns,
		GetMatrixItemFunc: s.targetRegions,
		// The SDK's query cache ends the plugin's process when a scan fails after
		// its first rows.
		Cache: &plugin.TableCacheOptions{Enabled: false},
	}
}

// plugin describes the service to the Steampipe SDK.
func (s *service) plugin(name string) *plugin.Plugin {
	described := map[string]*plugin.Table{}
	for _, t := range s.tables {
		described[t.Name] = s.describe(t)
	}
	return &plugin.Plugin{
		Name: name,
		ConnectionConfigSchema: &plugin.ConnectionConfigSchema{
			NewInstance: func() any { return &awsconn.Arguments{} },
		},
		TableMap: described,
	}
}

// Tables returns the declarations of the tables.
func (s *Server) Tables() []engine.Table { return s.service.tables }

// Table returns the declaration of a table.
func (s *Server) Table(name string) (engine.Table, bool) {
	i := slices.IndexFunc(s.service.tables, func(t engine.Table) bool { return t.Name == name })
	if i < 0 {
		return engine.Table{}, false
	}
	return s.service.tables[i], true
}
