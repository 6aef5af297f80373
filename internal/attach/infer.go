package attach

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"time"

	"steampipe-plugin-ssmassoc/internal/embedded"
)

// kinds infers the kind of a column from its values.
type kinds struct {
	seen bool
	not  [embedded.Double + 1]bool // kinds ruled out by a value
}

// layouts are the accepted timestamp layouts; without a zone, times are UTC.
var layouts = []string{
	time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05", time.DateTime, time.DateOnly,
}

// candidates are the possible kinds of texts, the narrowest first.
var candidates = []embedded.Kind{embedded.Int, embedded.Double, embedded.Bool, embedded.Timestamp}

// see takes a value of the column into account. An empty value fits any kind.
func (k *kinds) see(text string) {
	if text == "" {
		return
	}
	k.seen = true
	for _, kind := range candidates {
		if !k.not[kind] {
			_, ok := parse(text, kind)
			k.not[kind] = !ok
		}
	}
}

// kind returns the narrowest kind that fits all values.
func (k *kinds) kind() embedded.Kind {
	for _, kind := range candidates {
		if k.seen && !k.not[kind] {
			return kind
		}
	}
	return embedded.Text
}

// decimal matches conventionally written numbers. Others, such as account IDs with
// leading zeros, are text.
var decimal = regexp.MustCompile(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?$`)

// parse converts a text to a value of a kind.
func parse(text string, kind embedded.Kind) (any, bool) {
	switch kind {
	case embedded.Int:
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil && decimal.MatchString(text)
	case embedded.Double:
		f, err := strconv.ParseFloat(text, 64)
		return f, err == nil && decimal.MatchString(text) && keepsDigits(text, f)
	case embedded.Bool:
		return text == "true" || text == "TRUE" || text == "True", boolean.MatchString(text)
	case embedded.Timestamp:
		for _, layout := range layouts {
			if t, err := time.Parse(layout, text); err == nil {
				return timestamp(t), true
			}
		}
		return nil, false
	}
	return text, true
}

// keepsDigits reports whether a double has all digits of a number before its point.
// Integers that it rounds, and those beyond 64 bits, are likely to be identifiers.
func keepsDigits(text string, double float64) bool {
	if strings.ContainsAny(text, "eE") {
		return true
	}
	const everyInteger = 1 << 53 // doubles hold every integer below
	if math.Abs(double) < everyInteger {
		return true
	}
	whole, _, fraction := strings.Cut(text, ".")
	if _, err := strconv.ParseInt(text, 10, 64); err != nil && !fraction {
		return false
	}
	return strconv.FormatFloat(math.Trunc(double), 'f', 0, 64) == whole
}

// exact reports whether a double holds an integer.
func exact(n int64) bool {
	double := float64(n)
	return double < math.MaxInt64 && int64(double) == n
}

var boolean = regexp.MustCompile(`^(true|false|TRUE|FALSE|True|False)$`)

// timestamp formats a time as the plugin's tables do.
func timestamp(t time.Time) string { return t.UTC().Format(time.RFC3339Nano) }

// value converts a column's text to a value. An empty text is null.
func value(text string, kind embedded.Kind) any {
	if text == "" {
		return nil
	}
	v, ok := parse(text, kind)
	if !ok {
		return text // the file has changed since its kinds were inferred
	}
	return v
}
