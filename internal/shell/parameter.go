package shell

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"

	"steampipe-plugin-ssmassoc/internal/embedded"
)

var parameterName = regexp.MustCompile(`^[A-Za-z_][A-Za-z0-9_]*$`)

// ParseParameter parses name=value.
func ParseParameter(text string) (name string, value any, err error) {
	name, rest, ok := strings.Cut(text, "=")
	if !ok {
		return "", nil, fmt.Errorf("%q is not of the form name=value", text)
	}
	return ParseParameterValue(strings.TrimPrefix(name, ":"), rest)
}

// ParseParameterValue parses the value of a parameter. A number in SQLite's output form
// is a number; null is NULL; anything else is text. Text may be enclosed in single
// quotes, and must be if it looks like a number or null.
func ParseParameterValue(name, text string) (string, any, error) {
	if !parameterName.MatchString(name) {
		return "", nil, fmt.Errorf("%q is not a valid parameter name; use letters, digits and _", name)
	}
	return name, parameterValue(text), nil
}

func parameterValue(text string) any {
	if strings.EqualFold(text, "null") {
		return nil
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && strconv.FormatInt(n, 10) == text {
		return n
	}
	if f, err := strconv.ParseFloat(text, 64); err == nil && isDecimal.MatchString(text) {
		return f
	}
	if len(text) > 1 && text[0] == '\'' && text[len(text)-1] == '\'' {
		return strings.ReplaceAll(text[1:len(text)-1], "''", "'")
	}
	return text
}

// isDecimal matches numbers with a fraction or an exponent. Others, such as account IDs
// with leading zeros, are text.
var isDecimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// showParameter formats a parameter for .param.
func showParameter(name string, parameters embedded.Parameters) string {
	switch value := parameters[name].(type) {
	case nil:
		return name + " = null"
	case string:
		return fmt.Sprintf("%s = '%s'", name, strings.ReplaceAll(value, "'", "''"))
	default:
		return fmt.Sprintf("%s = %v", name, value)
	}
}
