package ssmassoc

import (
	"context"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
)

// hostRow is a row in the form in which a host takes it.
type hostRow interface {
	// send sends the row, in a response that has everything else.
	send(stream proto.WrapperPlugin_ExecuteServer, response *proto.ExecuteResponse) error
	// free returns the memory of a row that was sent.
	free()
}

// newHostRow makes the row for an item and the results of its hydrate functions.
type newHostRow func(ctx context.Context, l *rowLayout, item any, hydrated []any) (hostRow, error)

// hostRowsOf returns how the rows for a host are made.
func (s *Server) hostRowsOf(stream proto.WrapperPlugin_ExecuteServer) newHostRow {
	if _, ok := stream.(columnStream); ok {
		return newColumnRow
	}
	if s.encodesRows {
		return newEncodedRow
	}
	return newMapRow
}

// columnStream is the stream of a host in process that needs no map of the columns
// of a row. It takes their values in the order in which its request names them.
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

// mapRow is a row for any other host in process.
type mapRow struct{ columns map[string]*proto.Column }

func (r mapRow) send(stream proto.WrapperPlugin_ExecuteServer, response *proto.ExecuteResponse) error {
	response.Row = &proto.Row{Columns: r.columns}
	return stream.Send(response)
}

func (mapRow) free() {}
