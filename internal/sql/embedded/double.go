package embedded

import (
	"math"
	"strconv"
)

// FormatDouble formats a number with as few digits as identify it, and at least one after
// the point as SQLite does, without an exponent unless it is very large or very small.
func FormatDouble(f float64) string { return string(AppendDouble(nil, f)) }

// AppendDouble appends what [FormatDouble] returns.
func AppendDouble(text []byte, f float64) []byte {
	if math.IsInf(f, 1) {
		return append(text, "Inf"...) // without a sign, as SQLite does
	}
	const small, large = 1e-6, 1e21
	format := byte('f')
	if magnitude := math.Abs(f); magnitude != 0 && (magnitude < small || magnitude >= large) {
		format = 'e'
	}
	text = strconv.AppendFloat(text, f, format, -1, 64)
	if format == 'f' && f == math.Trunc(f) && !math.IsInf(f, 0) {
		text = append(text, ".0"...)
	}
	return text
}
