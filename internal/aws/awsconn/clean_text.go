package awsconn

import (
	"strings"
	"unicode/utf8"
)

// cleanText returns s as a text that PostgreSQL and gRPC accept, and reports whether it
// was one already. PostgreSQL does not accept NUL in texts and JSON, nor gRPC and JSON
// invalid UTF-8: both become U+FFFD, the replacement character. For clean text, which is
// all that AWS sends, it looks at each byte and allocates nothing.
func cleanText(s string) (clean string, unchanged bool) {
	if strings.IndexByte(s, 0) < 0 && utf8.ValidString(s) {
		return s, true
	}
	return strings.ReplaceAll(strings.ToValidUTF8(s, "\uFFFD"), "\x00", "\uFFFD"), false
}
