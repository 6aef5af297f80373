package awsprofile

import (
	"errors"
	"strings"
)

// Words splits a text into words as Python's shlex.split does, and so as a POSIX shell
// does without expanding anything.
func Words(text string) ([]string, error) {
	var (
		words []string
		word  strings.Builder
		begun bool // even with nothing yet, as in ''
	)
	for i := 0; i < len(text); i++ {
		switch c := text[i]; c {
		case ' ', '\t', '\r', '\n':
			if begun {
				words = append(words, word.String())
				word.Reset()
				begun = false
			}
		case '\'', '"':
			begun = true
			length, err := quoted(&word, text[i+1:], c)
			if err != nil {
				return nil, err
			}
			i += length
		case '\\':
			begun = true
			if i++; i == len(text) {
				return nil, errors.New("nothing follows the last backslash")
			}
			word.WriteByte(text[i])
		default:
			begun = true
			word.WriteByte(c)
		}
	}
	if begun {
		words = append(words, word.String())
	}
	return words, nil
}

// quoted adds what is between quotes to a word and returns its length, with the closing
// quote. Between double quotes, a backslash escapes a double quote and itself.
func quoted(word *strings.Builder, text string, quote byte) (length int, err error) {
	for i := 0; i < len(text); i++ {
		c := text[i]
		if c == quote {
			return i + 1, nil
		}
		if quote == '"' && c == '\\' && i+1 < len(text) && (text[i+1] == '"' || text[i+1] == '\\') {
			i++
			c = text[i]
		}
		word.WriteByte(c)
	}
	return 0, errors.New("a quotation does not end")
}
