package awssim

import "regexp"

// instanceIDPattern is the constraint on InstanceId in the service model.
const instanceIDPattern = `(^i-(\w{8}|\w{17})$)|(^mi-\w{17}$)`

// describeInstanceAssociationsStatus lists the rows of one node.
func describeInstanceAssociationsStatus() operation {
	const mostResults = 50
	pattern := regexp.MustCompile(instanceIDPattern)
	parse := func(body object) (request, *apiError) {
		req := request{limit: mostResults}
		var id *string
		var limit *int
		for _, err := range []*apiError{
			body.member("InstanceId", &id),
			body.member("NextToken", &req.token),
			body.member("MaxResults", &limit),
		} {
			if err != nil {
				return req, err
			}
		}
		var v validation
		switch {
		case id == nil:
			v.violate(nil, "instanceId", "Member must not be null")
		case !pattern.MatchString(*id):
			v.violate(*id, "instanceId", "Member must satisfy regular expression pattern: "+instanceIDPattern)
		}
		v.between(limit, "maxResults", 1, mostResults)
		if id != nil {
			req.instanceIDs, req.parameters = []string{*id}, *id
		}
		if limit != nil {
			req.limit = *limit
		}
		if err := v.err(); err != nil {
			return req, err
		}
		req.answer = func(r *regionFleet, start, limit int) (reply, *apiError) {
			return answerAssociationsStatus(r, *id, start, limit)
		}
		return req, nil
	}
	return operation{name: "DescribeInstanceAssociationsStatus", parse: parse}
}

func answerAssociationsStatus(r *regionFleet, id string, start, limit int) (reply, *apiError) {
	node := r.node(id)
	if node == nil {
		return reply{}, modelled("InvalidInstanceId")
	}
	total := node.StatusCount()
	end := min(start+limit, total)
	p := reply{list: "InstanceAssociationStatusInfos", next: end, more: end < total}
	for _, row := range node.statusRange(start, end) {
		p.items = append(p.items, row)
	}
	return p, nil
}
