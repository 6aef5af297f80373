package shell

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
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

// ParseParameterValue parses the value of a parameter. A number is one only if it prints
// as the same text: 8.10 and 1e5 may be a version and a name. null is NULL; anything else
// is text. Text may be enclosed in single quotes, and must be if it looks like a number
// or null.
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
	if f, err := strconv.ParseFloat(text, 64); err == nil && prints(f, text) {
		return f
	}
	if len(text) > 1 && text[0] == '\'' && text[len(text)-1] == '\'' {
		return strings.ReplaceAll(text[1:len(text)-1], "''", "'")
	}
	return text
}

// prints reports whether SQLite prints a number as the text: with a fraction, at most 13
// digits, and no exponent. Of more digits, and of smaller numbers, SQLite prints 17 digits
// of which the last are not those of the text.
func prints(f float64, text string) bool {
	const digits, small, large = 13, 1e-2, 1e13
	magnitude := math.Abs(f)
	return strings.Contains(text, ".") && small <= magnitude && magnitude < large &&
		strconv.FormatFloat(f, 'g', digits, 64) == strconv.FormatFloat(f, 'g', -1, 64) &&
		embedded.FormatDouble(f) == text
}

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
