package shell

import (
	"bytes"
	"io"
	"os"
	"unicode/utf8"

	"golang.org/x/term"

	"steampipe-plugin-ssmassoc/internal/lifetime"
)

// keyboard reads keys from a terminal in raw mode. It keeps keys typed ahead for the
// next prompt. It implements readline's Tty.
type keyboard struct {
	in, out *os.File
	keys    io.Reader // in, except in tests
	// known reports whether the editor knows the key with this sequence; it would
	// insert others as text.
	known   func(sequence string) bool
	cooked  func() // ends raw mode; nil outside raw mode
	pending []byte
	pasting bool
	// verbatim is set while a command of the editor reads keys itself: each comes alone,
	// and none is dropped for having no command.
	verbatim bool
	ahead    []string // keys to return before any that are typed
	// width and height are the size that the editor knows, 0 while there is none.
	width, height int
}

// Keys that no terminal sends: for the editor to notice a new size, and to go on with an
// input.
const keyResized, keyResume = "\x1bresized", "\x1bresume"

// cursorOn shows the cursor, which the editor hides while it draws.
const cursorOn = "\x1b[?25h"

// Terminals enclose pasted text in these sequences, on request.
const (
	pasteOn, pasteOff     = "\x1b[?2004h", "\x1b[?2004l"
	pasteBegins, pasteEnd = "\x1b[200~", "\x1b[201~"
)

func newKeyboard(in, out *os.File, known func(string) bool) *keyboard {
	return &keyboard{in: in, out: out, keys: in, known: known}
}

// Open puts the terminal into raw mode until release. The editor opens it for each line,
// with a function for new sizes. Without one it reads no keys but only asks for the
// size, which needs no raw mode.
func (k *keyboard) Open(onResize func(width, height int)) error {
	if onResize == nil || k.cooked != nil {
		return nil
	}
	state, err := term.MakeRaw(int(k.in.Fd()))
	if err != nil {
		return err
	}
	restore := func() {
		_, _ = io.WriteString(k.out, pasteOff)
		_ = term.Restore(int(k.in.Fd()), state)
	}
	done := lifetime.OnEnd(func() {
		restore()
		_, _ = io.WriteString(k.out, cursorOn+"\n") // the editor may be drawing
	})
	k.cooked = func() {
		restore()
		done()
	}
	_, _ = io.WriteString(k.out, pasteOn)
	return nil
}

// Close ends a line. The terminal stays in raw mode: otherwise Ctrl-C between the lines
// of a statement would be a signal, and end nothing.
func (k *keyboard) Close() error { return nil }

// release restores the terminal's earlier mode.
func (k *keyboard) release() {
	if k.cooked != nil {
		k.cooked()
		k.cooked = nil
	}
}

// Size returns the width and the height of the terminal, in cells.
func (k *keyboard) Size() (width, height int, err error) {
	width, height = Screen{Out: k.out}.Size()
	return width, height, nil
}

// noteSize notes the size that a new editor asks for.
func (k *keyboard) noteSize() { k.width, k.height, _ = k.Size() }

// resized reports whether the terminal no longer has the size that the editor knows.
func (k *keyboard) resized() bool {
	width, height, _ := k.Size()
	return k.width > 0 && (width != k.width || height != k.height)
}

// GetKey returns the next key as the terminal encodes it. Characters that have already
// arrived come as one key: the editor paints the whole input for each key, which for a
// long paste would take minutes. A tab in pasted text becomes spaces, so that it does
// not trigger completion.
func (k *keyboard) GetKey() (string, error) {
	if len(k.ahead) > 0 {
		key := k.ahead[0]
		k.ahead = k.ahead[1:]
		return key, nil
	}
	for {
		key, err := k.next()
		switch {
		case err != nil:
			return "", err
		case !k.verbatim && k.resized():
			k.pending = append([]byte(key), k.pending...)
			return keyResized, nil
		case key == pasteBegins || key == pasteEnd:
			k.pasting = key == pasteBegins
		case k.pasting && key == "\t":
			k.pending = append([]byte("   "), k.pending...)
			return " ", nil
		case key == "\n":
			// Outside raw mode the terminal turned the Enter key into a line feed.
			return "\r", nil
		case key == "\r" || k.verbatim && len(key) == 1:
			return key, nil
		case isControl(key[0]):
			if common, ok := spellings[key]; ok {
				key = common
			}
			if k.known(key) {
				return key, nil
			}
		default:
			return key, nil
		}
	}
}

// spellings maps alternative key sequences: those of the Linux console, of rxvt, of
// screen, and of the keypad's application mode.
var spellings = map[string]string{
	"\x1b[1~": "\x1b[H", "\x1b[7~": "\x1b[H", "\x1bOH": "\x1b[H",
	"\x1b[4~": "\x1b[F", "\x1b[8~": "\x1b[F", "\x1bOF": "\x1b[F",
	"\x1bOA": "\x1b[A", "\x1bOB": "\x1b[B", "\x1bOC": "\x1b[C", "\x1bOD": "\x1b[D",
}

func (k *keyboard) next() (string, error) {
	for {
		if n := keyLength(k.pending); n > 0 {
			if !k.verbatim && !isControl(k.pending[0]) {
				n = textLength(k.pending)
			}
			key := string(k.pending[:n])
			k.pending = k.pending[n:]
			return key, nil
		}
		buffer := make([]byte, 4096)
		n, err := k.keys.Read(buffer)
		k.pending = append(k.pending, buffer[:n]...)
		if n == 0 && err != nil {
			return "", err
		}
	}
}

func isControl(c byte) bool { return c < ' ' || c == '\x7f' }

// textLength returns the length of the complete characters, other than control
// characters, with which the input begins, in bytes.
func textLength(input []byte) (n int) {
	for n < len(input) && !isControl(input[n]) && utf8.FullRune(input[n:]) {
		_, size := utf8.DecodeRune(input[n:])
		n += size
	}
	return n
}

// keyLength returns the length of the input's first key in bytes, or 0 if it is
// incomplete.
func keyLength(input []byte) int {
	switch {
	case len(input) == 0:
		return 0
	case input[0] != '\x1b':
		if !utf8.FullRune(input) {
			return 0
		}
		_, size := utf8.DecodeRune(input)
		return size
	case len(input) == 1:
		return 1 // Escape: a terminal sends a key's sequence in one write
	case input[1] == '[':
		// control sequences, https://vt100.net/docs/vt510-rm/chapter4.html
		end := bytes.IndexFunc(input[2:], func(r rune) bool { return '@' <= r && r <= '~' })
		if end < 0 {
			return 0
		}
		return 2 + end + 1
	case input[1] == 'O' && len(input) > 2:
		return 3
	case !utf8.FullRune(input[1:]):
		return 0
	}
	_, size := utf8.DecodeRune(input[1:])
	return 1 + size
}
