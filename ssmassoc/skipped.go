package ssmassoc

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"steampipe-plugin-ssmassoc/internal/awsconn"
)

// skip is something that had no rows because of an error.
type skip struct {
	kind string // "region", "node", "association" ...
	name string // of a region; "" for what is only counted
	code string
}

// skips counts skipped regions, nodes, associations and executions.
type skips struct {
	mu     sync.Mutex
	counts map[skip]int
}

func (s *skips) add(kind, name string, err error) {
	code := awsconn.Code(err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[skip{kind, name, cmp.Or(code, "error")}]++
}

// String lists what was skipped: "" where nothing was.
func (s *skips) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()

	type group struct{ kind, code string }
	regions := map[group][]string{} // by code
	others := map[group]int{}
	for one, n := range s.counts {
		if one.name != "" {
			regions[group{one.kind, one.code}] = append(regions[group{one.kind, one.code}], one.name)
		} else {
			others[group{one.kind, one.code}] += n
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
