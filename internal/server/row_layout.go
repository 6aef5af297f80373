package server

import (
	"context"
	"fmt"
	"reflect"
	"slices"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin/transform"
	"google.golang.org/protobuf/types/known/timestamppb"

	"steampipe-plugin-ssmassoc/internal/engine"
)

// rowLayout describes the rows of an execution.
type rowLayout struct {
	columns []layoutColumn
	// hydrates holds each of the columns' hydrate functions once.
	hydrates []plugin.HydrateFunc
	// needsIdentity reports whether a column needs the connection's account.
	needsIdentity bool
}

// layoutColumn is a column of a row.
type layoutColumn struct {
	*plugin.Column
	hydrate int    // the index of its hydrate function, or -1 for the listed item
	key     string // its encoded name, the key of its map entry
}

// newRowLayout returns the layout of the given columns of a table.
//
// A query that reads no column, such as select count(*), still gets rows with one:
// Steampipe's foreign data wrapper takes a row without columns for the end of the rows
// (goFdwIterateForeignScan in fdw.go).
func newRowLayout(table *plugin.Table, names []string) (*rowLayout, error) {
	names = slices.DeleteFunc(slices.Clone(names), func(name string) bool { return systemColumns[name] })
	if len(names) == 0 {
		names = []string{engine.ConnectionNameColumn}
	}
	l := &rowLayout{}
	for _, name := range names {
		column := engine.ContextColumns[name]
		for _, c := range table.Columns {
			if c.Name == name {
				column = c
			}
		}
		if column == nil {
			return nil, fmt.Errorf("table %s has no column %q", table.Name, name)
		}
		l.needsIdentity = l.needsIdentity || slices.Contains(engine.IdentityColumns, name)
		l.columns = append(l.columns, layoutColumn{column, l.hydrateOf(column), encodedKey(name)})
	}
	return l, nil
}

// systemColumns are those that PostgreSQL itself gives every table. Steampipe asks for
// them like for any other; rows leave them out, and PostgreSQL fills them in.
//
// See https://www.postgresql.org/docs/current/ddl-system-columns.html.
var systemColumns = map[string]bool{
	"tableoid": true, "xmin": true, "cmin": true, "xmax": true, "cmax": true, "ctid": true,
}

// names returns the names of the columns.
func (l *rowLayout) names() []string {
	names := make([]string, len(l.columns))
	for i, c := range l.columns {
		names[i] = c.Name
	}
	return names
}

func (l *rowLayout) hydrateOf(column *plugin.Column) int {
	if column.Hydrate == nil {
		return -1
	}
	for i, known := range l.hydrates {
		if reflect.ValueOf(known).Pointer() == reflect.ValueOf(column.Hydrate).Pointer() {
			return i
		}
	}
	l.hydrates = append(l.hydrates, column.Hydrate)
	return len(l.hydrates) - 1
}

// hydrate calls the hydrate functions for an item and returns their results.
func (l *rowLayout) hydrate(ctx context.Context, d *plugin.QueryData, item any) ([]any, error) {
	results := make([]any, len(l.hydrates))
	for i, hydrate := range l.hydrates {
		var err error
		if results[i], err = hydrate(ctx, d, &plugin.HydrateData{Item: item}); err != nil {
			return nil, err
		}
	}
	return results, nil
}

// values calls take with each column's value for an item, in order. The value of a
// context column is a [proto.Column].
func (l *rowLayout) values(ctx context.Context, item any, hydrated []any, take func(*layoutColumn, any) error) error {
	var data transform.TransformData
	for i := range l.columns {
		c := &l.columns[i]
		var value any
		var err error
		if c.Transform == nil {
			value = item.(engine.Scanned).ReadBy().ContextValues().Of(c.Name)
		} else {
			data.HydrateItem, data.ColumnName = item, c.Name
			if c.hydrate >= 0 {
				data.HydrateItem = hydrated[c.hydrate]
			}
			if value, err = c.value(ctx, &data); err != nil {
				return fmt.Errorf("column %s: %w", c.Name, err)
			}
		}
		if err := take(c, value); err != nil {
			return err
		}
	}
	return nil
}

// value applies the column's transforms like their Execute method, but without a map
// for each column of each row.
func (c *layoutColumn) value(ctx context.Context, data *transform.TransformData) (value any, err error) {
	if data.HydrateItem == nil {
		return nil, nil
	}
	for _, call := range c.Transform.Transforms {
		data.Param, data.Value = call.Param, value
		if value, err = call.Transform(ctx, data); err != nil {
			return nil, err
		}
	}
	return value, nil
}

// columnValues returns the columns' values for an item, in order.
func (l *rowLayout) columnValues(ctx context.Context, item any, hydrated []any) ([]*proto.Column, error) {
	columns := make([]*proto.Column, 0, len(l.columns))
	cells := make([]textCell, 0, len(l.columns))
	err := l.values(ctx, item, hydrated, func(c *layoutColumn, value any) error {
		if text, ok := c.text(value); ok {
			cells = append(cells, textCell{})
			columns = append(columns, cells[len(cells)-1].set(text))
			return nil
		}
		column, err := c.protoValue(value)
		columns = append(columns, column)
		return err
	})
	return columns, err
}

// textCell holds the value of a text column in a single allocation: most columns of
// most tables are text.
type textCell struct {
	column proto.Column
	value  proto.Column_StringValue
}

func (c *textCell) set(text string) *proto.Column {
	c.value.StringValue = text
	c.column.Value = &c.value
	return &c.column
}

// text returns the value of a text column, unless it is null.
func (c *layoutColumn) text(value any) (text string, ok bool) {
	if c.Type != proto.ColumnType_STRING {
		return "", false
	}
	switch v := value.(type) {
	case string:
		return v, true
	case *string:
		if v != nil {
			return *v, true
		}
	}
	return "", false
}

// time returns the value of a timestamp column, unless it is null.
func (c *layoutColumn) time(value any) (t time.Time, ok bool) {
	if c.Type != proto.ColumnType_TIMESTAMP {
		return time.Time{}, false
	}
	switch v := value.(type) {
	case time.Time:
		return v, true
	case *time.Time:
		if v != nil {
			return *v, true
		}
	}
	return time.Time{}, false
}

// protoValue converts a value like the column's ToColumnValue method, but without
// reflection for the usual types.
func (c *layoutColumn) protoValue(value any) (*proto.Column, error) {
	switch v := value.(type) {
	case nil:
		return nullValue, nil
	case *proto.Column:
		return v, nil
	}
	if t, ok := c.time(value); ok {
		value := timestamppb.New(t)
		return &proto.Column{Value: &proto.Column_TimestampValue{TimestampValue: value}}, value.CheckValid()
	}
	return c.ToColumnValue(value)
}

var nullValue = &proto.Column{Value: &proto.Column_NullValue{}}
