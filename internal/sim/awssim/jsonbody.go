package awssim

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// object is a decoded JSON request body. Members are matched by their exact
// name; encoding/json would ignore case, which the service does not.
type object map[string]json.RawMessage

func parseObject(body []byte) (object, *apiError) {
	var o object
	if err := json.Unmarshal(body, &o); err != nil || o == nil {
		return nil, common("SerializationException", "Start of structure or map found where not expected.")
	}
	return o, nil
}

// member decodes a member into a pointer. It does nothing if the member is
// absent or null.
func (o object) member(name string, into any) *apiError {
	raw, ok := o[name]
	if !ok {
		return nil
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return common("SerializationException", fmt.Sprintf("%s cannot be converted to the type of the member", name))
	}
	return nil
}

// field is a member and its destination.
type field struct {
	name string
	into any
}

// members decodes several members.
func (o object) members(fields ...field) *apiError {
	for _, f := range fields {
		if err := o.member(f.name, f.into); err != nil {
			return err
		}
	}
	return nil
}

// addUnknownMembers returns a JSON document with an unknown member in each
// object, except in those that the model defines as maps, where it would be
// data.
func addUnknownMembers(doc []byte, maps []string) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber() // to keep the spelling of dates
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, fmt.Errorf("decode own answer: %w", err)
	}
	skip := make(map[string]bool, len(maps))
	for _, name := range maps {
		skip[name] = true
	}
	widen(v, skip)
	wide, err := json.Marshal(v)
	if err != nil {
		return nil, fmt.Errorf("encode own answer: %w", err)
	}
	return wide, nil
}

func widen(v any, skip map[string]bool) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			widen(item, skip)
		}
	case map[string]any:
		for name, member := range v {
			if !skip[name] {
				widen(member, skip)
			}
		}
		v["AddedLater"] = map[string]any{"Kind": "unknown", "Values": []any{json.Number("1"), nil, true}}
	}
}
