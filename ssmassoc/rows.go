package ssmassoc

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin/transform"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// row is a row of a table: an item of an answer of AWS, and the scan that read it.
type row[Item any] struct {
	*scan
	item *Item
}

// scanned is what every row is.
type scanned interface{ readBy() *scan }

func (sc *scan) readBy() *scan { return sc }

// rowOf returns the function that makes rows of the items that a scan reads.
func rowOf[Item any](sc *scan) func(*Item) any {
	return func(item *Item) any { return &row[Item]{sc, item} }
}

// setMissing sets a member that AWS left out.
func setMissing(member **string, value string) {
	if *member == nil {
		*member = &value
	}
}

// rowLayout is what the rows of an execution are made of.
type rowLayout struct {
	columns []layoutColumn
	// hydrates are the hydrate functions of the columns, each once.
	hydrates []plugin.HydrateFunc
	// needsIdentity is set when a column needs the account of the connection.
	needsIdentity bool

	table *plugin.Table
}

// layoutColumn is a column of a row.
type layoutColumn struct {
	*plugin.Column
	hydrate int // the index of its hydrate function, or -1 for the listed item
}

// newRowLayout returns the layout of the given columns of a table.
//
// Where a query reads no column, as select count(*), a row has one all the same:
// Steampipe's foreign data wrapper takes a row without columns for the end of the
// rows (goFdwIterateForeignScan in fdw.go).
func newRowLayout(table *plugin.Table, names []string) (*rowLayout, error) {
	if len(names) == 0 {
		names = []string{connectionNameColumn}
	}
	l := &rowLayout{table: table}
	for _, name := range names {
		column := contextColumns[name]
		for _, c := range table.Columns {
			if c.Name == name {
				column = c
			}
		}
		if column == nil {
			return nil, fmt.Errorf("table %s has no column %q", table.Name, name)
		}
		l.needsIdentity = l.needsIdentity || name == accountColumn || name == partitionColumn
		l.columns = append(l.columns, layoutColumn{column, l.hydrateOf(column)})
	}
	return l, nil
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

// row returns the row for an item.
func (l *rowLayout) row(ctx context.Context, item any, hydrated []any) (*proto.Row, error) {
	columns := make(map[string]*proto.Column, len(l.columns))
	var data transform.TransformData
	for _, c := range l.columns {
		if c.Transform == nil {
			columns[c.Name] = l.contextValue(c.Name, item.(scanned).readBy())
			continue
		}
		data.HydrateItem, data.ColumnName = item, c.Name
		if c.hydrate >= 0 {
			data.HydrateItem = hydrated[c.hydrate]
		}
		value, err := c.value(ctx, &data)
		if err != nil {
			return nil, fmt.Errorf("column %s: %w", c.Name, err)
		}
		if columns[c.Name], err = c.protoValue(value); err != nil {
			return nil, err
		}
	}
	return &proto.Row{Columns: columns}, nil
}

// value applies the column's transforms, as their Execute does, which makes a map
// for each column of each row.
func (c layoutColumn) value(ctx context.Context, data *transform.TransformData) (value any, err error) {
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

// protoValue returns a value as its column's ToColumnValue does, which finds out
// its type by reflection.
func (c layoutColumn) protoValue(value any) (*proto.Column, error) {
	switch v := value.(type) {
	case nil:
		return nullValue, nil
	case string:
		if c.Type == proto.ColumnType_STRING {
			return &proto.Column{Value: &proto.Column_StringValue{StringValue: v}}, nil
		}
	case time.Time:
		if c.Type == proto.ColumnType_TIMESTAMP {
			t := timestamppb.New(v)
			return &proto.Column{Value: &proto.Column_TimestampValue{TimestampValue: t}}, t.CheckValid()
		}
	}
	return c.ToColumnValue(value)
}

var nullValue = &proto.Column{Value: &proto.Column_NullValue{}}
