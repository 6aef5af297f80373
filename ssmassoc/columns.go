package ssmassoc

import (
	"context"
	"time"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin/transform"
)

// columnTransforms is how the SDK makes a column's value.
type columnTransforms = *transform.ColumnTransforms

// from makes a column's transform of a function of the row. The SDK's own
// transforms find a field by reflection and a regular expression for every
// column of every row, ten times the cost.
func from[Row any](value func(*Row) any) columnTransforms {
	return transform.From(func(_ context.Context, d *transform.TransformData) (any, error) {
		return value(d.HydrateItem.(*Row)), nil
	})
}

// text is the value of a text column: null where AWS left the member out.
func text(s *string) any {
	if s == nil {
		return nil
	}
	return *s
}

// timestamp is the value of a timestamptz column: null where AWS left the
// member out.
func timestamp(t *time.Time) any {
	if t == nil {
		return nil
	}
	return *t
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

// orNull is the value of a text column whose value is never empty: null for "".
func orNull(s string) any {
	if s == "" {
		return nil
	}
	return s
}
