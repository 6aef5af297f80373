package awssim

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
	req.answer = func(r *regionFleet, start, limit int) (reply, *apiError) {
		return answerAssociationsStatus(r, *id, start, limit)
	}
	return req, v.err()
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
