package engine

import (
	"regexp"
	"strings"
)

// like reports whether a value matches a pattern of SQL's LIKE, in which % and _ are
// wildcards and the backslash is the escape character. flags are those of package
// regexp.
func like(value, pattern, flags string) bool {
	var expression strings.Builder
	expression.WriteString("(?s" + flags + ")^")
	escaped := false
	for _, r := range pattern {
		switch {
		case escaped:
			expression.WriteString(regexp.QuoteMeta(string(r)))
			escaped = false
		case r == '\\':
			escaped = true
		case r == '%':
			expression.WriteString(".*")
		case r == '_':
			expression.WriteString(".")
		default:
			expression.WriteString(regexp.QuoteMeta(string(r)))
		}
	}
	expression.WriteString("$")
	matched, err := regexp.MatchString(expression.String(), value)
	return err == nil && matched
}

// prefixOf returns what all values begin with that match a pattern of LIKE. exact is set
// if every value that begins with it matches.
func prefixOf(pattern string) (prefix string, exact bool) {
	var b strings.Builder
	escaped := false
	for i, r := range pattern {
		switch {
		case escaped:
			escaped = false
		case r == '\\':
			escaped = true
			continue
		case r == '%' || r == '_':
			return b.String(), strings.Trim(pattern[i:], "%") == ""
		}
		b.WriteRune(r)
	}
	return b.String(), false
}
