package awssim

import (
	"encoding/json"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// listResourceComplianceSummaries sums up the compliance of all nodes of a region,
// by type.
func listResourceComplianceSummaries() operation {
	return operation{name: "ListResourceComplianceSummaries", parse: parseComplianceSummaries}
}

func parseComplianceSummaries(body object) (request, *apiError) {
	const maxResults = 50
	req := request{limit: maxResults}
	var v validation
	if err := parsePaging(body, &req, &v, maxResults); err != nil {
		return req, err
	}
	filters, err := parseComplianceFilters(&v, body,
		"ComplianceType", "OverallSeverity", "ResourceId", "ResourceType", "Status")
	if err != nil {
		return req, err
	}
	// Strings always encode.
	parameters, _ := json.Marshal(filters)
	req.parameters = string(parameters)
	req.answer = func(r *fleet.Region, start, limit int) (reply, *apiError) {
		return answerComplianceSummaries(r, filters, start, limit), nil
	}
	return req, nil
}

// maxTypes bounds the number of summaries of a node. Summary i of node n is at
// place n*maxTypes+i, so that a page costs as much as its nodes.
const maxTypes = 4

func answerComplianceSummaries(r *fleet.Region, filters []filter, start, limit int) reply {
	node, summaries := -1, []fleet.ResourceComplianceSummary(nil)
	of := func(place int) []fleet.ResourceComplianceSummary {
		if at := place / maxTypes; at != node {
			node, summaries = at, r.Node(at).ComplianceSummaries()
		}
		return summaries
	}
	passes := func(place int) bool {
		all, i := of(place), place%maxTypes
		return i < len(all) && summaryPasses(all[i], filters)
	}
	return newPage("ResourceComplianceSummaryItems", start, r.NodeCount()*maxTypes, limit, passes,
		func(place int) any { return of(place)[place%maxTypes] })
}

func summaryPasses(s fleet.ResourceComplianceSummary, filters []filter) bool {
	for _, f := range filters {
		value := s.ComplianceType
		switch f.Key {
		case "OverallSeverity":
			value = s.OverallSeverity
		case "ResourceId":
			value = s.ResourceID
		case "ResourceType":
			value = s.ResourceType
		case "Status":
			value = s.Status
		}
		if !f.matches(value) {
			return false
		}
	}
	return true
}
