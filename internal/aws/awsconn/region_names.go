package awsconn

import (
	"fmt"
	"path"
	"regexp"
	"slices"
	"strings"

	"steampipe-plugin-ssmassoc/internal/aws/awspartition"
)

var (
	// regionName is the form of a region's name, such as us-gov-west-1.
	regionName = regexp.MustCompile(`^[a-z]+(-[a-z]+)+-[0-9]+$`)
	// regionPattern matches patterns of names.
	regionPattern = regexp.MustCompile(`^[a-z0-9*?-]+$`)
)

// CheckRegion returns an error unless a text is a region of some partition of AWS, as far
// as its form tells: a region that is newer than this program passes. A text with * or ?
// stands for several.
func CheckRegion(text string) error {
	switch {
	case isPattern(text) && regionPattern.MatchString(text), awspartition.HasRegion(text):
		return nil
	}
	return fmt.Errorf("%q is not a region of any AWS partition; name one as in us-east-1, or several with "+
		"* and ? as in 'us-*'", text)
}

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
