package embedded

import (
	"errors"

	"github.com/ncruces/go-sqlite3"
	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"google.golang.org/protobuf/types/known/timestamppb"
)

// qualValues returns the values of a condition as the plugin takes them, the
// distinct ones of a list and none for NULL. It returns false where a value
// cannot be given to the plugin.
func (db *DB) qualValues(column *Column, c condition, arg sqlite3.Value,
) (values []*proto.QualValue, convertible bool, err error) {
	if !c.List {
		if arg.Type() == sqlite3.NULL {
			return nil, true, nil
		}
		value, err := db.qualValue(column, arg)
		if convert := patterns[c.Operator]; value != nil && convert != nil {
			pattern, ok := convert(arg.Text())
			return []*proto.QualValue{textValue(pattern)}, ok, nil
		}
		return []*proto.QualValue{value}, value != nil, err
	}
	seen := map[string]bool{}
	// SQLITE_DONE marks the end of a list.
	for v, err := arg.InFirst(); ; v, err = arg.InNext() {
		if err != nil {
			if isDone(err) {
				return values, true, nil
			}
			return nil, false, err
		}
		if v.Type() == sqlite3.NULL {
			continue
		}
		value, err := db.qualValue(column, v)
		if value == nil || err != nil {
			return nil, false, err
		}
		if key := v.Text(); !seen[key] {
			seen[key] = true
			values = append(values, value)
		}
	}
}

// isDone reports whether err is SQLITE_DONE.
func isDone(err error) bool {
	const done = sqlite3.ErrorCode(101)
	return errors.Is(err, done)
}

// qualValue returns a value as the plugin takes it, or nil where the plugin cannot
// compare with it as SQLite does: SQLite converts some values to the type of the other
// side first (https://sqlite.org/datatype3.html, 4.2), and only it knows of what type
// that is.
func (db *DB) qualValue(column *Column, v sqlite3.Value) (*proto.QualValue, error) {
	switch of := v.Type(); {
	case column.Kind == Timestamp:
		t, err := timeOf(v, db.statement.begun)
		if err != nil {
			return nil, err
		}
		return &proto.QualValue{Value: &proto.QualValue_TimestampValue{TimestampValue: timestamppb.New(t)}}, nil
	case column.Kind == Bool && of == sqlite3.INTEGER && v.Int64()&^1 == 0:
		return &proto.QualValue{Value: &proto.QualValue_BoolValue{BoolValue: v.Bool()}}, nil
	case column.Kind == Int && of == sqlite3.INTEGER:
		return &proto.QualValue{Value: &proto.QualValue_Int64Value{Int64Value: v.Int64()}}, nil
	case column.Kind == Double && (of == sqlite3.FLOAT || of == sqlite3.INTEGER && isExact(v.Int64())):
		return &proto.QualValue{Value: &proto.QualValue_DoubleValue{DoubleValue: v.Float()}}, nil
	case column.Kind == Text && of == sqlite3.TEXT:
		return textValue(v.Text()), nil
	}
	return nil, nil
}

func textValue(text string) *proto.QualValue {
	return &proto.QualValue{Value: &proto.QualValue_StringValue{StringValue: text}}
}

// isExact reports whether a double holds an integer.
func isExact(n int64) bool {
	const every = 1 << 53 // doubles hold every integer up to here
	return -every <= n && n <= every
}
