package awssim

import (
	"encoding/json"
	"slices"
	"strings"
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// describeAutomationExecutions lists the automation executions of the last 30 days,
// newest first.
func describeAutomationExecutions() operation {
	return operation{
		name:       "DescribeAutomationExecutions",
		parse:      parseAutomationExecutions,
		mapMembers: []string{"Outputs", "TargetMaps"},
	}
}

var automationFilters = filterModel{
	list: "Filters", key: "Key", value: "Values", maxFilters: 10, maxValues: 10,
	keys: []string{
		"DocumentNamePrefix", "ExecutionStatus", "ExecutionId", "ParentExecutionId", "CurrentAction", "StartTimeBefore",
		"StartTimeAfter", "AutomationType", "TagKey", "TargetResourceGroup", "AutomationSubtype", "OpsItemId",
	},
}

// automationMatcher reports whether an execution passes a filter.
type automationMatcher func(fleet.AutomationExecution) bool

func parseAutomationExecutions(body object) (request, *apiError) {
	const maxResults = 50
	req := request{limit: maxResults}
	var v validation
	if err := parsePaging(body, &req, &v, maxResults); err != nil {
		return req, err
	}
	filters, err := automationFilters.parse(&v, body)
	if err != nil {
		return req, err
	}
	if err := v.err(); err != nil {
		return req, err
	}
	// Strings always encode.
	parameters, _ := json.Marshal(filters)
	req.parameters = string(parameters)
	var matchers []automationMatcher
	for _, f := range filters {
		matches, err := newAutomationMatcher(f)
		if err != nil {
			return req, err
		}
		matchers = append(matchers, matches)
	}
	req.answer = func(r *fleet.Region, start, limit int) (reply, *apiError) {
		all := r.AutomationExecutions()
		passes := func(i int) bool {
			return !slices.ContainsFunc(matchers, func(matches automationMatcher) bool { return !matches(all[i]) })
		}
		at := func(i int) any { return all[i] }
		return newPage("AutomationExecutionMetadataList", start, len(all), limit, passes, at), nil
	}
	return req, nil
}

// newAutomationMatcher returns the matcher of a filter. Keys about tags, groups
// and change requests are refused: simulated automations have none.
func newAutomationMatcher(f filter) (automationMatcher, *apiError) {
	switch f.Key {
	case "DocumentNamePrefix":
		return func(a fleet.AutomationExecution) bool {
			return slices.ContainsFunc(f.Values, func(prefix string) bool { return strings.HasPrefix(a.DocumentName, prefix) })
		}, nil
	case "StartTimeBefore", "StartTimeAfter":
		at, err := time.Parse(time.RFC3339, f.Values[0])
		if err != nil || len(f.Values) > 1 {
			return nil, modelled("InvalidFilterValue")
		}
		return func(a fleet.AutomationExecution) bool {
			order := a.ExecutionStartTime.Time().Compare(at)
			return f.Key == "StartTimeAfter" && order >= 0 || f.Key == "StartTimeBefore" && order <= 0
		}, nil
	}
	member, known := map[string]func(fleet.AutomationExecution) *string{
		"ExecutionStatus":   func(a fleet.AutomationExecution) *string { return &a.AutomationExecutionStatus },
		"ExecutionId":       func(a fleet.AutomationExecution) *string { return &a.AutomationExecutionID },
		"ParentExecutionId": func(a fleet.AutomationExecution) *string { return a.ParentAutomationExecutionID },
		"CurrentAction":     func(a fleet.AutomationExecution) *string { return a.CurrentAction },
		"AutomationType":    func(a fleet.AutomationExecution) *string { return a.AutomationType },
	}[f.Key]
	if !known {
		return nil, modelled("InvalidFilterKey")
	}
	return func(a fleet.AutomationExecution) bool {
		return f.is(member(a))
	}, nil
}
