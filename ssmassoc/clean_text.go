package ssmassoc

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"github.com/turbot/steampipe-plugin-sdk/v5/grpc/proto"
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

// cleanColumn makes the text and the JSON of a column's value clean, and returns
// whether they were so.
func cleanColumn(c *proto.Column) (unchanged bool) {
	switch v := c.GetValue().(type) {
	case *proto.Column_StringValue:
		v.StringValue, unchanged = cleanText(v.StringValue)
		return unchanged
	case *proto.Column_JsonValue:
		// JSON has no invalid UTF-8, and writes NUL as an escape.
		if escaped := []byte(`\u0000`); bytes.Contains(v.JsonValue, escaped) {
			v.JsonValue = bytes.ReplaceAll(v.JsonValue, escaped, []byte(`\ufffd`))
			return false
		}
	}
	return true
}
