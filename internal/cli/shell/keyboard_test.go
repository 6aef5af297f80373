package shell

import (
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
)

// keysOf returns the keys that a keyboard reads from an input.
func keysOf(t *testing.T, input io.Reader) []string {
	t.Helper()
	k := &keyboard{keys: input, known: func(sequence string) bool {
		return !slices.Contains([]string{"\x07", "\x0f", "\x13", "\x1b", "\x1b[99~"}, sequence)
	}}
	var keys []string
	for {
		key, err := k.GetKey()
		if errors.Is(err, io.EOF) {
			return keys
		}
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key)
	}
}

func TestKeys(t *testing.T) {
	for name, test := range map[string]struct {
		input string
		want  []string
	}{
		"letters":                    {"aé節", []string{"aé節"}},
		"arrows":                     {"\x1b[A\x1b[1;5Cx", []string{"\x1b[A", "\x1b[1;5C", "x"}},
		"other spellings":            {"\x1b[4~\x1b[1~\x1bOA", []string{"\x1b[F", "\x1b[H", "\x1b[A"}},
		"an unknown key is dropped":  {"a\x1b[99~b", []string{"a", "b"}},
		"alt":                        {"\x1bb", []string{"\x1bb"}},
		"typed ahead":                {"a\n", []string{"a", "\r"}},
		"control keys":               {"\x03\t\r", []string{"\x03", "\t", "\r"}},
		"keys without a command":     {"a\x07\x0f\x13\x1bb", []string{"a", "\x1bb"}},
		"a paste has no completions": {"\x1b[200~a\tb\nc\x1b[201~\t", []string{"a", " ", "   b", "\r", "c", "\t"}},
	} {
		t.Run(name, func(t *testing.T) {
			if got := keysOf(t, strings.NewReader(test.input)); !slices.Equal(got, test.want) {
				t.Errorf("got %q, want %q", got, test.want)
			}
		})
	}
}

// A command that reads keys itself, such as a search, knows keys that the editor does
// not.
func TestVerbatimKeys(t *testing.T) {
	k := &keyboard{keys: strings.NewReader("ab\x07"), known: func(string) bool { return false }, verbatim: true}
	for _, want := range []string{"a", "b", "\x07"} {
		if key, err := k.GetKey(); key != want || err != nil {
			t.Errorf("got %q (%v), want %q", key, err, want)
		}
	}
}

// The editor paints the input for each key.
func TestALongPasteIsFewKeys(t *testing.T) {
	keys := keysOf(t, strings.NewReader(pasteBegins+strings.Repeat("x", 33_000)+pasteEnd))
	if n := len(strings.Join(keys, "")); n != 33_000 || len(keys) > 10 {
		t.Errorf("%d characters in %d keys", n, len(keys))
	}
}

// Escape, and a key after it, not with it.
func TestEscapeAlone(t *testing.T) {
	if got := keysOf(t, iotest.OneByteReader(strings.NewReader("\x1bb"))); !slices.Equal(got, []string{"b"}) {
		t.Errorf("got %q", got)
	}
}

// A character may arrive in pieces; an escape sequence does not.
func TestKeysInPieces(t *testing.T) {
	if got, want := keysOf(t, iotest.OneByteReader(strings.NewReader("é節a"))), []string{"é", "節", "a"}; !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}
