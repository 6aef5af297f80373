package attach

import (
	"math"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// kinds infers the kind of a column from its values.
type kinds struct {
	// parse converts a text to a value of a kind; nil for that of fields.
	parse func(text string, kind embedded.Kind) (any, bool)

	seen     bool
	not      [embedded.Number + 1]bool // kinds ruled out by a value
	spelling string                    // of true and false
}

// layouts are the accepted timestamp layouts; without a zone, times are UTC.
var layouts = []string{
	time.RFC3339Nano, "2006-01-02 15:04:05.999999999Z07:00", "2006-01-02T15:04:05", time.DateTime, time.DateOnly,
}

// candidates are the possible kinds of texts, the narrowest first.
var candidates = []embedded.Kind{embedded.Int, embedded.Double, embedded.Number, embedded.Bool, embedded.Timestamp}

// see takes a value of the column into account. An empty value fits any kind.
func (k *kinds) see(text string) {
	if text == "" {
		return
	}
	parse := k.parse
	if parse == nil {
		parse = parseField
	}
	k.seen = true
	for _, kind := range candidates {
		if !k.not[kind] {
			_, ok := parse(text, kind)
			k.not[kind] = !ok || kind == embedded.Bool && !k.spelled(text)
		}
	}
}

// spelled reports whether a column writes its Booleans as text does. Of a column with
// true and True nobody knows whether they are the same.
func (k *kinds) spelled(boolean string) bool {
	spelling := map[byte]string{'t': "true", 'f': "true", 'T': "True", 'F': "True"}[boolean[0]]
	if boolean == strings.ToUpper(boolean) {
		spelling = "TRUE"
	}
	if k.spelling == "" {
		k.spelling = spelling
	}
	return k.spelling == spelling
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

// parseField converts a field of a text file to a value of a kind. A field is a number
// only if the number prints as the same text: 8.10 and 8.1 may be two versions, and 007,
// 1E5 and 12345678901234567890 are likely to be identifiers. A timestamp keeps its text.
func parseField(text string, kind embedded.Kind) (any, bool) {
	switch kind {
	case embedded.Int:
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil && strconv.FormatInt(n, 10) == text
	case embedded.Double:
		f, err := strconv.ParseFloat(text, 64)
		return f, err == nil && decimal.MatchString(text) && embedded.FormatDouble(f) == text
	case embedded.Number:
		if n, ok := parseField(text, embedded.Int); ok && exact(n.(int64)) {
			return n, true
		}
		// 5.0 would be the integer 5, and in another row that may be another version.
		f, ok := parseField(text, embedded.Double)
		return f, ok && f.(float64) != math.Trunc(f.(float64))
	case embedded.Bool:
		return text == "true" || text == "TRUE" || text == "True", boolean.MatchString(text)
	case embedded.Timestamp:
		return text, slices.ContainsFunc(layouts, func(layout string) bool {
			_, err := time.Parse(layout, text)
			return err == nil
		})
	}
	return text, true
}

// parseNumber converts a number of JSON to a value of a kind. Its text carries no
// meaning, but its digits do.
func parseNumber(text string, kind embedded.Kind) (any, bool) {
	switch kind {
	case embedded.Int:
		n, err := strconv.ParseInt(text, 10, 64)
		return n, err == nil
	case embedded.Double:
		f, err := strconv.ParseFloat(text, 64)
		return f, err == nil && keepsDigits(text, f)
	}
	return text, kind == embedded.Text
}

// decimal matches conventionally written numbers, and no minus zero, whose sign a
// database does not keep.
var decimal = regexp.MustCompile(`^(0|0\.0|-?0\.0*[1-9][0-9]*|-?[1-9][0-9]*(\.[0-9]+)?)([eE][+-]?[0-9]+)?$`)

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
	if fraction && embedded.FormatDouble(double) == text { // the fewest digits that identify it
		return true
	}
	return strconv.FormatFloat(math.Trunc(double), 'f', 0, 64) == whole
}

// exact reports whether a double holds an integer.
func exact(n int64) bool {
	double := float64(n)
	return double < math.MaxInt64 && int64(double) == n
}

var boolean = regexp.MustCompile(`^(true|false|TRUE|FALSE|True|False)$`)

// value converts a column's text to a value. An empty text is null.
func value(text string, kind embedded.Kind) any {
	if text == "" {
		return nil
	}
	v, ok := parseField(text, kind)
	if !ok {
		return text // the file has changed since its kinds were inferred
	}
	return v
}
