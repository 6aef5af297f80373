package attach

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"time"
	"unicode/utf8"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"steampipe-plugin-ssmassoc/internal/embedded"
)

// readParquet reads a file without nested columns.
func readParquet(_ context.Context, name, file string) ([]Table, error) {
	var columns []embedded.Column
	var convert []func(parquet.Value) any
	err := withParquet(file, func(f *parquet.File) error {
		var names []string
		for _, field := range f.Schema().Fields() {
			if !field.Leaf() || field.Repeated() {
				return fmt.Errorf("column %s is nested; write a file without it, or with it as JSON text", field.Name())
			}
			names = append(names, field.Name())
		}
		var err error
		if columns, err = columnsNamed(names); err != nil {
			return err
		}
		for i, field := range f.Schema().Fields() {
			kind, c := parquetKind(field.Type())
			columns[i].Kind = kind
			convert = append(convert, c)
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	rows := func(send func([]any) error) error {
		return withParquet(file, func(f *parquet.File) error { return eachParquetRow(f, convert, send) })
	}
	return []Table{{embedded.Table{Name: name, Columns: columns}, rows}}, nil
}

func withParquet(name string, read func(*parquet.File) error) error {
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	defer func() { _ = file.Close() }()
	info, err := file.Stat()
	if err != nil {
		return err
	}
	f, err := parquet.OpenFile(file, info.Size())
	if err != nil {
		return err
	}
	return read(f)
}

func eachParquetRow(f *parquet.File, convert []func(parquet.Value) any, send func([]any) error) error {
	values := make([]any, len(convert))
	buffer := make([]parquet.Row, 128)
	for _, group := range f.RowGroups() {
		rows := group.Rows()
		for {
			n, err := rows.ReadRows(buffer)
			for _, row := range buffer[:n] {
				clear(values)
				for _, v := range row {
					if !v.IsNull() && v.Column() < len(values) {
						values[v.Column()] = convert[v.Column()](v)
					}
				}
				if err := send(values); err != nil {
					return errors.Join(err, rows.Close())
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return errors.Join(err, rows.Close())
			}
		}
		if err := rows.Close(); err != nil {
			return err
		}
	}
	return nil
}

// parquetKind returns a column's kind, and a function that converts its values.
func parquetKind(t parquet.Type) (embedded.Kind, func(parquet.Value) any) {
	if t.LogicalType() != nil {
		switch logical := t.LogicalType().Value.(type) {
		case *format.TimestampType:
			perUnit := logical.Unit.Value.Duration()
			perSecond := int64(time.Second / perUnit)
			return embedded.Timestamp, func(v parquet.Value) any {
				n := v.Int64()
				return timestamp(time.Unix(n/perSecond, n%perSecond*int64(perUnit)))
			}
		case *format.DateType:
			const secondsOfDay = 86_400
			return embedded.Timestamp, func(v parquet.Value) any {
				return timestamp(time.Unix(int64(v.Int32())*secondsOfDay, 0))
			}
		case *format.IntType:
			if !logical.IsSigned && t.Kind() == parquet.Int32 {
				return embedded.Int, func(v parquet.Value) any { return int64(v.Uint32()) }
			}
		case *format.JsonType:
			return embedded.JSON, text
		case *format.DecimalType:
			if t.Kind() == parquet.Int32 || t.Kind() == parquet.Int64 {
				scale := math.Pow10(int(logical.Scale))
				return embedded.Double, func(v parquet.Value) any { return float64(integer(v)) / scale }
			}
		}
	}
	switch t.Kind() {
	case parquet.Boolean:
		return embedded.Bool, func(v parquet.Value) any { return v.Boolean() }
	case parquet.Int32, parquet.Int64:
		return embedded.Int, func(v parquet.Value) any { return integer(v) }
	case parquet.Float:
		return embedded.Double, func(v parquet.Value) any { return float64(v.Float()) }
	case parquet.Double:
		return embedded.Double, func(v parquet.Value) any { return v.Double() }
	case parquet.Int96:
		return embedded.Text, func(v parquet.Value) any { return v.String() }
	}
	return embedded.Text, text
}

func integer(v parquet.Value) int64 {
	if v.Kind() == parquet.Int32 {
		return int64(v.Int32())
	}
	return v.Int64()
}

// text returns bytes as a string if they are text, otherwise unchanged.
func text(v parquet.Value) any {
	if b := v.ByteArray(); !utf8.Valid(b) {
		return append([]byte{}, b...)
	}
	return string(v.ByteArray())
}
