package engine

import (
	"maps"
	"regexp"
	"slices"
	"sync"
)

// statementStream is the stream of an in-process host that plans statements as the
// plugin expects, such as the embedded engine: its LIMIT is that of the scan, and each
// scan belongs to a statement. Steampipe's LIMIT may be that of an order or of a window
// over the rows; PostgreSQL ends the scan when it has enough rows.
type statementStream interface {
	// OfStatement returns what begin returned for the first scan of the statement.
	// texts are the constants in its text and the values of its parameters.
	OfStatement(begin func(texts []string) any) any
}

// leftOutStream is the stream of a host that compares what conditions leave out with what
// they ask for.
type leftOutStream interface{ LeftOut(column, value string) }

// LeftOutOf returns the function of a host's stream for values that conditions leave out,
// or nil if it has none.
func LeftOutOf(stream any) func(column, value string) {
	if host, ok := stream.(leftOutStream); ok {
		return host.LeftOut
	}
	return nil
}

// Statement is what the scans of an SQL statement share: which nodes exist for it.
//
// AWS answers by ID for nodes that it does not list, such as stopped instances. The rows
// of a statement must not depend on how the host scans a table: by the IDs of a join or
// as a whole. So a table that is read node by node has the rows of the nodes that AWS
// lists, and of those that the text of the statement names.
type Statement struct {
	texts map[string]bool
	named []string // the texts that are IDs of nodes

	mu sync.Mutex
	// seen holds nodes that a scan of the statement found in a listing.
	seen map[place]identities
	all  map[place]*allNodes
	// counted holds what its scans have counted by triage.
	counted identities
}

// place is a region of a connection.
type place struct{ connection, region string }

// allNodes holds the IDs of all nodes that AWS lists in a region, once they are read, and
// AWS's counts of their associations.
type allNodes struct {
	mu  sync.Mutex
	ids map[string]map[string]int32
}

// nodeID matches the IDs of managed nodes.
var nodeID = regexp.MustCompile(`\b(?:i|mi)-\w{8,17}\b|\beks_c:\w+`)

// IsNodeID reports whether a text has the form of the ID of a managed node.
func IsNodeID(text string) bool { return text != "" && nodeID.FindString(text) == text }

// beginStatement returns the state of a statement that holds texts.
func beginStatement(texts []string) any {
	s := &Statement{
		texts: map[string]bool{}, seen: map[place]identities{}, all: map[place]*allNodes{}, counted: identities{},
	}
	for _, text := range texts {
		s.texts[text] = true
		for _, id := range nodeID.FindAllString(text, -1) { // also of a list in a text, such as JSON
			s.texts[id] = true
		}
	}
	for _, text := range slices.Sorted(maps.Keys(s.texts)) {
		if IsNodeID(text) {
			s.named = append(s.named, text)
		}
	}
	return s
}

// StatementOf returns the statement of a host's stream, or nil if the host plans
// statements in its own way.
func StatementOf(stream any) *Statement {
	host, ok := stream.(statementStream)
	if !ok {
		return nil
	}
	s, _ := host.OfStatement(beginStatement).(*Statement)
	return s
}

// Note records a node that AWS listed.
func (s *Statement) Note(at place, id string) {
	if s == nil {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.seen[at] == nil {
		s.seen[at] = identities{}
	}
	s.seen[at].add(id)
}

// countsFirst reports whether a statement counts something for the first time. Without a
// statement, every time is the first.
func (s *Statement) countsFirst(text string) bool {
	if s == nil {
		return true
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.counted.has(text) {
		return false
	}
	s.counted.add(text)
	return true
}

// ListsNode reports whether AWS lists a node in a region. The statement has the region's
// nodes read at most once for that; read returns their counts by ID.
func (s *Statement) ListsNode(
	at place, id string, read func() (map[string]map[string]int32, error),
) (bool, error) {
	s.mu.Lock()
	seen := s.seen[at].has(id)
	s.mu.Unlock()
	if seen {
		return true, nil
	}
	_, listed, err := s.CountsOfNode(at, id, read)
	return listed, err
}

// CountsOfNode does the same, and returns the node's counts.
func (s *Statement) CountsOfNode(
	at place, id string, read func() (map[string]map[string]int32, error),
) (counts map[string]int32, listed bool, err error) {
	s.mu.Lock()
	all := s.all[at]
	if all == nil {
		all = &allNodes{}
		s.all[at] = all
	}
	s.mu.Unlock()
	all.mu.Lock()
	defer all.mu.Unlock()
	if all.ids == nil {
		ids, err := read()
		if err != nil {
			return nil, false, err
		}
		all.ids = ids
	}
	counts, listed = all.ids[id]
	return counts, listed, nil
}

// IsNamed reports whether the statement's text names a node.
func (s *Statement) IsNamed(id string) bool { return s.texts[id] }

// NamedNodes returns the nodes that the statement's text names. A nil statement names none.
func (s *Statement) NamedNodes() []string {
	if s == nil {
		return nil
	}
	return s.named
}
