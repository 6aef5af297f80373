package awssim_test

import (
	"reflect"
	"strings"
	"time"

	"steampipe-plugin-ssmassoc/internal/awssim/fleet"
)

// plain turns a value of the fleet, or of the client library, into a form in
// which the two can be compared: maps by the names on the wire, dates in
// milliseconds. What is left out, empty or false is in neither, since the
// client library can not always tell these apart.
func plain(v any) any { return plainValue(reflect.ValueOf(v)) }

func plainValue(v reflect.Value) any {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return nil
		}
		return plainValue(v.Elem())
	case reflect.Struct:
		if date, ok := v.Interface().(time.Time); ok {
			return date.UnixMilli()
		}
		return plainStruct(v)
	case reflect.Map:
		return plainMap(v)
	case reflect.Slice:
		var list []any
		for i := range v.Len() {
			list = append(list, plainValue(v.Index(i)))
		}
		return list
	case reflect.String:
		return v.String()
	case reflect.Int, reflect.Int32, reflect.Int64:
		return v.Int()
	case reflect.Bool:
		return v.Bool()
	default:
		panic("no plain form of " + v.Type().String())
	}
}

func plainStruct(v reflect.Value) map[string]any {
	plain := make(map[string]any)
	for _, field := range reflect.VisibleFields(v.Type()) {
		if !field.IsExported() || field.Anonymous {
			continue
		}
		value := v.FieldByIndex(field.Index)
		if value.Kind() == reflect.Pointer && !value.IsNil() {
			value = value.Elem()
		}
		if shown := plainValue(value); !value.IsZero() && !empty(shown) {
			plain[wireName(field.Name)] = shown
		}
	}
	return plain
}

func plainMap(v reflect.Value) map[string]any {
	plain := make(map[string]any)
	for _, key := range v.MapKeys() {
		plain[key.String()] = plainValue(v.MapIndex(key))
	}
	return plain
}

func empty(v any) bool {
	switch v := v.(type) {
	case map[string]any:
		return len(v) == 0
	case []any:
		return len(v) == 0
	default:
		return false
	}
}

// wireName is the name on the wire of a member of the fleet's.
func wireName(name string) string {
	if name == "Counts" {
		return "AssociationStatusAggregatedCount"
	}
	for suffix, onTheWire := range map[string]string{"ID": "Id", "URL": "Url", "ARN": "Arn"} {
		if before, ok := strings.CutSuffix(name, suffix); ok {
			return before + onTheWire
		}
	}
	return name
}

// plainEffective is the plain form of an effective association. Whether the
// node has reported it is not on the wire.
func plainEffective(e fleet.EffectiveAssociation) any {
	e.Reported = false
	return plain(e)
}
