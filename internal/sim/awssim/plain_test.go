package awssim_test

import (
	"reflect"
	"strings"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// plain converts values of the fleet and of the client library to a comparable
// form: maps by API name, dates in milliseconds. Omitted, empty and false
// values are absent, since the client library does not always distinguish them.
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

// wireName returns the API name of a member of the fleet.
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

// plainEffective returns the plain form of an effective association, without
// Reported, which the API does not return.
func plainEffective(e fleet.EffectiveAssociation) any {
	e.Reported = false
	return plain(e)
}
