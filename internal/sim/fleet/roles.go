package fleet

import "steampipe-plugin-ssmassoc/internal/sim/random"

// nodeRole is the purpose of a node. It depends only on the node's place in its
// region, so every region of seven nodes has every role.
type nodeRole uint8

const (
	roleFull nodeRole = iota
	roleStopped
	roleShowcase
	roleHybridFifty
	roleBare
	roleHundred
	roleLost
	roleOrdinary
)

// maxRows is the largest number of rows in the varied mix.
const maxRows = 120

func roleOf(i int) nodeRole {
	if i < int(roleOrdinary) {
		return nodeRole(i)
	}
	return roleOrdinary
}

// rows returns the number of rows of a node in the varied mix. Ordinary nodes
// have 1 to 6; about one in thirty has none.
func (r nodeRole) rows(nodeKey uint64) int {
	switch r {
	case roleFull:
		return 2
	case roleStopped:
		return 3
	case roleShowcase:
		return maxRows
	case roleHybridFifty:
		return 50
	case roleBare:
		return 0
	case roleHundred:
		return 100
	case roleLost:
		return 51
	default:
		s := random.NewStream(nodeKey ^ saltRowCount)
		if s.Permille(33) {
			return 0
		}
		return 1 + s.Below(6)
	}
}

// idForm is a form of managed node id.
type idForm uint8

const (
	idModern idForm = iota // i- and 17 digits
	idOld                  // i- and 8 digits, from before 2016
	idHybrid               // mi- and 17 digits, registered by an activation
)

func idFormOf(nodeKey uint64, i int) idForm {
	switch roleOf(i) {
	case roleFull, roleHybridFifty:
		return idHybrid
	case roleBare:
		return idOld
	case roleOrdinary:
		switch p := random.NewStream(nodeKey ^ saltIDForm).Below(100); {
		case p < 10:
			return idHybrid
		case p < 13:
			return idOld
		}
	}
	return idModern
}
