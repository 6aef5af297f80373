package awssim

import "steampipe-plugin-ssmassoc/internal/sim/fleet"

// describeEffectiveInstanceAssociations lists the associations that apply to a
// node.
func describeEffectiveInstanceAssociations() operation {
	return operation{
		name: "DescribeEffectiveInstanceAssociations",
		parse: ofNode("Associations", 5, (*fleet.Node).EffectiveCount,
			func(n *fleet.Node, i int) any { return n.Effective(i) }),
	}
}
