package fleet

import (
	"strconv"

	"steampipe-plugin-ssmassoc/internal/sim/random"
)

// commonAssociations is the number of associations from which ordinary nodes
// draw theirs. It is prime, so any stride visits each of them before repeating
// one.
const commonAssociations = 13

// association is the part of an association that all of its nodes share.
type association struct {
	id              *string
	name            *string // nil for an association without a name
	version         *string
	document        *string
	documentVersion *string
	output          outputHabit
}

// outputHabit is where an association writes its output.
type outputHabit uint8

const (
	outputNowhere outputHabit = iota
	outputBucket
	outputMixed
)

// newCatalogue generates the associations of a region. Number k depends on the
// region's key and on k only.
func newCatalogue(r *Region, size int) []association {
	catalogue := make([]association, size)
	for k := range catalogue {
		key := r.associationKey(k)
		s := random.NewStream(key)
		document := r.document(k)
		a := association{
			id:              new(random.UUID(key)),
			version:         new(strconv.Itoa(1 + s.Below(9))),
			document:        new(document.name),
			documentVersion: new("1"),
			output:          outputHabit(k % 3),
		}
		if s.Permille(700) {
			a.name = new(document.title + "-" + strconv.Itoa(k))
		}
		if s.Permille(300) {
			a.documentVersion = new("$DEFAULT")
		}
		catalogue[k] = a
	}
	return catalogue
}

func (r *Region) associationKey(k int) uint64 { return random.Keyed(r.key^saltAssociation, uint64(k)) }
