package awssim

import "encoding/json"

// describeAssociationExecutionTargets lists the nodes that one execution of an
// association ran on.
func describeAssociationExecutionTargets() operation {
	return operation{name: "DescribeAssociationExecutionTargets", parse: parseExecutionTargets}
}

// filterResourceID is the key of the one filter that leaves at most one
// target to look at.
const filterResourceID = "ResourceId"

var targetFilters = valueFilterModel{
	list:  "Filters",
	key:   "Key",
	value: "Value",
	keys:  []string{"Status", filterResourceID, "ResourceType"},
}

func parseExecutionTargets(body object) (request, *apiError) {
	const mostResults = 50
	req := request{limit: mostResults}
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
	if err := parsePaging(body, &req, &v, mostResults); err != nil {
		return req, err
	}
	filters, err := targetFilters.parse(&v, body)
	if err != nil {
		return req, err
	}
	for _, f := range filters {
		if f.Key == filterResourceID {
			req.instanceIDs = append(req.instanceIDs, f.Value)
		}
	}
	// Strings always encode.
	parameters, _ := json.Marshal([]any{association, execution, filters})
	req.parameters = string(parameters)
	req.answer = func(r *regionFleet, start, limit int) (reply, *apiError) {
		return answerExecutionTargets(r, *association, *execution, filters, start, limit)
	}
	return req, v.err()
}

func answerExecutionTargets(r *regionFleet, association, execution string, filters []valueFilter, start, limit int) (reply, *apiError) {
	k, err := r.associationPlace(association)
	if err != nil {
		return reply{}, err
	}
	e, err := r.executionPlace(k, execution)
	if err != nil {
		return reply{}, err
	}
	first, end := r.targetsToSearch(k, filters)
	passes := func(t int) bool { return r.targetPasses(k, e, t, filters) }
	return newPage("AssociationExecutionTargets", max(start, first), end, limit, passes,
		func(t int) item { return r.target(k, e, t) }), nil
}

// executionPlace returns the place of an execution in the history of
// association k.
func (r *regionFleet) executionPlace(k int, id string) (int, *apiError) {
	for e, past := range r.history(k) {
		if past.id == id {
			return e, nil
		}
	}
	return 0, modelled("AssociationExecutionDoesNotExist")
}

// targetsToSearch returns the places of the targets that a request has to look
// at: all, or that of the node which a filter names.
func (r *regionFleet) targetsToSearch(k int, filters []valueFilter) (first, end int) {
	for _, f := range filters {
		if f.Key != filterResourceID {
			continue
		}
		if t, ok := r.targetPlace(k, f.Value); ok {
			return t, t + 1
		}
		return 0, 0
	}
	return 0, len(r.reports(k).runs)
}

// targetPasses tells whether a target passes all filters.
func (r *regionFleet) targetPasses(k, e, t int, filters []valueFilter) bool {
	for _, f := range filters {
		passes := false
		switch f.Key {
		case filterResourceID:
			passes = f.Value == r.nodes[r.reports(k).runs[t].node].InstanceID
		case "ResourceType":
			passes = f.Value == resourceType && r.targetLacks(k, e, t) != lacksType
		default:
			passes = f.is(r.targetStatus(k, e, t))
		}
		if !passes {
			return false
		}
	}
	return true
}
