package awssim

import "steampipe-plugin-ssmassoc/internal/sim/fleet"

// matcher reports whether a node passes a filter.
type matcher func(*fleet.Node) bool

// newMatchers returns the matchers of the filters, cheap ones first. Tag
// filters are refused like unknown keys: simulated nodes have no tags here.
func newMatchers(filters []filter) ([]matcher, *apiError) {
	var cheap, dear []matcher
	for _, f := range filters {
		var member func(fleet.Information) *string
		switch f.Key {
		case filterInstanceIDs:
			continue // see candidates
		case "AssociationStatus":
			dear = append(dear, func(n *fleet.Node) bool { return f.is(n.Information().AssociationStatus) })
			continue
		case "PingStatus":
			member = func(i fleet.Information) *string { return i.PingStatus }
		case "PlatformTypes":
			member = func(i fleet.Information) *string { return i.PlatformType }
		case "ResourceType":
			member = func(i fleet.Information) *string { return i.ResourceType }
		case "AgentVersion":
			member = func(i fleet.Information) *string { return i.AgentVersion }
		case "ActivationIds":
			member = func(i fleet.Information) *string { return i.ActivationID }
		case "IamRole":
			member = func(i fleet.Information) *string { return i.IamRole }
		case "SourceIds":
			member = func(i fleet.Information) *string { return i.SourceID }
		case "SourceTypes":
			member = func(i fleet.Information) *string { return i.SourceType }
		default:
			return nil, modelled("InvalidFilterKey")
		}
		cheap = append(cheap, func(n *fleet.Node) bool { return f.is(member(n.Identity())) })
	}
	return append(cheap, dear...), nil
}

func matchAll(matchers []matcher, n *fleet.Node) bool {
	for _, m := range matchers {
		if !m(n) {
			return false
		}
	}
	return true
}
