package embedded

import (
	"strings"

	"github.com/ncruces/go-sqlite3"
)

// likeOfGlob returns the pattern of PostgreSQL's LIKE that matches what a pattern of
// SQLite's GLOB does, or false if there is none.
func likeOfGlob(pattern sqlite3.Value) (like string, ok bool) {
	if pattern.Type() != sqlite3.TEXT {
		return "", false
	}
	var b strings.Builder
	for _, r := range pattern.Text() {
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
