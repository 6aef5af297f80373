package termtext

import (
	"io"
	"slices"
	"unicode/utf8"
)

// Stream makes text safe for a terminal as [Writer] does, wherever writes split it. End
// it with Flush.
type Stream struct {
	W io.Writer

	rest []byte // the beginning of a character
}

func (s *Stream) Write(text []byte) (int, error) {
	all := slices.Concat(s.rest, text)
	n := len(all) - partial(all)
	s.rest = append([]byte(nil), all[n:]...)
	if _, err := (Writer{s.W}).Write(all[:n]); err != nil {
		return 0, err
	}
	return len(text), nil
}

// Flush writes the beginning of a character that never ended.
func (s *Stream) Flush() error {
	rest := s.rest
	s.rest = nil
	_, err := Writer{s.W}.Write(rest)
	return err
}

// partial returns the length of the beginning of a character, or of CR LF, that a text
// ends with.
func partial(text []byte) int {
	if len(text) > 0 && text[len(text)-1] == '\r' {
		return 1
	}
	for n := 1; n < utf8.UTFMax && n <= len(text); n++ {
		if b := text[len(text)-n]; utf8.RuneStart(b) {
			if b >= utf8.RuneSelf && !utf8.FullRune(text[len(text)-n:]) {
				return n
			}
			return 0
		}
	}
	return 0
}
