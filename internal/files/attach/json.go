package attach

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// readJSON reads objects, in sequence or in an array. Their keys are the columns;
// nested objects and arrays are JSON.
func readJSON(in input) ([]Table, error) {
	var names []string
	places := map[string]int{}
	var found []*jsonKinds
	held := weight{limits: in.limits}
	err := in.eachObject(func(key string, raw json.RawMessage) error {
		i, ok := places[key]
		if !ok {
			if i = len(names); i > maxColumns {
				return nil // columnsNamed refuses so many
			}
			places[key] = i
			names, found = append(names, key), append(found, &jsonKinds{numbers: kinds{parse: parseNumber}})
		}
		return found[i].see(raw)
	}, func() error { return held.addRow(len(names)) })
	if err != nil {
		return nil, err
	}
	columns, err := columnsNamed(names)
	if err != nil {
		return nil, err
	}
	table := Table{Table: embedded.Table{Name: in.Name, Columns: columns}, valueless: make([]bool, len(columns))}
	for i := range columns {
		columns[i].Kind, table.valueless[i] = found[i].kind(), !found[i].seen()
	}
	table.Rows = func(send func([]any) error) error {
		values := make([]any, len(columns))
		return in.eachObject(func(key string, raw json.RawMessage) error {
			i, ok := places[key]
			if !ok {
				return fmt.Errorf("the file changed while being read: new key %q", key)
			}
			v, err := jsonValue(raw, columns[i].Kind)
			values[i] = v
			return err
		}, func() error {
			defer clear(values)
			return send(values)
		})
	}
	return []Table{table}, nil
}

// eachObject passes each member of each object to member, and calls end after each
// object.
func (in input) eachObject(member func(key string, raw json.RawMessage) error, end func() error) error {
	return in.withText(func(text *bufio.Reader) error {
		// A value may be written with escapes, and so be longer than in the table.
		row := &rowReader{r: text, most: 2 * in.limits.row, err: in.limits.tooLong()}
		row.next()
		err := eachMember(json.NewDecoder(row), member, func() error {
			row.next()
			return end()
		})
		var syntax *json.SyntaxError
		switch {
		case errors.As(err, &syntax):
			return fmt.Errorf("byte %d: %w", syntax.Offset, err)
		case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF): // within an object
			return errors.New("it is cut off")
		}
		return err
	})
}

func eachMember(d *json.Decoder, member func(string, json.RawMessage) error, end func() error) error {
	depth := 0
	for {
		token, err := d.Token()
		switch {
		case errors.Is(err, io.EOF) && depth == 0:
			return nil
		case errors.Is(err, io.EOF):
			return io.ErrUnexpectedEOF
		case err != nil:
			return err
		case token == json.Delim('[') && depth == 0:
			depth++
			continue
		case token == json.Delim(']'):
			depth--
			continue
		case token != json.Delim('{'):
			return fmt.Errorf("byte %d: each row must be an object", d.InputOffset())
		}
		for d.More() {
			key, err := d.Token()
			if err != nil {
				return err
			}
			var raw json.RawMessage
			if err := d.Decode(&raw); err != nil {
				return err
			}
			if !utf8.Valid(raw) {
				return fmt.Errorf("before byte %d: %w", d.InputOffset(), errEncoding)
			}
			if err := member(key.(string), raw); err != nil {
				return err
			}
		}
		if _, err := d.Token(); err != nil { // the end of the object
			return err
		}
		if err := end(); err != nil {
			return err
		}
	}
}

// jsonKinds infers the kind of a column from JSON values.
type jsonKinds struct {
	texts, numbers kinds
	anyText        bool
	anyNumber      bool
	anyBool        bool
	anyNested      bool
}

func (k *jsonKinds) see(raw json.RawMessage) error {
	switch raw[0] {
	case 'n': // null
	case '"':
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return err
		}
		k.anyText = true
		k.texts.see(text)
	case 't', 'f':
		k.anyBool = true
	case '{', '[':
		k.anyNested = true
	default:
		k.anyNumber = true
		k.numbers.see(string(raw))
	}
	return nil
}

// seen reports whether the column has a value.
func (k *jsonKinds) seen() bool { return k.anyText || k.anyNumber || k.anyBool || k.anyNested }

func (k *jsonKinds) kind() embedded.Kind {
	switch {
	case k.anyNested:
		return embedded.JSON
	case k.anyText && !k.anyNumber && !k.anyBool && k.texts.kind() == embedded.Timestamp:
		return embedded.Timestamp
	case k.anyText:
		return embedded.Text
	case k.anyBool && !k.anyNumber:
		return embedded.Bool
	case k.anyNumber && !k.anyBool:
		return k.numbers.kind()
	}
	return embedded.Text
}

// jsonValue converts a JSON value to one of a column's kind.
func jsonValue(raw json.RawMessage, kind embedded.Kind) (any, error) {
	if raw[0] == 'n' {
		return nil, nil
	}
	if kind == embedded.JSON {
		var compact bytes.Buffer
		err := json.Compact(&compact, raw)
		return compact.String(), err
	}
	text := string(raw)
	if raw[0] == '"' {
		if err := json.Unmarshal(raw, &text); err != nil {
			return nil, err
		}
		if kind == embedded.Text {
			return strings.ToValidUTF8(text, "\ufffd"), nil
		}
	}
	if raw[0] != '"' {
		for _, of := range []embedded.Kind{embedded.Int, embedded.Double} {
			if number, ok := parseNumber(text, of); ok && (kind == of || kind == embedded.Number) {
				return number, nil
			}
		}
	}
	return value(text, kind), nil
}
