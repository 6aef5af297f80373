package server

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin/transform"
	"google.golang.org/protobuf/encoding/prototext"
	protobuf "google.golang.org/protobuf/proto"
	"pgregory.net/rapid"

	"steampipe-plugin-ssmassoc/internal/engine"
)

// TestRowsOfHosts checks that a row is the same in each form: encoded for another
// process, as a map, and as values in their order.
func TestRowsOfHosts(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		layout, item := drawRow(t)
		want := &proto.ExecuteResponse{Row: &proto.Row{Columns: map[string]*proto.Column{}}, Connection: "aws"}
		values, err := layout.columnValues(t.Context(), item, nil)
		if err != nil {
			t.Fatal(err)
		}
		for i, c := range layout.columns {
			want.Row.Columns[c.Name] = values[i]
		}
		for name, newRow := range map[string]newHostRow{"encoded": newEncodedRow, "map": newMapRow} {
			row, err := newRow(t.Context(), layout, item, nil)
			if err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			stream := &marshalingStream{}
			if err := row.send(stream, &proto.ExecuteResponse{Connection: "aws"}); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			row.free()
			if got := stream.received(t); !protobuf.Equal(got, want) {
				t.Errorf("%s: %s\nwant %s", name, prototext.Format(got), prototext.Format(want))
			}
		}
	})
}

// TestRowsThatCannotBeEncoded checks that a value that protobuf refuses is an error
// that names its column.
func TestRowsThatCannotBeEncoded(t *testing.T) {
	for name, value := range map[string]any{
		"text that is not UTF-8": "\xff",
		"a time before year 1":   time.Date(-5, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		t.Run(name, func(t *testing.T) {
			columnType := proto.ColumnType_STRING
			if _, ok := value.(time.Time); ok {
				columnType = proto.ColumnType_TIMESTAMP
			}
			layout := layoutOf(t, columnType)
			row, err := newEncodedRow(t.Context(), layout, &engine.Row[values]{Scan: &engine.Scan{}, Item: &values{value}}, nil)
			if err == nil || !strings.Contains(err.Error(), "column a") {
				t.Errorf("got %v, %v, want an error that names column a", row, err)
			}
		})
	}
}

// values are the values of a row's columns, in their order.
type values []any

func layoutOf(t interface{ Fatal(...any) }, types ...proto.ColumnType) *rowLayout {
	table := &plugin.Table{Name: "t"}
	var names []string
	for i, columnType := range types {
		names = append(names, string(rune('a'+i)))
		table.Columns = append(table.Columns, &plugin.Column{
			Name: names[i], Type: columnType,
			Transform: transform.From(func(_ context.Context, d *transform.TransformData) (any, error) {
				return (*d.HydrateItem.(*engine.Row[values]).Item)[i], nil
			}),
		})
	}
	layout, err := newRowLayout(table, names)
	if err != nil {
		t.Fatal(err)
	}
	return layout
}

func drawRow(t *rapid.T) (*rowLayout, any) {
	text, number, moment := rapid.String(), rapid.Int32(), rapid.Int64Range(-60_000_000_000, 250_000_000_000)
	kinds := map[proto.ColumnType]*rapid.Generator[any]{
		proto.ColumnType_STRING: rapid.Custom(func(t *rapid.T) any {
			s := text.Draw(t, "text")
			if rapid.Bool().Draw(t, "pointer") {
				return &s
			}
			return s
		}),
		proto.ColumnType_INT:  rapid.Custom(func(t *rapid.T) any { return number.Draw(t, "number") }),
		proto.ColumnType_BOOL: rapid.Custom(func(t *rapid.T) any { return rapid.Bool().Draw(t, "boolean") }),
		proto.ColumnType_JSON: rapid.Custom(func(t *rapid.T) any { return rapid.SliceOf(text).Draw(t, "list") }),
		proto.ColumnType_TIMESTAMP: rapid.Custom(func(t *rapid.T) any {
			at := time.Unix(moment.Draw(t, "seconds"), int64(rapid.IntRange(0, 999_999_999).Draw(t, "nanoseconds")))
			if rapid.Bool().Draw(t, "pointer") {
				return &at
			}
			return at
		}),
	}
	types := rapid.SliceOfN(rapid.SampledFrom([]proto.ColumnType{
		proto.ColumnType_STRING, proto.ColumnType_INT, proto.ColumnType_BOOL, proto.ColumnType_JSON, proto.ColumnType_TIMESTAMP,
	}), 1, 20).Draw(t, "types")
	drawn := values{}
	for _, columnType := range types {
		drawn = append(drawn, rapid.OneOf(kinds[columnType], rapid.Just[any](nil)).Draw(t, "value"))
	}
	layout := layoutOf(t, types...)
	return layout, &engine.Row[values]{Scan: &engine.Scan{}, Item: &drawn}
}

// marshalingStream takes responses as gRPC does.
type marshalingStream struct {
	proto.WrapperPlugin_ExecuteServer
	sent [][]byte
}

func (s *marshalingStream) Send(r *proto.ExecuteResponse) error {
	sent, err := protobuf.Marshal(r)
	s.sent = append(s.sent, sent)
	return err
}

func (s *marshalingStream) received(t rapid.TB) *proto.ExecuteResponse {
	if len(s.sent) != 1 {
		t.Fatalf("%d responses, want 1", len(s.sent))
	}
	var r proto.ExecuteResponse
	if err := protobuf.Unmarshal(s.sent[0], &r); err != nil {
		t.Fatal(err)
	}
	return &r
}
