package awssim

import "steampipe-plugin-ssmassoc/internal/sim/fleet"

// ofNode returns the parser of an operation that lists the count items of the
// node named by InstanceId.
func ofNode(
	list string, maxResults int, count func(*fleet.Node) int, at func(n *fleet.Node, i int) any,
) func(object) (request, *apiError) {
	return func(body object) (request, *apiError) {
		req := request{limit: maxResults}
		var id *string
		if err := body.member("InstanceId", &id); err != nil {
			return req, err
		}
		var v validation
		v.requireMatch(id, "instanceId", instanceIDPattern)
		if err := parsePaging(body, &req, &v, maxResults); err != nil {
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
			return newPage(list, start, count(node), limit, everything, func(i int) any { return at(node, i) }), nil
		}
		return req, v.err()
	}
}
