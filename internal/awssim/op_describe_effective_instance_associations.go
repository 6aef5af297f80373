package awssim

import "steampipe-plugin-ssmassoc/internal/awssim/fleet"

// describeEffectiveInstanceAssociations lists the associations that apply to
// one node.
func describeEffectiveInstanceAssociations() operation {
	return operation{name: "DescribeEffectiveInstanceAssociations", parse: parseEffectiveAssociations}
}

func parseEffectiveAssociations(body object) (request, *apiError) {
	const mostResults = 5
	req := request{limit: mostResults}
	var id *string
	if err := body.member("InstanceId", &id); err != nil {
		return req, err
	}
	var v validation
	v.requireMatch(id, "instanceId", instanceIDPattern)
	if err := parsePaging(body, &req, &v, mostResults); err != nil {
		return req, err
	}
	if id != nil {
		req.instanceIDs, req.parameters = []string{*id}, *id
	}
	req.answer = func(r *fleet.Region, start, limit int) (reply, *apiError) {
		node := r.NodeByID(*id)
		if node == nil {
			return reply{}, modelled("InvalidInstanceId")
		}
		return newPage("Associations", start, node.EffectiveCount(), limit, everything,
			func(j int) any { return node.Effective(j) }), nil
	}
	return req, v.err()
}
