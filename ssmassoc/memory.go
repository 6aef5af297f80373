package ssmassoc

import (
	"reflect"
	"time"
)

// memoryOf estimates the bytes that an answer of AWS takes: a pointer to a
// struct of the API's types or a slice of them.
func memoryOf(answer any) int {
	size := 0
	walk(reflect.ValueOf(answer), func(v reflect.Value) {
		switch v.Kind() {
		case reflect.String:
			size += v.Len()
		case reflect.Pointer:
			size += int(v.Type().Elem().Size())
		case reflect.Slice:
			size += v.Len() * int(v.Type().Elem().Size())
		case reflect.Map:
			const perEntry = 16
			size += v.Len() * (perEntry + int(v.Type().Key().Size()) + int(v.Type().Elem().Size()))
		default:
		}
	})
	return size
}

var timeType = reflect.TypeFor[time.Time]()

// walk visits a value and what it is made of, as far as it is not nil.
func walk(v reflect.Value, visit func(reflect.Value)) {
	switch v.Kind() {
	case reflect.Pointer:
		if v.IsNil() {
			return
		}
		visit(v)
		walk(v.Elem(), visit)
	case reflect.Struct:
		if v.Type() == timeType {
			return
		}
		for i := range v.NumField() {
			walk(v.Field(i), visit)
		}
	case reflect.Slice:
		visit(v)
		for i := range v.Len() {
			walk(v.Index(i), visit)
		}
	case reflect.Map:
		visit(v)
		for entries := v.MapRange(); entries.Next(); {
			walk(entries.Key(), visit)
			walk(entries.Value(), visit)
		}
	default:
		visit(v)
	}
}
