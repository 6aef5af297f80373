package awssim

import (
	"encoding/json"
	"slices"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// describeAutomationStepExecutions lists the steps of an automation execution.
func describeAutomationStepExecutions() operation {
	return operation{
		name: "DescribeAutomationStepExecutions", parse: parseAutomationSteps,
		mapMembers: []string{"Inputs", "Outputs", "Details"},
	}
}

var stepFilters = filterModel{
	list: "Filters", key: "Key", value: "Values", maxFilters: 6, maxValues: 10,
	keys: []string{
		"StartTimeBefore", "StartTimeAfter", "StepExecutionStatus", "StepExecutionId", "StepName", "Action",
		"ParentStepExecutionId", "ParentStepIteration", "ParentStepIteratorValue",
	},
}

func parseAutomationSteps(body object) (request, *apiError) {
	const maxResults = 50
	req := request{limit: maxResults}
	var id *string
	if err := body.member("AutomationExecutionId", &id); err != nil {
		return req, err
	}
	var v validation
	v.requireMatch(id, "automationExecutionId", commandIDPattern)
	if err := parsePaging(body, &req, &v, maxResults); err != nil {
		return req, err
	}
	filters, err := stepFilters.parse(&v, body)
	if err != nil {
		return req, err
	}
	if err := v.err(); err != nil {
		return req, err
	}
	// Strings always encode.
	parameters, _ := json.Marshal([]any{id, filters})
	req.parameters = string(parameters)
	req.answer = func(r *fleet.Region, start, limit int) (reply, *apiError) {
		a, ok := r.AutomationExecutionByID(*id)
		if !ok {
			return reply{}, modelled("AutomationExecutionNotFoundException")
		}
		steps := slices.Clone(a.Steps())
		for _, f := range filters {
			member, known := map[string]func(fleet.StepExecution) string{
				"StepExecutionStatus": func(s fleet.StepExecution) string { return s.StepStatus },
				"StepExecutionId":     func(s fleet.StepExecution) string { return s.StepExecutionID },
				"StepName":            func(s fleet.StepExecution) string { return s.StepName },
				"Action":              func(s fleet.StepExecution) string { return s.Action },
			}[f.Key]
			if !known {
				return reply{}, modelled("InvalidFilterKey")
			}
			steps = slices.DeleteFunc(steps, func(s fleet.StepExecution) bool { return !f.matches(member(s)) })
		}
		return pageOf("StepExecutions", steps, start, limit), nil
	}
	return req, nil
}
