package awssim

import "steampipe-plugin-ssmassoc/internal/sim/fleet"

// listAssociationVersions lists the versions of one association, newest first.
func listAssociationVersions() operation {
	return operation{
		name:       "ListAssociationVersions",
		parse:      parseAssociationVersions,
		mapMembers: []string{"Parameters", "TargetMaps"},
	}
}

func parseAssociationVersions(body object) (request, *apiError) {
	const maxResults = 50
	req := request{limit: maxResults}
	var v validation
	id, err := parseAssociationPage(body, &req, &v, maxResults)
	if err != nil {
		return req, err
	}
	if err := v.err(); err != nil {
		return req, err
	}
	req.parameters = *id
	req.answer = func(r *fleet.Region, start, limit int) (reply, *apiError) {
		a, err := associationByID(r, *id)
		if err != nil {
			return reply{}, err
		}
		return pageOf("AssociationVersions", a.Versions(), start, limit), nil
	}
	return req, nil
}
