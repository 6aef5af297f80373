package awsconn

import (
	"path"
	"regexp"
	"slices"
	"strings"
)

var (
	// regionName is the form of a region's name, such as us-gov-west-1.
	regionName = regexp.MustCompile(`^[a-z]+(-[a-z]+)+-[0-9]+$`)
	// regionPattern matches patterns of names.
	regionPattern = regexp.MustCompile(`^[a-z0-9*?-]+$`)
)

// isRegion reports whether a text has the form of a region's name.
func isRegion(name string) bool { return regionName.MatchString(name) }

// isPattern reports whether a text stands for any number of regions.
func isPattern(name string) bool { return strings.ContainsAny(name, "*?") }

// matchesAny reports whether any of the patterns matches a name.
func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		matched, _ := path.Match(pattern, name) // letters, digits, - * and ? make no bad pattern
		return matched
	})
}
