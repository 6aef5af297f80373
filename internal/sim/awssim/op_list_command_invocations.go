package awssim

import (
	"encoding/json"
	"fmt"
	"slices"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// listCommandInvocations lists the command invocations of the last 30 days,
// newest first.
func listCommandInvocations() operation {
	return operation{name: "ListCommandInvocations", parse: parseCommandInvocations}
}

const (
	filterInvokedAfter   = "InvokedAfter"
	filterInvokedBefore  = "InvokedBefore"
	filterExecutionStage = "ExecutionStage" // of ListCommands only
	filterStatus         = "Status"
	filterDocumentName   = "DocumentName"
)

var commandFilters = filterModel{
	list: "Filters", key: "key", value: "value", single: true, maxFilters: 5,
	keys: []string{filterInvokedAfter, filterInvokedBefore, filterStatus, filterExecutionStage, filterDocumentName},
}

// invocationStatuses are the valid values of the Status filter.
var invocationStatuses = []string{
	"Pending", "InProgress", "Delayed", "Success", "Cancelled", "Failed", "TimedOut", "AccessDenied", "DeliveryTimedOut",
	"ExecutionTimedOut", "Undeliverable", "InvalidPlatform", "Terminated",
}

// invocationMatcher reports whether an invocation passes a filter.
type invocationMatcher func(fleet.CommandInvocation) bool

// invocationMatchers hold the filters that apply before paging, and those that apply to
// the invocations of a page, which may then be empty and have a successor.
type invocationMatchers struct{ before, after []invocationMatcher }

func passAll(matchers []invocationMatcher, c fleet.CommandInvocation) bool {
	return !slices.ContainsFunc(matchers, func(matches invocationMatcher) bool { return !matches(c) })
}

func parseCommandInvocations(body object) (request, *apiError) {
	const maxResults = 50
	req := request{limit: maxResults}
	var command, instance *string
	var details *bool
	err := body.members(field{"CommandId", &command}, field{"InstanceId", &instance}, field{"Details", &details})
	if err != nil {
		return req, err
	}
	if instance != nil {
		req.instanceIDs = []string{*instance}
	}
	var v validation
	v.match(instance, "instanceId", instanceIDPattern)
	v.match(command, "commandId", commandIDPattern)
	if err := parsePaging(body, &req, &v, maxResults); err != nil {
		return req, err
	}
	filters, err := commandFilters.parse(&v, body)
	if err != nil {
		return req, err
	}
	if err := v.err(); err != nil {
		return req, err
	}
	// Strings and booleans always encode.
	parameters, _ := json.Marshal([]any{command, instance, details, filters})
	req.parameters = string(parameters)
	matchers, err := newInvocationMatchers(filters, instance)
	if err != nil {
		return req, err
	}
	req.answer = func(r *fleet.Region, start, limit int) (reply, *apiError) {
		return answerCommandInvocations(r, command, instance, matchers, details != nil && *details, start, limit)
	}
	return req, nil
}

// commandIDPattern matches ids of the length that the model demands.
var commandIDPattern = newPattern(`.{36}`)

func newInvocationMatchers(filters []filter, instance *string) (invocationMatchers, *apiError) {
	var matchers invocationMatchers
	for _, f := range filters {
		switch f.Key {
		case filterInvokedAfter, filterInvokedBefore:
			at, err := f.date()
			if err != nil {
				return matchers, err
			}
			matchers.before = append(matchers.before, func(c fleet.CommandInvocation) bool {
				order := c.RequestedDateTime.Time().Compare(at)
				return f.Key == filterInvokedAfter && order >= 0 || f.Key == filterInvokedBefore && order < 0
			})
		case filterStatus:
			if !slices.Contains(invocationStatuses, f.Values[0]) {
				return matchers, invalid(fmt.Sprintf("The value '%s' of filter Status is not a status of an invocation",
					f.Values[0]))
			}
			if f.is(new("Pending")) && instance != nil {
				return matchers, invalid("InstanceId cannot be specified with the status Pending")
			}
			matchers.after = append(matchers.after, func(c fleet.CommandInvocation) bool {
				return f.matches(c.Status) || f.is(c.StatusDetails)
			})
		case filterDocumentName:
			matchers.after = append(matchers.after, func(c fleet.CommandInvocation) bool { return f.matches(c.DocumentName) })
		default:
			return matchers, modelled("InvalidFilterKey")
		}
	}
	return matchers, nil
}

func answerCommandInvocations(
	r *fleet.Region, command, instance *string, matchers invocationMatchers, details bool, start, limit int,
) (reply, *apiError) {
	if instance != nil {
		if r.NodeByID(*instance) == nil {
			return reply{}, modelled("InvalidInstanceId")
		}
		matchers.before = append(slices.Clip(matchers.before),
			func(c fleet.CommandInvocation) bool { return c.InstanceID == *instance })
	}
	total, at := r.CommandInvocationCount(), r.CommandInvocation
	if command != nil {
		places, ok := r.InvocationsOfCommand(*command)
		if !ok {
			return reply{}, modelled("InvalidCommandId")
		}
		total, at = len(places), func(i int) fleet.CommandInvocation { return r.CommandInvocation(int(places[i])) }
	}
	if len(matchers.before) > 0 {
		total, at = narrowed(total, at, matchers.before)
	}
	passes := func(i int) bool { return len(matchers.after) == 0 || passAll(matchers.after, at(i)) }
	return newFilteredPage("CommandInvocations", start, total, limit, passes, func(i int) any {
		c := at(i)
		if !details {
			c.CommandPlugins = []fleet.CommandPlugin{}
		}
		return c
	}), nil
}

// narrowed returns the invocations that pass.
func narrowed(
	total int, at func(int) fleet.CommandInvocation, matchers []invocationMatcher,
) (int, func(int) fleet.CommandInvocation) {
	var kept []fleet.CommandInvocation
	for i := range total {
		if c := at(i); passAll(matchers, c) {
			kept = append(kept, c)
		}
	}
	return len(kept), func(i int) fleet.CommandInvocation { return kept[i] }
}
