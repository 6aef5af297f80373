package awssim

import (
	"encoding/json"
	"slices"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// describeInstanceInformation lists the nodes of a region, stopped ones
// excepted. A call costs as much as the nodes it looks at: those of an
// unfiltered page, or those of an InstanceIds filter; with other filters, all
// from the start of the page until it is full.
func describeInstanceInformation(opts Options) operation {
	return operation{
		name: "DescribeInstanceInformation",
		parse: func(body object) (request, *apiError) {
			return parseInstanceInformation(body, opts.OmitsUnknownIDs)
		},
		mapMembers: []string{"InstanceAssociationStatusAggregatedCount"},
	}
}

// filterInstanceIDs is the key of the only filter with an index.
const filterInstanceIDs = "InstanceIds"

// Filters have two spellings.
var (
	nodeFilters    = filterModel{list: "Filters", key: "Key", value: "Values", maxValues: 100}
	oldNodeFilters = filterModel{list: "InstanceInformationFilterList", key: "key", value: "valueSet", maxValues: 100}
)

func parseInstanceInformation(body object, omits bool) (request, *apiError) {
	const leastResults, defaultResults, maxResults = 5, 10, 50
	req := request{limit: defaultResults}
	var limit *int
	if err := body.members(field{"MaxResults", &limit}, field{"NextToken", &req.token}); err != nil {
		return req, err
	}
	var v validation
	filters, err := nodeFilters.parse(&v, body)
	if err != nil {
		return req, err
	}
	old, err := oldNodeFilters.parse(&v, body)
	if err != nil {
		return req, err
	}
	v.between(limit, "maxResults", leastResults, maxResults)
	if limit != nil {
		req.limit = *limit
	}
	both := len(filters) > 0 && len(old) > 0
	filters = append(filters, old...)
	for _, f := range filters {
		if f.Key == filterInstanceIDs {
			req.instanceIDs = append(req.instanceIDs, f.Values...)
		}
	}
	// Strings and lists of strings always encode.
	parameters, _ := json.Marshal(filters)
	req.parameters = string(parameters)
	if err := v.err(); err != nil {
		return req, err
	}
	if both {
		return req, invalid("Filters and InstanceInformationFilterList cannot be used together")
	}
	matchers, err := newMatchers(filters)
	if err != nil {
		return req, err
	}
	req.answer = func(r *fleet.Region, start, limit int) (reply, *apiError) {
		return answerInstanceInformation(r, filters, omits, matchers, start, limit)
	}
	return req, nil
}

func answerInstanceInformation(
	r *fleet.Region, filters []filter, omits bool, matchers []matcher, start, limit int,
) (reply, *apiError) {
	at, total, err := candidates(r, filters, omits)
	if err != nil {
		return reply{}, err
	}
	passes := func(i int) bool { return at(i).Listed && matchAll(matchers, at(i)) }
	return newPage("InstanceInformationList", start, total, limit, passes,
		func(i int) any { return at(i).Information() }), nil
}

// candidates returns the nodes to look at, in listing order: those named by
// InstanceIds filters, or all. An unknown id is an error unless it is to be omitted.
func candidates(r *fleet.Region, filters []filter, omits bool) (at func(i int) *fleet.Node, total int, err *apiError) {
	named, chosen := false, []int(nil)
	for _, f := range filters {
		if f.Key != filterInstanceIDs {
			continue
		}
		var places []int
		for _, id := range f.Values {
			node := r.NodeByID(id)
			if node == nil && omits {
				continue
			}
			if node == nil {
				return nil, 0, modelled("InvalidInstanceId")
			}
			places = append(places, node.Place())
		}
		if named {
			chosen = slices.DeleteFunc(chosen, func(i int) bool { return !slices.Contains(places, i) })
		} else {
			named, chosen = true, places
		}
	}
	if !named {
		return r.Node, r.NodeCount(), nil
	}
	slices.Sort(chosen)
	chosen = slices.Compact(chosen)
	return func(i int) *fleet.Node { return r.Node(chosen[i]) }, len(chosen), nil
}
