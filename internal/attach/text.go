package attach

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// errEncoding is the error of text in an encoding that tables do not have.
var errEncoding = errors.New("it is not UTF-8; convert it, as with iconv -f LATIN1 -t UTF-8")

// withText calls read with a file's text, without a byte-order mark.
func withText(name string, read func(*bufio.Reader) error) error {
	return withFile(name, func(r io.Reader) error {
		text := bufio.NewReader(r)
		start, _ := text.Peek(len("\ufeff")) // fewer bytes if the file is shorter
		switch {
		case bytes.HasPrefix(start, []byte("\xff\xfe")), bytes.HasPrefix(start, []byte("\xfe\xff")):
			return errors.New("it is UTF-16; convert it, as with iconv -f UTF-16 -t UTF-8")
		case string(start) == "\ufeff":
			_, _ = text.Discard(len(start))
		}
		return read(text)
	})
}
