package parquetfile

import (
	"encoding/base64"
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/format"

	"steampipe-plugin-ssmassoc/internal/files/cell"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// node is a column of the file, or a part of a nested one.
type node struct {
	name               string
	kind               embedded.Kind
	optional, repeated bool
	leaves             []int // the indexes of the columns under it
	leaf               *leaf // nil for a group
	fields             []*node
	// shape makes the value of a group from those of its fields.
	shape func(n *node, fields []any) any
}

type (
	list   []any
	object []member
	member struct {
		name  string
		value any
	}
)

// nodesOf returns the columns of a file.
func nodesOf(file *parquet.File) ([]*node, error) {
	s := schemaReader{elements: file.Metadata().Schema}
	root, err := s.node(0)
	if err != nil {
		return nil, err
	}
	if len(root.fields) == 0 {
		return nil, errors.New("it has no columns")
	}
	return root.fields, nil
}

// schemaReader reads a schema, whose elements are listed depth first.
type schemaReader struct {
	elements []format.SchemaElement
	at, leaf int
}

// maxDepth is how deep columns may be nested.
const maxDepth = 100

func (s *schemaReader) node(depth int) (*node, error) {
	if s.at >= len(s.elements) || depth > maxDepth {
		return nil, errors.New("it is damaged: its schema is not whole")
	}
	e := &s.elements[s.at]
	s.at++
	n := &node{name: e.Name, shape: structure}
	if e.RepetitionType.Valid {
		n.optional = e.RepetitionType.V == format.Optional
		n.repeated = e.RepetitionType.V == format.Repeated
	}
	if e.Type.Valid {
		var err error
		if n.leaf, err = leafOf(e); err != nil {
			return nil, fmt.Errorf("column %s: %w", e.Name, err)
		}
		n.leaves, n.kind = []int{s.leaf}, n.leaf.kind
		if n.repeated {
			n.kind = embedded.JSON
		}
		s.leaf++
		return n, nil
	}
	return n, s.group(n, e, depth)
}

// group reads the fields of a group.
func (s *schemaReader) group(n *node, e *format.SchemaElement, depth int) error {
	n.kind = embedded.JSON
	for range e.NumChildren.V {
		field, err := s.node(depth + 1)
		if err != nil && depth > 0 {
			return fmt.Errorf("column %s: %w", e.Name, err)
		}
		if err != nil {
			return err
		}
		n.fields = append(n.fields, field)
		n.leaves = append(n.leaves, field.leaves...)
	}
	old := deprecated.ConvertedType(-1)
	if e.LogicalType.Value == nil && e.ConvertedType.Valid {
		old = e.ConvertedType.V
	}
	switch logical := e.LogicalType.Value.(type) {
	case *format.ListType:
		n.shape = listShape(n)
	case *format.MapType:
		n.shape = mapShape(n)
	case *format.VariantType:
		return fmt.Errorf("column %s: it is of the logical type VARIANT, which SQL has no value for; "+
			"write it as JSON text", e.Name)
	case nil:
		switch old {
		case deprecated.List:
			n.shape = listShape(n)
		case deprecated.Map, deprecated.MapKeyValue:
			n.shape = mapShape(n)
		}
	default:
		return fmt.Errorf("column %s: it is a group of the logical type %s, which SQL has no value for", e.Name, logical)
	}
	if depth > 0 && len(n.leaves) == 0 {
		return fmt.Errorf("column %s: it is a group without columns; write a file without it", e.Name)
	}
	return nil
}

// structure is the value of a group that is an object.
func structure(n *node, fields []any) any {
	o := make(object, len(fields))
	for i, value := range fields {
		o[i] = member{n.fields[i].name, value}
	}
	return o
}

// listShape returns the shape of a group that is a list: a repeated group whose only
// field is the element, or in older files a repeated element.
//
// See https://github.com/apache/parquet-format/blob/master/LogicalTypes.md#lists.
func listShape(n *node) func(*node, []any) any {
	if len(n.fields) != 1 || !n.fields[0].repeated {
		return structure
	}
	wrapper := n.fields[0]
	bare := wrapper.leaf != nil || len(wrapper.fields) != 1 || wrapper.name == "array" ||
		wrapper.name == n.name+"_tuple"
	if !bare {
		wrapper.shape = func(_ *node, fields []any) any { return fields[0] }
	}
	return func(_ *node, fields []any) any { return fields[0] }
}

// mapShape returns the shape of a group that is a map: a repeated group of a key and a
// value.
func mapShape(n *node) func(*node, []any) any {
	if len(n.fields) != 1 || !n.fields[0].repeated || len(n.fields[0].fields) == 0 ||
		len(n.fields[0].fields) > 2 {
		return structure
	}
	n.fields[0].shape = func(_ *node, fields []any) any {
		m := member{name: keyText(fields[0])}
		if len(fields) > 1 { // else it is a set
			m.value = fields[1]
		}
		return m
	}
	return func(_ *node, fields []any) any {
		entries, ok := fields[0].(list)
		if !ok {
			return nil
		}
		o := make(object, len(entries))
		for i, entry := range entries {
			o[i], _ = entry.(member)
		}
		return o
	}
}

// keyText returns the key of a map as that of an object, which is text.
func keyText(key any) string {
	if s, ok := key.(string); ok {
		return s
	}
	return string(appendJSON(nil, key))
}

// final returns a column's value as its type has it.
func (n *node) final(value any) any {
	if value == nil || n.leaf == nil || n.repeated {
		if value == nil {
			return nil
		}
		return string(appendJSON(nil, value))
	}
	switch v := value.(type) {
	case uint64:
		if n.kind == embedded.Int {
			return int64(v)
		}
		return strconv.FormatUint(v, 10)
	case number:
		if n.kind == embedded.Double {
			if f, err := strconv.ParseFloat(string(v), 64); err == nil {
				return f
			}
		}
		return string(v)
	}
	return value
}

// appendJSON appends a value as JSON. Bytes are in Base64, and numbers that JSON does not
// have are text.
func appendJSON(text []byte, value any) []byte {
	switch v := value.(type) {
	case nil:
		return append(text, "null"...)
	case bool:
		return strconv.AppendBool(text, v)
	case int64:
		return strconv.AppendInt(text, v, 10)
	case uint64:
		return strconv.AppendUint(text, v, 10)
	case float64:
		if math.IsInf(v, 0) || math.IsNaN(v) {
			return strconv.AppendQuote(text, strings.TrimPrefix(strconv.FormatFloat(v, 'g', -1, 64), "+"))
		}
		return strconv.AppendFloat(text, v, 'g', -1, 64)
	case number:
		return append(text, v...)
	case []byte:
		return strconv.AppendQuote(text, base64.StdEncoding.EncodeToString(v))
	case list:
		text = append(text, '[')
		for i, element := range v {
			if i > 0 {
				text = append(text, ',')
			}
			text = appendJSON(text, element)
		}
		return append(text, ']')
	case object:
		text = append(text, '{')
		for i, m := range v {
			if i > 0 {
				text = append(text, ',')
			}
			text = append(cell.AppendJSONString(text, m.name), ':')
			text = appendJSON(text, m.value)
		}
		return append(text, '}')
	}
	s, _ := value.(string)
	return cell.AppendJSONString(text, s)
}
