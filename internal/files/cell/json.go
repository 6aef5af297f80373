package cell

import (
	"fmt"
	"unicode/utf8"
)

// escapes are the characters that JSON has short escapes for.
var escapes = map[byte]string{'"': `\"`, '\\': `\\`, '\n': `\n`, '\r': `\r`, '\t': `\t`}

// AppendJSONString appends s as a JSON string. Invalid UTF-8 becomes the replacement
// character.
func AppendJSONString[T string | []byte](text []byte, s T) []byte {
	text = append(text, '"')
	start := 0
	for i := 0; i < len(s); i++ {
		c := s[i]
		if c >= utf8.RuneSelf {
			if r, size := utf8.DecodeRuneInString(string(s[i:min(len(s), i+utf8.UTFMax)])); r != utf8.RuneError || size > 1 {
				i += size - 1
				continue
			}
		} else if c >= ' ' && c != '"' && c != '\\' {
			continue
		}
		text = append(text, s[start:i]...)
		start = i + 1
		switch escape, ok := escapes[c]; {
		case ok:
			text = append(text, escape...)
		case c >= utf8.RuneSelf:
			text = append(text, `\ufffd`...)
		default:
			text = fmt.Appendf(text, `\u%04x`, c)
		}
	}
	return append(append(text, s[start:]...), '"')
}
