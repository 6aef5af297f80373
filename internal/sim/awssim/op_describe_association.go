package awssim

import "steampipe-plugin-ssmassoc/internal/sim/fleet"

// describeAssociation returns everything about an association.
func describeAssociation() operation {
	return operation{
		name:       "DescribeAssociation",
		parse:      parseDescribeAssociation,
		mapMembers: []string{"AssociationStatusAggregatedCount", "Parameters", "TargetMaps"},
	}
}

// associationName is how a request names an association: by its id, or by
// document and node if it was created for a single node.
type associationName struct{ id, document, instanceID, version *string }

func parseDescribeAssociation(body object) (request, *apiError) {
	var req request
	var name associationName
	for _, err := range []*apiError{
		body.member("AssociationId", &name.id),
		body.member("Name", &name.document),
		body.member("InstanceId", &name.instanceID),
		body.member("AssociationVersion", &name.version),
	} {
		if err != nil {
			return req, err
		}
	}
	if name.instanceID != nil {
		req.instanceIDs = []string{*name.instanceID}
	}
	var v validation
	v.match(name.id, "associationId", uuidPattern)
	v.match(name.document, "name", documentPattern)
	v.match(name.instanceID, "instanceId", instanceIDPattern)
	v.match(name.version, "associationVersion", versionPattern)
	if err := v.err(); err != nil {
		return req, err
	}
	if name.id == nil && (name.document == nil || name.instanceID == nil) {
		return req, invalid("AssociationId, or Name and InstanceId, must be specified")
	}
	req.answer = func(r *fleet.Region, _, _ int) (reply, *apiError) {
		a, err := namedAssociation(r, name)
		if err != nil {
			return reply{}, err
		}
		return reply{members: map[string]any{"AssociationDescription": a}}, nil
	}
	return req, nil
}

// namedAssociation returns the association that a request names. Only the
// newest version can be described.
func namedAssociation(r *fleet.Region, name associationName) (fleet.Association, *apiError) {
	a, err := associationByName(r, name)
	if err != nil {
		return a, err
	}
	if v := name.version; v != nil && *v != "$LATEST" && *v != a.LatestVersion() {
		return a, modelled("InvalidAssociationVersion")
	}
	return a, nil
}

func associationByName(r *fleet.Region, name associationName) (fleet.Association, *apiError) {
	if name.id != nil {
		return associationByID(r, *name.id)
	}
	if r.NodeByID(*name.instanceID) == nil {
		return fleet.Association{}, modelled("InvalidInstanceId")
	}
	for k := range r.AssociationCount() {
		a := r.Association(k)
		if a.InstanceID != nil && *a.InstanceID == *name.instanceID && *a.Name == *name.document {
			return a, nil
		}
	}
	return fleet.Association{}, modelled("AssociationDoesNotExist")
}

func associationByID(r *fleet.Region, id string) (fleet.Association, *apiError) {
	a, ok := r.AssociationByID(id)
	if !ok {
		return a, modelled("AssociationDoesNotExist")
	}
	return a, nil
}
