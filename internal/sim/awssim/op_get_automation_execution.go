package awssim

import "steampipe-plugin-ssmassoc/internal/sim/fleet"

// getAutomationExecution returns one automation execution with its steps.
func getAutomationExecution() operation {
	return operation{
		name:       "GetAutomationExecution",
		parse:      parseAutomationExecution,
		mapMembers: []string{"Inputs", "Outputs", "TargetMaps", "Details"},
	}
}

// describedAutomation is an automation execution with its steps.
type describedAutomation struct {
	fleet.AutomationExecution
	// LogFile is a member of a listing only.
	LogFile                 *string               `json:"LogFile,omitzero"`
	StepExecutions          []fleet.StepExecution `json:"StepExecutions"`
	StepExecutionsTruncated bool                  `json:"StepExecutionsTruncated"`
}

func parseAutomationExecution(body object) (request, *apiError) {
	var req request
	var id *string
	if err := body.member("AutomationExecutionId", &id); err != nil {
		return req, err
	}
	var v validation
	v.requireMatch(id, "automationExecutionId", commandIDPattern)
	if err := v.err(); err != nil {
		return req, err
	}
	req.answer = func(r *fleet.Region, _, _ int) (reply, *apiError) {
		a, ok := r.AutomationExecutionByID(*id)
		if !ok {
			return reply{}, modelled("AutomationExecutionNotFoundException")
		}
		described := describedAutomation{AutomationExecution: a, StepExecutions: a.Steps()}
		if described.StepExecutions == nil {
			described.StepExecutions = []fleet.StepExecution{}
		}
		return reply{members: map[string]any{"AutomationExecution": described}}, nil
	}
	return req, nil
}
