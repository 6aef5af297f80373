package awssim

import "slices"

var complianceFilters = filterModel{
	list: "Filters", key: "Key", value: "Values", maxValues: 20,
	types: []string{typeEqual, typeNotEqual, typeBeginWith, typeLessThan, typeGreaterThan},
}

// parseComplianceFilters decodes the filters of a compliance operation. AWS
// does not document their keys. Keys that are not listed, and comparisons by
// order, are refused with InvalidFilter.
func parseComplianceFilters(v *validation, body object, keys ...string) ([]filter, *apiError) {
	filters, err := complianceFilters.parse(v, body)
	if err != nil {
		return nil, err
	}
	if err := v.err(); err != nil {
		return nil, err
	}
	for _, f := range filters {
		if !slices.Contains(keys, f.Key) || f.Type == typeLessThan || f.Type == typeGreaterThan {
			return nil, modelled("InvalidFilter")
		}
	}
	return filters, nil
}
