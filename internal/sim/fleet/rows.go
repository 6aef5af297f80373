package fleet

import (
	"time"

	"steampipe-plugin-ssmassoc/internal/sim/random"
)

// epoch is the default moment of a fleet, so that a fleet does not depend on
// the clock.
var epoch = time.Date(2026, time.January, 1, 0, 0, 0, 0, time.UTC)

// history is how far dates go back from the moment of the fleet.
const history = 60 * 24 * time.Hour

// date draws a date within history. Half of the dates are whole seconds; the
// service sends both.
func (r *Region) date(s *random.Stream) Timestamp {
	ago := int64(s.Next() % uint64(history.Milliseconds()))
	ms := int64(r.now) - ago
	if s.Permille(500) {
		return Timestamp(ms - ms%1000)
	}
	return Timestamp(ms)
}

// optionalMembers is the number of members of a row, all optional.
const optionalMembers = 12

// without returns the row without member i.
func (a AssociationStatus) without(i int) AssociationStatus {
	switch i {
	case 0:
		a.AssociationID = nil
	case 1:
		a.AssociationName = nil
	case 2:
		a.AssociationVersion = nil
	case 3:
		a.DetailedStatus = nil
	case 4:
		a.DocumentVersion = nil
	case 5:
		a.ErrorCode = nil
	case 6:
		a.ExecutionDate = nil
	case 7:
		a.ExecutionSummary = nil
	case 8:
		a.InstanceID = nil
	case 9:
		a.Name = nil
	case 10:
		a.OutputURL, a.OutputURLShape = nil, OutputPlain
	case 11:
		a.Status = nil
	}
	return a
}

// Status generates row j of StatusCount. It depends on the node and on j only.
func (n *Node) Status(j int) AssociationStatus {
	r := n.home
	key := random.Keyed(r.nodeKey(n.index)^saltRow, uint64(j))
	s := random.NewStream(key)
	assoc := &r.catalogue[n.associationIndex(j)]
	switch {
	case r.failing > 0:
		return n.ordinaryRow(assoc, s, n.failingOutcome(j))
	case roleOf(n.index) == roleFull:
		return n.completeRow(assoc, s, j)
	case r.fixedRows == 0 && roleOf(n.index) == roleShowcase:
		return n.showcaseRow(assoc, s, j)
	case r.fixedRows == 0 && roleOf(n.index) == roleHundred && j == waiting:
		return n.ordinaryRow(assoc, s, r.words.pending)
	default:
		return n.ordinaryRow(assoc, s, r.words.draw(s))
	}
}

// failingOutcome is the outcome of row j where Options.Failing decides.
func (n *Node) failingOutcome(j int) outcome {
	if j == 0 && random.NewStream(n.home.nodeKey(n.index)^saltFailing).Permille(n.home.failing) {
		return n.home.words.failed
	}
	return n.home.words.success
}

// associationIndex returns the place in the catalogue of the association of row
// j. The rows of a node have distinct associations.
func (n *Node) associationIndex(j int) int {
	if n.home.fixedRows > 0 || roleOf(n.index) != roleOrdinary {
		return j
	}
	s := random.NewStream(n.home.nodeKey(n.index) ^ saltAssociation)
	start, stride := s.Below(commonAssociations), 1+s.Below(commonAssociations-1)
	return (start + j*stride) % commonAssociations
}

func (n *Node) ordinaryRow(assoc *association, s *random.Stream, o outcome) AssociationStatus {
	r := n.home
	a := AssociationStatus{
		AssociationID:      assoc.id,
		AssociationName:    assoc.name,
		AssociationVersion: assoc.version,
		DetailedStatus:     o.detailed,
		DocumentVersion:    assoc.documentVersion,
		InstanceID:         new(n.InstanceID),
		Name:               assoc.document,
		Status:             o.status,
	}
	if o.failed {
		a.ErrorCode = r.words.errorCodes[s.Below(len(r.words.errorCodes))]
	}
	if !o.ran {
		return a
	}
	a.ExecutionDate = new(r.date(s))
	a.ExecutionSummary = o.summary
	switch assoc.output {
	case outputBucket:
		a.OutputURL = new(r.outputURL(urlPath, n.InstanceID, *assoc.id))
	case outputMixed:
		switch p := s.Below(10); {
		case p < 3:
			a.OutputURLShape = OutputInnerEmpty
		case p < 5:
			a.OutputURL = new(r.outputURL(urlHosted, n.InstanceID, *assoc.id))
		default:
			a.OutputURL = new(r.outputURL(urlPath, n.InstanceID, *assoc.id))
		}
	}
	return a
}

// completeRow returns a row with every member. Failures and successes
// alternate, so that the node also has a date of its last success.
func (n *Node) completeRow(assoc *association, s *random.Stream, j int) AssociationStatus {
	r := n.home
	o, code := r.words.failed, r.words.errorCodes[0]
	if j%2 == 1 {
		o, code = r.words.success, r.words.noError
	}
	a := n.ordinaryRow(assoc, s, o)
	a.ErrorCode = code
	if a.AssociationName == nil {
		a.AssociationName = new("association-" + *a.AssociationVersion)
	}
	a.OutputURL, a.OutputURLShape = new(r.outputURL(urlPath, n.InstanceID, *assoc.id)), OutputPlain
	return a
}

// showcaseRow returns one of the odd cases, or an ordinary row after the last
// of them.
func (n *Node) showcaseRow(assoc *association, s *random.Stream, j int) AssociationStatus {
	w := n.home.words
	if j < optionalMembers {
		// The row is a success, with an error code that says so.
		return n.completeRow(assoc, s, 2*j+1).without(j)
	}
	j -= optionalMembers
	if all := w.all(); j < len(all) {
		return n.ordinaryRow(assoc, s, all[j])
	} else {
		j -= len(all)
	}
	if j < len(w.errorCodes) {
		a := n.ordinaryRow(assoc, s, w.failed)
		a.ErrorCode = w.errorCodes[j]
		return a
	}
	j -= len(w.errorCodes)
	if j < int(urlStyles) {
		a := n.ordinaryRow(assoc, s, w.success)
		a.OutputURL = new(n.home.outputURL(urlStyle(j), n.InstanceID, *assoc.id))
		a.OutputURLShape = OutputPlain
		return a
	}
	j -= int(urlStyles)
	if shapes := []OutputURLShape{OutputEmpty, OutputInnerEmpty, OutputInnerNull}; j < len(shapes) {
		a := n.ordinaryRow(assoc, s, w.success)
		a.OutputURL, a.OutputURLShape = nil, shapes[j]
		return a
	}
	return n.ordinaryRow(assoc, s, w.draw(s))
}
