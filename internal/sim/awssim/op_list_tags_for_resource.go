package awssim

import "steampipe-plugin-ssmassoc/internal/sim/fleet"

// listTagsForResource lists the tags of an association or a hybrid node.
func listTagsForResource() operation {
	return operation{name: "ListTagsForResource", parse: parseTagsForResource}
}

// taggedTypes are the types of resources that the model knows to have tags.
var taggedTypes = []string{
	"Document", "ManagedInstance", "MaintenanceWindow", "Parameter", "PatchBaseline", "OpsItem", "OpsMetadata",
	"Automation", "Association", "CloudConnector",
}

func parseTagsForResource(body object) (request, *apiError) {
	var req request
	var id, kind *string
	if err := body.members(field{"ResourceId", &id}, field{"ResourceType", &kind}); err != nil {
		return req, err
	}
	var v validation
	v.notEmpty(id, "resourceId")
	v.oneOf(kind, "resourceType", taggedTypes)
	if err := v.err(); err != nil {
		return req, err
	}
	req.instanceIDs = []string{*id}
	req.answer = func(r *fleet.Region, _, _ int) (reply, *apiError) {
		tags, ok := tagsOf(r, *kind, *id)
		if !ok {
			return reply{}, modelled("InvalidResourceId")
		}
		if tags == nil {
			tags = []fleet.Tag{}
		}
		return reply{members: map[string]any{"TagList": tags}}, nil
	}
	return req, nil
}

// tagsOf returns the tags of a resource, or false if the region has no such
// resource. Tags of EC2 instances belong to EC2 and are not found here.
func tagsOf(r *fleet.Region, kind, id string) ([]fleet.Tag, bool) {
	switch kind {
	case "Association":
		a, ok := r.AssociationByID(id)
		if !ok {
			return nil, false
		}
		return a.Tags(), true
	case "ManagedInstance":
		node := r.NodeByID(id)
		if node == nil || !node.Hybrid() {
			return nil, false
		}
		return node.Tags(), true
	default:
		return nil, false
	}
}
