package embedded

import (
	"math"
	"strconv"
)

// FormatDouble formats a number with as few digits as identify it, without an exponent
// unless it is very large or very small.
func FormatDouble(f float64) string { return string(AppendDouble(nil, f)) }

// AppendDouble appends what [FormatDouble] returns.
func AppendDouble(text []byte, f float64) []byte {
	const small, large = 1e-6, 1e21
	format := byte('f')
	if magnitude := math.Abs(f); magnitude != 0 && (magnitude < small || magnitude >= large) {
		format = 'e'
	}
	return strconv.AppendFloat(text, f, format, -1, 64)
}
