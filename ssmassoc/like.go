package ssmassoc

import (
	"regexp"
	"strings"
)

// like reports whether a value matches a pattern of SQL's LIKE, whose wildcards
// are % and _ and whose escape character is the backslash.
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
