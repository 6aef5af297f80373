package awsconn

import (
	"strings"
	"unicode/utf8"
)

// cleanText returns a text that PostgreSQL and gRPC take, and whether s was one
// already. PostgreSQL has no NUL in its text and JSON, and gRPC, as JSON, no
// invalid UTF-8: both become U+FFFD, the replacement character, as invalid UTF-8
// does in JSON by its rules. For clean text, which is all that AWS sends, it
// looks at each byte and allocates nothing.
func cleanText(s string) (clean string, unchanged bool) {
	if strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) {
		return s, true
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD"), false
}
