package server

import (
	"context"
	"fmt"
	"sync"
	"unicode/utf8"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"google.golang.org/protobuf/encoding/protowire"
	protobuf "google.golang.org/protobuf/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// The functions in this file encode rows for hosts in other processes. A [proto.Row], a
// map with a message for each column, would cost three times as much: protobuf encodes
// maps by reflection, and measures each message twice.
//
// An encoded row is a proto.Row without columns. Its encoded columns are stored as
// unknown fields, which protobuf writes verbatim.

// encodedRow is a row with reusable memory for its columns.
type encodedRow struct {
	row     proto.Row
	columns []byte
	scratch []byte
}

var encodedRows = sync.Pool{New: func() any { return new(encodedRow) }}

func newEncodedRow(ctx context.Context, l *rowLayout, item any, hydrated []any) (hostRow, error) {
	r := encodedRows.Get().(*encodedRow)
	r.columns = r.columns[:0]
	if err := l.values(ctx, item, hydrated, r.append); err != nil {
		r.free()
		return nil, err
	}
	r.row.ProtoReflect().SetUnknown(r.columns)
	return r, nil
}

func (r *encodedRow) send(stream proto.WrapperPlugin_ExecuteServer, response *proto.ExecuteResponse) error {
	response.Row = &r.row
	return stream.Send(response)
}

func (r *encodedRow) free() {
	const most = 1 << 20 // bytes; larger buffers are left to the garbage collector
	if cap(r.columns) <= most {
		encodedRows.Put(r)
	}
}

// append adds a column with its value.
func (r *encodedRow) append(c *layoutColumn, value any) error {
	if text, ok := c.text(value); ok {
		return r.appendText(c, text)
	}
	if t, ok := c.time(value); ok {
		return r.appendTime(c, timestamppb.New(t))
	}
	message, err := c.protoValue(value)
	if err != nil {
		return err
	}
	if r.scratch, err = (protobuf.MarshalOptions{}).MarshalAppend(r.scratch[:0], message); err != nil {
		return fmt.Errorf("column %s: %w", c.Name, err)
	}
	r.appendEntry(c, len(r.scratch))
	r.columns = append(r.columns, r.scratch...)
	return nil
}

func (r *encodedRow) appendText(c *layoutColumn, text string) error {
	if !utf8.ValidString(text) {
		return fmt.Errorf("column %s: not valid UTF-8", c.Name)
	}
	r.appendEntry(c, protowire.SizeTag(columnString)+protowire.SizeBytes(len(text)))
	r.columns = protowire.AppendTag(r.columns, columnString, protowire.BytesType)
	r.columns = protowire.AppendString(r.columns, text)
	return nil
}

func (r *encodedRow) appendTime(c *layoutColumn, t *timestamppb.Timestamp) error {
	if err := t.CheckValid(); err != nil {
		return fmt.Errorf("column %s: %w", c.Name, err)
	}
	size := protowire.SizeTag(timestampSeconds) + protowire.SizeVarint(uint64(t.Seconds)) +
		protowire.SizeTag(timestampNanos) + protowire.SizeVarint(uint64(t.Nanos))
	r.appendEntry(c, protowire.SizeTag(columnTimestamp)+protowire.SizeBytes(size))
	r.columns = protowire.AppendTag(r.columns, columnTimestamp, protowire.BytesType)
	r.columns = protowire.AppendVarint(r.columns, uint64(size))
	r.columns = protowire.AppendTag(r.columns, timestampSeconds, protowire.VarintType)
	r.columns = protowire.AppendVarint(r.columns, uint64(t.Seconds))
	r.columns = protowire.AppendTag(r.columns, timestampNanos, protowire.VarintType)
	r.columns = protowire.AppendVarint(r.columns, uint64(t.Nanos))
	return nil
}

// appendEntry adds the entry of a column up to its value, given the size of the value.
func (r *encodedRow) appendEntry(c *layoutColumn, size int) {
	r.columns = protowire.AppendTag(r.columns, rowColumns, protowire.BytesType)
	entry := len(c.key) + protowire.SizeTag(entryValue) + protowire.SizeBytes(size)
	r.columns = protowire.AppendVarint(r.columns, uint64(entry))
	r.columns = append(r.columns, c.key...)
	r.columns = protowire.AppendTag(r.columns, entryValue, protowire.BytesType)
	r.columns = protowire.AppendVarint(r.columns, uint64(size))
}
