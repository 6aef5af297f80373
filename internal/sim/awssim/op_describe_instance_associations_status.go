package awssim

import "steampipe-plugin-ssmassoc/internal/sim/fleet"

// describeInstanceAssociationsStatus lists the rows of a node.
func describeInstanceAssociationsStatus() operation {
	return operation{
		name: "DescribeInstanceAssociationsStatus",
		parse: ofNode("InstanceAssociationStatusInfos", 50, (*fleet.Node).StatusCount,
			func(n *fleet.Node, i int) any { return n.Status(i) }),
	}
}
