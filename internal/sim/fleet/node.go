package fleet

import "strings"

// Node is a managed node of a fleet.
type Node struct {
	// InstanceID is i- and 17 or 8 digits, or mi- and 17 digits.
	InstanceID string
	// Region is where the node lives.
	Region string
	// Listed is false for a stopped node: DescribeInstanceInformation omits it,
	// but its rows can be read by its id.
	Listed bool

	index int // its place in the region
	home  *Region
}

// StatusCount returns the number of rows of the node. It is cheap.
func (n *Node) StatusCount() int {
	switch fixed := n.home.fixedRows; {
	case fixed > 0:
		return fixed
	case fixed < 0:
		return 0
	default:
		return roleOf(n.index).rows(n.home.nodeKey(n.index))
	}
}

// Statuses returns the rows of the node in listing order. Each call generates
// them again, with equal values.
func (n *Node) Statuses() []AssociationStatus {
	rows := make([]AssociationStatus, n.StatusCount())
	for j := range rows {
		rows[j] = n.Status(j)
	}
	return rows
}

// Place returns the place of the node in its region.
func (n *Node) Place() int { return n.index }

// Hybrid reports whether the node was registered by an activation.
func (n *Node) Hybrid() bool { return strings.HasPrefix(n.InstanceID, "mi-") }
