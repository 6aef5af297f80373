package awssim

import (
	"encoding/json"
	"slices"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// listComplianceItems lists the compliance items of a node.
func listComplianceItems() operation {
	return operation{name: "ListComplianceItems", parse: parseComplianceItems, mapMembers: []string{"Details"}}
}

func parseComplianceItems(body object) (request, *apiError) {
	const maxResults = 50
	req := request{limit: maxResults}
	var ids, kinds []string
	if err := body.members(field{"ResourceIds", &ids}, field{"ResourceTypes", &kinds}); err != nil {
		return req, err
	}
	req.instanceIDs = ids
	var v validation
	for _, list := range []struct {
		values []string
		member string
		most   int
	}{{ids, "resourceIds", 100}, {kinds, "resourceTypes", 50}} {
		if list.values != nil {
			v.size(list.values, len(list.values), list.member, list.most)
		}
	}
	if err := parsePaging(body, &req, &v, maxResults); err != nil {
		return req, err
	}
	filters, err := parseComplianceFilters(&v, body, "ComplianceType", "Severity", "Status")
	if err != nil {
		return req, err
	}
	if err := onlyManagedInstances(ids, kinds); err != nil {
		return req, err
	}
	// Strings always encode.
	parameters, _ := json.Marshal([]any{ids, kinds, filters})
	req.parameters = string(parameters)
	req.answer = func(r *fleet.Region, start, limit int) (reply, *apiError) {
		var items []fleet.ComplianceItem
		// AWS does not document the answer for an unknown node. An empty list is the
		// answer of its inventory operations.
		if node := r.NodeByID(ids[0]); node != nil {
			items = node.ComplianceItems()
		}
		items = slices.DeleteFunc(items, func(item fleet.ComplianceItem) bool { return !itemPasses(item, filters) })
		return pageOf("ComplianceItems", items, start, limit), nil
	}
	return req, nil
}

// onlyManagedInstances refuses requests for other than one managed node.
func onlyManagedInstances(ids, kinds []string) *apiError {
	for _, kind := range kinds {
		if kind != "ManagedInstance" {
			return modelled("InvalidResourceType")
		}
	}
	if len(ids) != 1 || !instanceIDPattern.re.MatchString(ids[0]) {
		return modelled("InvalidResourceId")
	}
	return nil
}

func itemPasses(item fleet.ComplianceItem, filters []filter) bool {
	for _, f := range filters {
		value := item.ComplianceType
		switch f.Key {
		case "Severity":
			value = item.Severity
		case "Status":
			value = item.Status
		}
		if !f.matches(value) {
			return false
		}
	}
	return true
}
