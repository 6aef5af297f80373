package engine

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/hashicorp/go-hclog"

	"steampipe-plugin-ssmassoc/internal/aws/awsconn"
)

// Skip names things of one kind in a region of a connection that had no rows because of
// errors with the same code.
type Skip struct {
	Connection string
	Region     string // by name
	Kind       string // "region", "node", "association" ...
	Code       string // of the error, such as InvalidInstanceId; "error" if it has none
}

// skippedRegion is the kind of a region whose listing was skipped.
const skippedRegion = "region"

// Skips counts skipped regions, nodes, associations and executions.
type Skips struct {
	mu     sync.Mutex
	counts map[Skip]int
	first  error
}

// NewSkips returns an empty count.
func NewSkips() *Skips { return &Skips{counts: map[Skip]int{}} }

// UnaddressableError is the error of a listed thing that AWS has no way to be asked about.
type UnaddressableError struct{ Thing string }

func (e *UnaddressableError) Error() string {
	return e.Thing + " has no ID by which AWS could be asked about it"
}

// add counts a skip because of an error, whose code it sets.
func (s *Skips) add(one Skip, err error) {
	one.Code = cmp.Or(awsconn.Code(err), "error")
	if errors.As(err, new(*UnaddressableError)) {
		one.Code = "without an ID"
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[one]++
	if s.first == nil {
		s.first = err
	}
}

// Log logs the skips of a query, if any, in one line: a region or a fleet that the
// credentials may not read would fill the log otherwise.
func (s *Skips) Log(logger hclog.Logger, table string) {
	if skipped := s.String(); skipped != "" {
		logger.Warn("some things had no rows because of errors", "table", table, "skipped", skipped, "first error", s.first)
	}
}

// All returns how often each thing was skipped.
func (s *Skips) All() map[Skip]int {
	s.mu.Lock()
	defer s.mu.Unlock()
	return maps.Clone(s.counts)
}

// String lists the skips, or returns "" if there are none.
func (s *Skips) String() string {
	type group struct{ kind, code string }
	regions := map[group][]string{} // by code
	others := map[group]int{}
	for one, n := range s.All() {
		g := group{one.Kind, one.Code}
		switch {
		case one.Kind != skippedRegion:
			others[g] += n
		case !slices.Contains(regions[g], one.Region):
			regions[g] = append(regions[g], one.Region)
		}
	}
	var parts []string
	byName := func(a, b group) int { return cmp.Or(cmp.Compare(a.code, b.code), cmp.Compare(a.kind, b.kind)) }
	for _, g := range slices.SortedFunc(maps.Keys(regions), byName) {
		names := regions[g]
		slices.Sort(names)
		parts = append(parts, fmt.Sprintf("%s %s (%s)", strings.Join(names, ", "), g.code, plural(len(names), g.kind)))
	}
	for _, g := range slices.SortedFunc(maps.Keys(others), byName) {
		parts = append(parts, fmt.Sprintf("%s %s", plural(others[g], g.kind), g.code))
	}
	return strings.Join(parts, "; ")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
