package awssim

// describeAssociation tells all there is about one association.
func describeAssociation() operation {
	return operation{
		name:       "DescribeAssociation",
		parse:      parseDescribeAssociation,
		mapMembers: []string{"AssociationStatusAggregatedCount", "Parameters", "TargetMaps"},
	}
}

// associationName is how a request names an association: by its id, or by
// document and node where it was created for one node.
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
	req.answer = func(r *regionFleet, _, _ int) (reply, *apiError) {
		k, err := r.namedAssociation(name)
		if err != nil {
			return reply{}, err
		}
		return reply{members: map[string]any{"AssociationDescription": r.association(k)}}, nil
	}
	return req, nil
}

// namedAssociation returns the place of the association that a request names.
// Only the newest version of an association is kept.
func (r *regionFleet) namedAssociation(name associationName) (int, *apiError) {
	k, err := r.placeByName(name)
	if err != nil {
		return 0, err
	}
	if v := name.version; v != nil && *v != "$LATEST" && *v != *r.catalogue[k].version {
		return 0, modelled("InvalidAssociationVersion")
	}
	return k, nil
}

func (r *regionFleet) placeByName(name associationName) (int, *apiError) {
	if name.id != nil {
		return r.associationPlace(*name.id)
	}
	node := r.node(*name.instanceID)
	if node == nil {
		return 0, modelled("InvalidInstanceId")
	}
	for k := range r.associationCount() {
		if r.legacyInstance(k) == node && *r.catalogue[k].document == *name.document {
			return k, nil
		}
	}
	return 0, modelled("AssociationDoesNotExist")
}
