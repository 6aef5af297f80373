package termtext_test

import (
	"strings"
	"testing"

	"steampipe-plugin-ssmassoc/internal/cli/termtext"
)

// A text written in parts, split anywhere, is the text that a single write makes.
func TestStreamsSplitAnywhere(t *testing.T) {
	for _, text := range []string{
		"", "plain\n", "\x1b[2J", "é節🎉", "a\r\nb\r", "\u202egpj\u2066", "\xff\xf0\x9f", "\u009b31m", "\U000e0041 \ufffd",
	} {
		want := termtext.Visible(text)
		for size := 1; size <= len(text)+1; size++ {
			var b strings.Builder
			s := &termtext.Stream{W: &b}
			for rest := text; rest != ""; {
				n := min(size, len(rest))
				if written, err := s.Write([]byte(rest[:n])); written != n || err != nil {
					t.Fatalf("%q in parts of %d: wrote %d, %v", text, size, written, err)
				}
				rest = rest[n:]
			}
			if err := s.Flush(); err != nil || b.String() != want {
				t.Errorf("%q in parts of %d: got %q (%v), want %q", text, size, b.String(), err, want)
			}
		}
	}
}
