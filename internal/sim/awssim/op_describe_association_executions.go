package awssim

import (
	"encoding/json"
	"fmt"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// describeAssociationExecutions lists the executions of an association, newest
// first.
func describeAssociationExecutions() operation {
	return operation{name: "DescribeAssociationExecutions", parse: parseAssociationExecutions}
}

const filterCreatedTime = "CreatedTime"

var executionFilters = filterModel{
	list: "Filters", key: "Key", value: "Value", single: true,
	types: []string{typeEqual, typeLessThan, typeGreaterThan},
	keys:  []string{"ExecutionId", "Status", filterCreatedTime},
}

func parseAssociationExecutions(body object) (request, *apiError) {
	const maxResults = 50
	req := request{limit: maxResults}
	var v validation
	id, err := parseAssociationPage(body, &req, &v, maxResults)
	if err != nil {
		return req, err
	}
	filters, err := executionFilters.parse(&v, body)
	if err != nil {
		return req, err
	}
	// Strings always encode.
	parameters, _ := json.Marshal([]any{id, filters})
	req.parameters = string(parameters)
	if err := v.err(); err != nil {
		return req, err
	}
	matchers, err := newExecutionMatchers(filters)
	if err != nil {
		return req, err
	}
	req.answer = func(r *fleet.Region, start, limit int) (reply, *apiError) {
		return answerExecutions(r, *id, matchers, start, limit)
	}
	return req, nil
}

func answerExecutions(r *fleet.Region, id string, matchers []executionMatcher, start, limit int) (reply, *apiError) {
	a, err := associationByID(r, id)
	if err != nil {
		return reply{}, err
	}
	passes := func(e int) bool {
		x := a.Execution(e)
		for _, matches := range matchers {
			if !matches(x) {
				return false
			}
		}
		return true
	}
	return newPage("AssociationExecutions", start, a.ExecutionCount(), limit, passes,
		func(e int) any { return a.Execution(e) }), nil
}

// executionMatcher reports whether an execution passes a filter.
type executionMatcher func(fleet.Execution) bool

func newExecutionMatchers(filters []filter) ([]executionMatcher, *apiError) {
	var matchers []executionMatcher
	for _, f := range filters {
		if f.Key == filterCreatedTime {
			at, err := f.date()
			if err != nil {
				return nil, err
			}
			matchers = append(matchers, func(x fleet.Execution) bool { return f.compare(x.CreatedTime, at) })
			continue
		}
		if f.Type != typeEqual {
			return nil, invalid(fmt.Sprintf("The type '%s' is not supported for filter %s", f.Type, f.Key))
		}
		matchers = append(matchers, func(x fleet.Execution) bool {
			if f.Key == "Status" {
				return f.is(x.Status)
			}
			return f.is(&x.ExecutionID)
		})
	}
	return matchers, nil
}

// compare reports whether an optional date is on the side of another date that
// the filter asks for.
func (f filter) compare(date *fleet.Timestamp, with time.Time) bool {
	if date == nil {
		return false
	}
	switch order := date.Time().Compare(with); f.Type {
	case typeLessThan:
		return order < 0
	case typeGreaterThan:
		return order > 0
	default:
		return order == 0
	}
}
