package awssim

import "steampipe-plugin-ssmassoc/internal/awssim/fleet"

// describeInstanceAssociationsStatus lists the rows of one node.
func describeInstanceAssociationsStatus() operation {
	return operation{name: "DescribeInstanceAssociationsStatus", parse: parseAssociationsStatus}
}

func parseAssociationsStatus(body object) (request, *apiError) {
	const mostResults = 50
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
		return newPage("InstanceAssociationStatusInfos", start, node.StatusCount(), limit, everything,
			func(j int) any { return node.Status(j) }), nil
	}
	return req, v.err()
}
