package engine

import (
	"slices"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
	"github.com/turbot/steampipe-plugin-sdk/v5/plugin/quals"
)

// Hints are the values that a query asks for in columns that are not key columns. The
// host applies the conditions itself; a table may read less because of them. Unlike a key
// column, a hint does not let a host push its LIMIT down, or plan a join by the column.
type Hints map[string][]string

// ReadHints returns the equalities with texts on columns among the conditions of a query.
// Steampipe's foreign data wrapper sends the conditions on all columns. A shape with more
// than one meaning, or with a value that is not known yet, is not a hint; see [Conditions].
func ReadHints(byColumn map[string]*proto.Quals, columns []string) Hints {
	hints := Hints{}
	for _, column := range columns {
		for _, q := range byColumn[column].GetQuals() {
			if q.GetStringValue() != quals.QualOperatorEqual || q.Value == nil {
				continue
			}
			if texts, ok := flattenTexts(q.Value); ok {
				hints.narrow(column, texts)
			}
		}
	}
	return hints
}

// narrow adds a condition that allows values.
func (h Hints) narrow(column string, values []string) {
	if before, given := h[column]; given {
		values = slices.DeleteFunc(values, func(v string) bool { return !slices.Contains(before, v) })
	}
	h[column] = values
}

// flattenTexts is flatten for texts.
func flattenTexts(value *proto.QualValue) ([]string, bool) {
	values, known := flatten(value)
	var texts []string
	for _, v := range values {
		text, ok := v.Value.(*proto.QualValue_StringValue)
		if !ok {
			return nil, false
		}
		texts = append(texts, text.StringValue)
	}
	return texts, known
}
