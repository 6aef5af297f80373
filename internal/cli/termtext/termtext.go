// Package termtext makes untrusted text safe for a terminal.
package termtext

import (
	"fmt"
	"io"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Visible returns s in a form safe for a terminal: characters that a terminal would
// obey, or not show at all, are escaped as in a Go string. Names, messages and values
// come from AWS and its users, and must not move the cursor, set the clipboard or
// reverse the order of the text after them.
//
// Line breaks and tabs remain; CR LF becomes a line break.
func Visible(s string) string {
	if strings.IndexFunc(s, hidden) < 0 && utf8.ValidString(s) {
		return s
	}
	var size length
	WriteVisible(&size, s)
	var b strings.Builder
	b.Grow(int(size))
	WriteVisible(&b, s)
	return b.String()
}

// length counts the bytes written to it.
type length int

func (n *length) WriteString(s string) (int, error) {
	*n += length(len(s))
	return len(s), nil
}

// WriteVisible writes s in the form that [Visible] returns. It leaves errors to w to
// report.
func WriteVisible(w io.StringWriter, s string) {
	start := 0
	for i, r := range s {
		size := utf8.RuneLen(r)
		escaped := ""
		switch {
		case r == utf8.RuneError && !strings.HasPrefix(s[i:], string(utf8.RuneError)):
			escaped, size = fmt.Sprintf(`\x%02x`, s[i]), 1
		case !hidden(r):
			continue
		case strings.HasPrefix(s[i:], "\r\n"):
		case r < utf8.RuneSelf:
			escaped = fmt.Sprintf(`\x%02x`, r)
		case r <= 0xffff:
			escaped = fmt.Sprintf(`\u%04x`, r)
		default:
			escaped = fmt.Sprintf(`\U%08x`, r)
		}
		_, _ = w.WriteString(s[start:i])
		_, _ = w.WriteString(escaped)
		start = i + size
	}
	_, _ = w.WriteString(s[start:])
}

// hidden reports whether a terminal may obey a character or show nothing for it:
// control characters (C0, DEL, C1), line and paragraph separators, and format
// characters such as those that set the direction of text. Joiners of letters and
// emoji, and the marks that precede Arabic numbers, are not hidden.
func hidden(r rune) bool {
	const nonJoiner, joiner = '\u200c', '\u200d'
	switch {
	case r == '\n' || r == '\t':
		return false
	case r < utf8.RuneSelf:
		return r < ' ' || r == '\x7f'
	case r == nonJoiner || r == joiner:
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp) &&
		!unicode.Is(unicode.Prepended_Concatenation_Mark, r)
}

// Writer makes text safe for a terminal. Each write must be complete text: a character
// split over two writes is escaped.
type Writer struct{ W io.Writer }

func (v Writer) Write(text []byte) (int, error) {
	if _, err := io.WriteString(v.W, Visible(string(text))); err != nil {
		return 0, err
	}
	return len(text), nil
}

// The characters kept of a long message: its beginning names the failure, its end often
// the remedy.
const (
	messageHead = 1500
	messageTail = 500
)

// Message returns a message for a terminal, shortened if it is very long. It indents
// further lines so that none of them can pass for a message of this program.
func Message(s string) string {
	if n := utf8.RuneCountInString(s); n > messageHead+messageTail {
		s = fmt.Sprintf("%s [%d characters left out] %s",
			firstRunes(s, messageHead), n-messageHead-messageTail, lastRunes(s, messageTail))
	}
	return strings.ReplaceAll(s, "\n", "\n  ")
}

func firstRunes(s string, n int) string {
	for i := range s {
		if n--; n < 0 {
			return s[:i]
		}
	}
	return s
}

func lastRunes(s string, n int) string {
	end := len(s)
	for ; n > 0 && end > 0; n-- {
		_, size := utf8.DecodeLastRuneInString(s[:end])
		end -= size
	}
	return s[end:]
}
