package awssim

import (
	"fmt"
	"slices"

	"steampipe-plugin-ssmassoc/internal/sim/fleet"
)

// filterInstanceIDs is the key of the only filter with an index.
const filterInstanceIDs = "InstanceIds"

// filter is a filter of DescribeInstanceInformation, in either of its two
// spellings.
type filter struct {
	Key    string
	Values []string
}

// parseFilters decodes a list of filters and checks them against the model.
func parseFilters(v *validation, list string, raw []object, keyMember, valuesMember string) ([]filter, *apiError) {
	const mostValues = 100
	var filters []filter
	for i, o := range raw {
		var key *string
		var f filter
		if err := o.member(keyMember, &key); err != nil {
			return nil, err
		}
		if err := o.member(valuesMember, &f.Values); err != nil {
			return nil, err
		}
		at := fmt.Sprintf("%s.%d.member.", list, i+1)
		switch {
		case key == nil:
			v.violate(nil, at+"key", "Member must not be null")
		case *key == "":
			v.violate("", at+"key", "Member must have length greater than or equal to 1")
		default:
			f.Key = *key
		}
		switch {
		case f.Values == nil:
			v.violate(nil, at+"values", "Member must not be null")
		case len(f.Values) == 0:
			v.violate(f.Values, at+"values", "Member must have length greater than or equal to 1")
		case len(f.Values) > mostValues:
			v.violate(f.Values, at+"values", fmt.Sprintf("Member must have length less than or equal to %d", mostValues))
		}
		filters = append(filters, f)
	}
	return filters, nil
}

// matcher reports whether a node passes a filter.
type matcher func(*fleet.Node) bool

// newMatchers returns the matchers of the filters, cheap ones first. Tag
// filters are refused like unknown keys: simulated nodes have no tags here.
func newMatchers(filters []filter) ([]matcher, *apiError) {
	var cheap, dear []matcher
	for _, f := range filters {
		values := f.Values
		var member func(fleet.Information) *string
		switch f.Key {
		case filterInstanceIDs:
			continue // see candidates
		case "AssociationStatus":
			dear = append(dear, func(n *fleet.Node) bool {
				status := n.Information().AssociationStatus
				return status != nil && slices.Contains(values, *status)
			})
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
		cheap = append(cheap, func(n *fleet.Node) bool {
			value := member(n.Identity())
			return value != nil && slices.Contains(values, *value)
		})
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
