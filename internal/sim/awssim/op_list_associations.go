package awssim

import (
	"encoding/json"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// listAssociations lists the associations of a region.
func listAssociations() operation {
	return operation{
		name:       "ListAssociations",
		parse:      parseListAssociations,
		mapMembers: []string{"AssociationStatusAggregatedCount", "TargetMaps"},
	}
}

// associationFilters are the supported filters. The model has more keys; they
// are refused.
var associationFilters = filterModel{
	list: "AssociationFilterList", key: "key", value: "value", single: true,
	keys: []string{"InstanceId", "Name", "AssociationId", "AssociationName"},
}

func parseListAssociations(body object) (request, *apiError) {
	const maxResults = 50
	req := request{limit: maxResults}
	var v validation
	if err := parsePaging(body, &req, &v, maxResults); err != nil {
		return req, err
	}
	filters, err := associationFilters.parse(&v, body)
	if err != nil {
		return req, err
	}
	for _, f := range filters {
		if f.Key == "InstanceId" {
			req.instanceIDs = append(req.instanceIDs, f.Values...)
		}
	}
	// Strings always encode.
	parameters, _ := json.Marshal(filters)
	req.parameters = string(parameters)
	req.answer = func(r *fleet.Region, start, limit int) (reply, *apiError) {
		passes := everything
		if len(filters) > 0 {
			passes = func(k int) bool { return associationPasses(r.Association(k), filters) }
		}
		return newPage("Associations", start, r.AssociationCount(), limit, passes,
			func(k int) any { return r.Association(k).ListedAssociation }), nil
	}
	return req, v.err()
}

// associationPasses reports whether an association passes all filters. Filters
// by instance id match only associations created by instance id.
func associationPasses(a fleet.Association, filters []filter) bool {
	for _, f := range filters {
		if !f.is(filtered(a, f.Key)) {
			return false
		}
	}
	return true
}

// filtered returns the member that a filter compares.
func filtered(a fleet.Association, key string) *string {
	switch key {
	case "InstanceId":
		return a.InstanceID
	case "Name":
		return a.Name
	case "AssociationName":
		return a.AssociationName
	default:
		return &a.AssociationID
	}
}
