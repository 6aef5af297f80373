package ssmassoc

import (
	"context"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin/transform"
)

// columnTransforms is how the SDK makes a column's value.
type columnTransforms = *transform.ColumnTransforms

// from makes a column's transform of a function of what was read for the row.
// The SDK's own transforms find a field by reflection and a regular expression
// for every column of every row, ten times the cost.
func from[Row any](value func(*Row) any) columnTransforms {
	return transform.From(func(ctx context.Context, d *transform.TransformData) (any, error) {
		row, ok := d.HydrateItem.(*Row)
		if !ok {
			return nil, failureOf(ctx, d.HydrateItem)
		}
		return value(row), nil
	})
}

// fromScan makes a column's transform of a function of the scan that read the row.
func fromScan(value func(*scan) any) columnTransforms {
	return transform.From(func(ctx context.Context, d *transform.TransformData) (any, error) {
		row, ok := d.HydrateItem.(scanned)
		if !ok {
			return nil, failureOf(ctx, d.HydrateItem)
		}
		return value(row.readBy()), nil
	})
}

// text is the value of a text column: null where AWS left the member out.
func text(s *string) any { return valueOf(s) }

// timestamp is the value of a timestamptz column: null where AWS left the
// member out.
func timestamp(t *time.Time) any { return valueOf(t) }

// number is the value of a bigint column: null where AWS left the member out.
func number(n *int32) any { return valueOf(n) }

// boolean is the value of a boolean column: null where AWS left the member out.
func boolean(b *bool) any { return valueOf(b) }

func valueOf[T any](p *T) any {
	if p == nil {
		return nil
	}
	return *p
}

// first returns the first of the strings that says anything, or nil.
func first(candidates ...*string) any {
	for _, s := range candidates {
		if s != nil && *s != "" {
			return *s
		}
	}
	return nil
}

// orNull is the value of a text column whose value is never empty, such as one
// of an enumeration: null for "".
func orNull[T ~string](s T) any {
	if s == "" {
		return nil
	}
	return string(s)
}

// object is the value of a JSON column for a structure: null where AWS left the
// member out.
func object[T any](p *T) any {
	if p == nil {
		return nil
	}
	return p
}

// array is the value of a JSON column for a list: null where AWS left the
// member out.
func array[T any](members []T) any {
	if members == nil {
		return nil
	}
	return members
}

// mapping is the value of a JSON column for a map: null where AWS left the
// member out.
func mapping[T any](members map[string]T) any {
	if members == nil {
		return nil
	}
	return members
}
