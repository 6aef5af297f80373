package awssim

import (
	"encoding/json"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// describeAssociationExecutionTargets lists the nodes of an execution.
func describeAssociationExecutionTargets() operation {
	return operation{name: "DescribeAssociationExecutionTargets", parse: parseExecutionTargets}
}

// filterResourceID is the key of the filter that leaves at most one target to
// look at.
const filterResourceID = "ResourceId"

var targetFilters = filterModel{
	list: "Filters", key: "Key", value: "Value", single: true,
	keys: []string{"Status", filterResourceID, "ResourceType"},
}

func parseExecutionTargets(body object) (request, *apiError) {
	const maxResults = 50
	req := request{limit: maxResults}
	var association, execution *string
	for _, err := range []*apiError{
		body.member("AssociationId", &association),
		body.member("ExecutionId", &execution),
	} {
		if err != nil {
			return req, err
		}
	}
	var v validation
	v.requireMatch(association, "associationId", uuidPattern)
	v.requireMatch(execution, "executionId", uuidPattern)
	if err := parsePaging(body, &req, &v, maxResults); err != nil {
		return req, err
	}
	filters, err := targetFilters.parse(&v, body)
	if err != nil {
		return req, err
	}
	for _, f := range filters {
		if f.Key == filterResourceID {
			req.instanceIDs = append(req.instanceIDs, f.Values[0])
		}
	}
	// Strings always encode.
	parameters, _ := json.Marshal([]any{association, execution, filters})
	req.parameters = string(parameters)
	req.answer = func(r *fleet.Region, start, limit int) (reply, *apiError) {
		return answerExecutionTargets(r, *association, *execution, filters, start, limit)
	}
	return req, v.err()
}

func answerExecutionTargets(
	r *fleet.Region, association, execution string, filters []filter, start, limit int,
) (reply, *apiError) {
	a, err := associationByID(r, association)
	if err != nil {
		return reply{}, err
	}
	e, ok := a.ExecutionByID(execution)
	if !ok {
		return reply{}, modelled("AssociationExecutionDoesNotExist")
	}
	first, end := targetsToSearch(e, filters)
	passes := func(t int) bool { return targetPasses(e.Target(t), filters) }
	return newPage("AssociationExecutionTargets", max(start, first), end, limit, passes,
		func(t int) any { return e.Target(t) }), nil
}

// targetsToSearch returns the range of targets to look at: all, or only the
// node named by a filter.
func targetsToSearch(e fleet.Execution, filters []filter) (first, end int) {
	for _, f := range filters {
		if f.Key != filterResourceID {
			continue
		}
		if t, ok := e.TargetPlace(f.Values[0]); ok {
			return t, t + 1
		}
		return 0, 0
	}
	return 0, e.TargetCount()
}

// targetPasses reports whether a target passes all filters.
func targetPasses(t fleet.ExecutionTarget, filters []filter) bool {
	for _, f := range filters {
		member := t.Status
		switch f.Key {
		case filterResourceID:
			member = &t.ResourceID
		case "ResourceType":
			member = t.ResourceType
		}
		if !f.is(member) {
			return false
		}
	}
	return true
}
