package server

import (
	"context"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
	"steampipe-plugin-ssmassoc/internal/engine"
)

// A host that is built from the SDK alone, such as Turbot's builds of plugins for
// SQLite, PostgreSQL and export, calls [Plugin] and runs the tables itself, through
// the functions in this file.

// targetRegions is the plugin.MatrixItemMapFunc of every table: the SDK makes one list
// call for each region that the query's conditions leave.
func (s *service) targetRegions(ctx context.Context, d *plugin.QueryData) []map[string]any {
	names, err := func() ([]string, error) {
		c, err := s.connectionOf(d.Connection)
		if err != nil {
			return nil, err
		}
		return c.TargetRegions(ctx, awsconn.MaxAge)
	}()
	if err != nil {
		panic(err) // the SDK's way to take an error from here
	}
	matrix := make([]map[string]any, len(names))
	for i, name := range names {
		matrix[i] = map[string]any{engine.RegionColumn: name}
	}
	return matrix
}

// listForSDK runs a list function for the SDK.
//
// The SDK can mistake an error that comes after the first rows for the end of the
// rows, but only once the list function has returned. So a row whose columns cannot
// be made delivers the error, and the list function waits until the query has ended.
func (s *service) listForSDK(
	ctx context.Context, d *plugin.QueryData, rows func(context.Context, *engine.Scan) error,
) error {
	err := engine.Recovered(func() error {
		sc, err := s.newScanForSDK(ctx, d)
		if err != nil {
			return err
		}
		defer sc.Skipped.Log(plugin.Logger(ctx), d.Table.Name)
		return rows(ctx, sc)
	})
	if err != nil && ctx.Err() == nil {
		d.StreamListItem(ctx, &engine.FailedRow{Err: err})
		<-ctx.Done()
	}
	return err
}

func (s *service) newScanForSDK(ctx context.Context, d *plugin.QueryData) (*engine.Scan, error) {
	c, err := s.connectionOf(d.Connection)
	if err != nil {
		return nil, err
	}
	r, err := c.Region(ctx, d.EqualsQuals[engine.RegionColumn].GetStringValue())
	if err != nil {
		return nil, err
	}
	sc := s.newScan(d.Table, c, r, sdkRows{ctx, d}, engine.NewSkips())
	sc.Conditions = engine.ReadConditions(d.Quals.ToProtoQualMap(), engine.KeyOperatorsOf(d.Table))
	layout, err := newRowLayout(d.Table, d.QueryContext.Columns)
	if err != nil {
		return nil, err
	}
	sc.Columns = layout.names()
	if layout.needsIdentity {
		sc.Identity, err = c.Identity(ctx, awsconn.MaxAge)
	}
	return sc, err
}

// sdkRows hands rows to the SDK.
type sdkRows struct {
	ctx context.Context
	d   *plugin.QueryData
}

func (r sdkRows) Emit(ctx context.Context, row any) bool {
	r.d.StreamListItem(ctx, row)
	return r.WantsRows()
}

func (r sdkRows) WantsRows() bool { return r.d.RowsRemaining(r.ctx) > 0 }
