package embedded

import "strings"

// Operators of PostgreSQL. Its LIKE regards case, as GLOB does in SQLite, whose LIKE
// ignores it.
const (
	likeOperator  = "~~"
	ilikeOperator = "~~*"
)

// patterns hold the functions that return the pattern of an operator for that of the
// corresponding operator of SQLite, or false if there is none.
var patterns = map[string]func(pattern string) (string, bool){
	likeOperator: likeOfGlob,
	// The backslash escapes nothing in SQLite. ILIKE ignores the case of more letters than
	// LIKE; SQLite compares what it lets through.
	ilikeOperator: func(pattern string) (string, bool) { return strings.ReplaceAll(pattern, `\`, `\\`), true },
}

func likeOfGlob(pattern string) (string, bool) {
	var b strings.Builder
	for _, r := range pattern {
		switch r {
		case '[':
			return "", false // a class of characters
		case '*':
			b.WriteByte('%')
		case '?':
			b.WriteByte('_')
		case '%', '_', '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String(), true
}
