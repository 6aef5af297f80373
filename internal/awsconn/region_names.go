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
	// regionPattern is what a pattern of names is made of.
	regionPattern = regexp.MustCompile(`^[a-z0-9*?-]+$`)
)

// isRegion reports whether a name has the form of a region's.
func isRegion(name string) bool { return regionName.MatchString(name) }

// isPattern reports whether a name stands for several regions.
func isPattern(name string) bool { return strings.ContainsAny(name, "*?") }

// matchesAny tells whether any of the patterns matches a region's name.
func matchesAny(patterns []string, name string) bool {
	return slices.ContainsFunc(patterns, func(pattern string) bool {
		matched, _ := path.Match(pattern, name) // of letters, digits, - * and ?: no error
		return matched
	})
}

// mainRegion returns the main region of the partition that a region, or a
// pattern of regions, is plainly of; "" for the most common partition, and for a
// pattern that does not tell.
func mainRegion(name string) string {
	for _, partition := range []struct{ prefix, main string }{
		{"cn", "cn-northwest-1"},
		{"us-gov", "us-gov-west-1"},
		{"us-isob", "us-isob-east-1"},
		{"us-iso", "us-iso-east-1"},
	} {
		if strings.HasPrefix(name, partition.prefix) {
			return partition.main
		}
	}
	return ""
}
