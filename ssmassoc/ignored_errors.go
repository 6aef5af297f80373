package ssmassoc

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"sync"
)

// ignoredErrors are the errors of AWS that a connection's arguments turn into
// no rows (ignore_error_codes, ignore_error_messages). None is by default.
type ignoredErrors struct {
	codes    []string // with * and ? as wildcards
	messages []*regexp.Regexp
}

func newIgnoredErrors(config connectionConfig) ignoredErrors {
	ignored := ignoredErrors{codes: config.IgnoreErrorCodes}
	for _, expression := range config.IgnoreErrorMessages {
		ignored.messages = append(ignored.messages, regexp.MustCompile(expression)) // validated
	}
	return ignored
}

// match tells whether the error is to be ignored.
func (i ignoredErrors) match(err error) bool {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return false
	}
	if code, _ := apiError(err); code != "" && matchesAny(i.codes, code) {
		return true
	}
	return slices.ContainsFunc(i.messages, func(message *regexp.Regexp) bool { return message.MatchString(err.Error()) })
}

// skip is something that has no rows because of an error.
type skip struct {
	region string // "" where a node was skipped
	code   string
}

// skips counts what was skipped.
type skips struct {
	mu     sync.Mutex
	counts map[skip]int
}

func (s *skips) add(region string, err error) {
	code, _ := apiError(err)
	s.mu.Lock()
	defer s.mu.Unlock()
	s.counts[skip{region, cmp.Or(code, "error")}]++
}

// Skipped says what had no rows because of an error: regions and nodes whose
// errors a connection is told to ignore, and nodes that AWS listed and then did
// not know. It returns "" where there was nothing. As in
//
//	eu-south-2 AccessDeniedException (1 region); 3 nodes InvalidInstanceId
func (s *Server) Skipped() string {
	skips := s.service.skips
	skips.mu.Lock()
	defer skips.mu.Unlock()

	regions := map[string][]string{} // by code
	nodes := map[string]int{}
	for one, n := range skips.counts {
		if one.region == "" {
			nodes[one.code] += n
		} else {
			regions[one.code] = append(regions[one.code], one.region)
		}
	}
	var parts []string
	for _, code := range slices.Sorted(maps.Keys(regions)) {
		names := regions[code]
		slices.Sort(names)
		parts = append(parts, fmt.Sprintf("%s %s (%s)", strings.Join(names, ", "), code, plural(len(names), "region")))
	}
	for _, code := range slices.Sorted(maps.Keys(nodes)) {
		parts = append(parts, fmt.Sprintf("%s %s", plural(nodes[code], "node"), code))
	}
	return strings.Join(parts, "; ")
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
