package server

import (
	"context"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

// hostRow is a row in the form that a host expects.
type hostRow interface {
	// send adds the row to a response and sends it.
	send(stream proto.WrapperPlugin_ExecuteServer, response *proto.ExecuteResponse) error
	// free recycles the memory of a sent row.
	free()
}

// newHostRow makes the row for an item and the results of its hydrate functions.
type newHostRow func(ctx context.Context, l *rowLayout, item any, hydrated []any) (hostRow, error)

// columnStream is the stream of an in-process host that takes the values of a row's
// columns in the order of its request, without a map of their names.
type columnStream interface {
	SendColumns(values []*proto.Column) error
}

// columnRow is a row for a columnStream.
type columnRow []*proto.Column

func newColumnRow(ctx context.Context, l *rowLayout, item any, hydrated []any) (hostRow, error) {
	values, err := l.columnValues(ctx, item, hydrated)
	return columnRow(values), err
}

func (r columnRow) send(stream proto.WrapperPlugin_ExecuteServer, _ *proto.ExecuteResponse) error {
	return stream.(columnStream).SendColumns(r)
}

func (columnRow) free() {}

func newMapRow(ctx context.Context, l *rowLayout, item any, hydrated []any) (hostRow, error) {
	values, err := l.columnValues(ctx, item, hydrated)
	if err != nil {
		return nil, err
	}
	columns := make(map[string]*proto.Column, len(values))
	for i, value := range values {
		columns[l.columns[i].Name] = value
	}
	return mapRow{columns}, nil
}

// mapRow is a row for any other in-process host.
type mapRow struct{ columns map[string]*proto.Column }

func (r mapRow) send(stream proto.WrapperPlugin_ExecuteServer, response *proto.ExecuteResponse) error {
	response.Row = &proto.Row{Columns: r.columns}
	return stream.Send(response)
}

func (mapRow) free() {}
