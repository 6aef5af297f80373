package ssmassoc

import (
	"context"
	"net"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin/transform"

	"steampipe-plugin-ssmassoc/internal/engine"
)

// The functions in this file make columns whose value is a function of the row's
// item. A member that AWS left out is null.
//
// The SDK's own transforms find a member by reflection and a regular expression for
// every column of every row, at ten times the cost.

// textColumn makes a text column.
func textColumn[Item any](name string, value func(*Item) *string, description string) *plugin.Column {
	return column(name, proto.ColumnType_STRING, func(item *Item) any { return pointerOf(value(item)) }, description)
}

// nonEmptyColumn makes a text column whose values are never empty, such as those of
// an enumeration: "" stands for null.
func nonEmptyColumn[Item any, Text ~string](name string, value func(*Item) Text, description string) *plugin.Column {
	return column(name, proto.ColumnType_STRING, func(item *Item) any { return orNull(value(item)) }, description)
}

// timeColumn makes a timestamptz column.
func timeColumn[Item any](name string, value func(*Item) *time.Time, description string) *plugin.Column {
	return column(name, proto.ColumnType_TIMESTAMP, func(item *Item) any { return pointerOf(value(item)) }, description)
}

// intColumn makes a bigint column.
func intColumn[Item any](name string, value func(*Item) *int32, description string) *plugin.Column {
	return column(name, proto.ColumnType_INT, func(item *Item) any { return valueOf(value(item)) }, description)
}

// boolColumn makes a boolean column.
func boolColumn[Item any](name string, value func(*Item) *bool, description string) *plugin.Column {
	return column(name, proto.ColumnType_BOOL, func(item *Item) any { return valueOf(value(item)) }, description)
}

// jsonColumn makes a JSON column. Its value is nil for null (see object, array and
// mapping) and else anything that encoding/json takes.
func jsonColumn[Item any](name string, value func(*Item) any, description string) *plugin.Column {
	return column(name, proto.ColumnType_JSON, value, description)
}

// column makes a column of any type. Its value is nil for null.
func column[Item any](
	name string, columnType proto.ColumnType, value func(*Item) any, description string,
) *plugin.Column {
	return rowColumn(name, columnType, func(r *engine.Row[Item]) any { return value(r.Item) }, description)
}

// rowColumn makes a column of any type whose value depends on where its row was read.
func rowColumn[Item any](
	name string, columnType proto.ColumnType, value func(*engine.Row[Item]) any, description string,
) *plugin.Column {
	return &plugin.Column{
		Name:        name,
		Type:        columnType,
		Description: description,
		Transform: transform.From(func(ctx context.Context, d *transform.TransformData) (any, error) {
			r, ok := d.HydrateItem.(*engine.Row[Item])
			if !ok {
				return nil, engine.FailureOf(ctx, d.HydrateItem)
			}
			return value(r), nil
		}),
	}
}

// addressColumn makes an inet column. A text that is no IP address is null, since
// PostgreSQL would refuse the row.
func addressColumn[Item any](name string, value func(*Item) *string, description string) *plugin.Column {
	return column(name, proto.ColumnType_IPADDR, func(item *Item) any {
		text := value(item)
		if text == nil || net.ParseIP(*text) == nil {
			return nil
		}
		return *text
	}, description)
}

// originColumns are the columns of every table for where a row comes from.
func originColumns() []*plugin.Column {
	return []*plugin.Column{
		originColumn(engine.PartitionColumn, func(sc *engine.Scan) string { return sc.Identity.Partition },
			"The AWS partition of the account, such as aws, aws-cn or aws-us-gov."),
		originColumn(engine.RegionColumn, func(sc *engine.Scan) string { return sc.Region.Name },
			"The AWS region from which the row was read. Conditions on it prune the regions that are queried."),
		originColumn(engine.AccountColumn, func(sc *engine.Scan) string { return sc.Identity.AccountID },
			"The ID of the AWS account from which the row was read. "+
				"Conditions on it prune the connections that are queried."),
	}
}

// originColumn makes a text column of the scan that read the row.
func originColumn(name string, value func(*engine.Scan) string, description string) *plugin.Column {
	return &plugin.Column{
		Name:        name,
		Type:        proto.ColumnType_STRING,
		Description: description,
		Transform: transform.From(func(ctx context.Context, d *transform.TransformData) (any, error) {
			r, ok := d.HydrateItem.(engine.Scanned)
			if !ok {
				return nil, engine.FailureOf(ctx, d.HydrateItem)
			}
			return orNull(value(r.ReadBy())), nil
		}),
	}
}

// pointerOf returns a pointer as a value, which needs no memory, unlike a copy of what it
// points to would.
func pointerOf[T any](p *T) any {
	if p == nil {
		return nil
	}
	return p
}

func valueOf[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// orNull returns nil for "".
func orNull[T ~string](s T) any {
	if s == "" {
		return nil
	}
	return string(s)
}

// first returns the first of the texts that is not empty, or nil.
func first(candidates ...*string) *string {
	for _, s := range candidates {
		if s != nil && *s != "" {
			return s
		}
	}
	return nil
}

// object is the JSON value of a structure.
func object[T any](p *T) any { return pointerOf(p) }

// array is the JSON value of a list.
func array[T any](members []T) any {
	if members == nil {
		return nil
	}
	return members
}

// mapping is the JSON value of a map.
func mapping[T any](members map[string]T) any {
	if members == nil {
		return nil
	}
	return members
}
