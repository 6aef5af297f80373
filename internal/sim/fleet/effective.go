package fleet

import "steampipe-plugin-ssmassoc/internal/sim/random"

// EffectiveAssociation is an entry of DescribeEffectiveInstanceAssociations: an
// association that applies to a node. Nil members are omitted. The tags are the
// API's names.
type EffectiveAssociation struct {
	AssociationID      string  `json:"AssociationId"`
	AssociationVersion *string `json:"AssociationVersion,omitzero"`
	Content            *string `json:"Content,omitzero"`
	InstanceID         *string `json:"InstanceId,omitzero"`
	// Reported is whether the node has a row of the association. The API does not
	// return it.
	Reported bool `json:"-"`
}

// EffectiveAssociations returns the associations that apply to the node in
// listing order: those with a row, then those without.
func (n *Node) EffectiveAssociations() []EffectiveAssociation {
	effective := make([]EffectiveAssociation, n.EffectiveCount())
	for j := range effective {
		effective[j] = n.Effective(j)
	}
	return effective
}

// EffectiveCount returns the number of associations that apply to the node.
func (n *Node) EffectiveCount() int { return n.StatusCount() + n.drift() }

// drift returns the number of associations that apply to the node but have no
// row.
func (n *Node) drift() int {
	if n.home.fixedRows != 0 {
		return 0
	}
	switch roleOf(n.index) {
	case roleBare:
		return 2
	case roleOrdinary:
		if s := random.NewStream(n.home.nodeKey(n.index) ^ saltDrift); s.Below(6) == 0 {
			return 1 + s.Below(2)
		}
	}
	return 0
}

// Effective generates effective association j of EffectiveCount. Those of the
// showcase lack each optional member once.
func (n *Node) Effective(j int) EffectiveAssociation {
	k := n.effectiveIndex(j)
	e := EffectiveAssociation{
		AssociationID:      *n.home.catalogue[k].id,
		AssociationVersion: n.home.catalogue[k].version,
		Content:            n.home.document(k).content,
		InstanceID:         new(n.InstanceID),
		Reported:           j < n.StatusCount(),
	}
	if n.home.fixedRows != 0 || roleOf(n.index) != roleShowcase {
		return e
	}
	switch j {
	case 1:
		e.AssociationVersion = nil
	case 2:
		e.Content = nil
	case 3:
		e.InstanceID = nil
	}
	return e
}

// effectiveIndex returns the place in the catalogue of effective association j.
// Ordinary nodes drift by the associations that further rows would be about;
// together with the rows they are fewer than commonAssociations.
func (n *Node) effectiveIndex(j int) int {
	if roleOf(n.index) == roleBare && j == n.drift()-1 && n.home.fixedRows == 0 {
		return neverRun
	}
	return n.associationIndex(j)
}
