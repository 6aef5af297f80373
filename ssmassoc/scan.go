package ssmassoc

import (
	"context"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// regionColumn is the name of the column, and of the SDK's matrix property,
// that holds a row's region.
const regionColumn = "region"

// scan is one list call of a table: one region of one connection.
type scan struct {
	region     *region
	connection *connection
	// quals are the query's conditions on key columns, and lists the equalities
	// with several values.
	quals plugin.KeyColumnQualMap
	lists map[string][]*proto.QualValue
	// caller is set where the query asks for a column that needs it.
	caller caller
	// cacheTTL is for how long what is read may be kept, and how old what is
	// kept may be. 0 forbids both.
	cacheTTL time.Duration
	// limit is how many rows the query needs at most, or 0 for all.
	limit int
}

// targetRegions is a table's plugin.MatrixItemMapFunc: the SDK makes one list
// call for each of the connection's regions that the query's conditions leave.
func (s *service) targetRegions(ctx context.Context, d *plugin.QueryData) []map[string]any {
	names, err := func() ([]string, error) {
		c, err := s.connection(ctx, d.Connection)
		if err != nil {
			return nil, err
		}
		return c.targetRegions(ctx)
	}()
	if err != nil {
		if err = fail(ctx, d.Connection.Name, err); callFrom(ctx) == nil {
			panic(err) // the SDK's way to take an error from here
		}
	}
	matrix := make([]map[string]any, len(names))
	for i, name := range names {
		matrix[i] = map[string]any{regionColumn: name}
	}
	return matrix
}

// list runs a list call of a table. Whatever goes wrong in it, a panic
// included, ends the whole call as a failure.
func (s *service) list(ctx context.Context, d *plugin.QueryData, rows func(context.Context, *scan) error) error {
	err := recovered(func() error {
		if !wantsRows(ctx, d) {
			return nil
		}
		sc, err := s.newScan(ctx, d)
		if err != nil {
			return err
		}
		return rows(ctx, sc)
	})
	if err == nil {
		return nil
	}
	if err = fail(ctx, d.Connection.Name, err); callFrom(ctx) == nil {
		return err
	}
	return nil
}

// hydrate runs a hydrate function of a row. As with list, whatever goes wrong in
// it ends the whole call as a failure. What it does not find is nil.
func hydrate(ctx context.Context, d *plugin.QueryData, read func() (any, error)) (item any, err error) {
	err = recovered(func() error {
		item, err = read()
		return err
	})
	if err == nil {
		return item, nil
	}
	if err = fail(ctx, d.Connection.Name, err); callFrom(ctx) == nil {
		return nil, err
	}
	return nil, nil
}

func (s *service) newScan(ctx context.Context, d *plugin.QueryData) (*scan, error) {
	c, err := s.connection(ctx, d.Connection)
	if err != nil {
		return nil, err
	}
	r, err := c.region(ctx, d.EqualsQuals[regionColumn].GetStringValue())
	if err != nil {
		return nil, err
	}
	sc := &scan{region: r, connection: c, quals: d.Quals}
	// The SDK copies the conditions for each column of each row, and no column
	// is made of them.
	d.Quals = nil
	if limit := d.QueryContext.Limit; limit != nil {
		sc.limit = int(*limit)
	}
	call := callFrom(ctx)
	if call != nil {
		sc.cacheTTL, sc.lists = call.connections[c.name].cacheTTL, call.lists
	}
	for _, column := range d.QueryContext.Columns {
		if column == "account_id" || column == "partition" {
			if sc.caller, err = c.caller.get(ctx, c.identify); err != nil {
				return nil, err
			}
			break
		}
	}
	if call != nil && len(call.unresolved) > 0 {
		plugin.Logger(ctx).Warn("a condition reached the plugin without its value: reading all nodes; \"column in (select ...)\" reads fewer than \"column = (select ...)\"",
			"connection", c.name, "columns", call.unresolved)
	}
	return sc, nil
}
