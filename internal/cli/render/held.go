package render

import (
	"bytes"
	"fmt"
	"io"
)

// held counts the bytes of a result that a format holds until the result is complete.
type held struct {
	format string
	bytes  int
	maxMB  int
}

// check returns an error if n more bytes would exceed the limit.
func (h *held) check(n int) error {
	if h.bytes+n <= h.maxMB<<20 {
		return nil
	}
	return &HeldError{Format: h.format, MaxMB: h.maxMB}
}

// HeldError is the error of a result that is too large for a format that holds it until it
// is complete.
type HeldError struct {
	Format string
	MaxMB  int
}

func (e *HeldError) Error() string {
	return fmt.Sprintf("out of memory: the format %s may hold %d MB until the result is complete", e.Format, e.MaxMB)
}

// Advice says what the user can change, with the settings in braces.
func (e *HeldError) Advice() string {
	return "use {output} jsonl, csv or line, which hold a row at a time, or {raise memory-limit}"
}

// heldText is held text. It keeps written pieces as they are: a growing buffer takes
// several times its size.
type heldText struct {
	held
	pieces [][]byte
	err    error // of the write that exceeded the limit
}

func (t *heldText) Write(piece []byte) (int, error) {
	if t.err = t.check(len(piece)); t.err != nil {
		return 0, t.err
	}
	t.bytes += len(piece)
	t.pieces = append(t.pieces, bytes.Clone(piece))
	return len(piece), nil
}

// WriteTo writes the text.
func (t *heldText) WriteTo(w io.Writer) (total int64, err error) {
	for _, piece := range t.pieces {
		n, err := w.Write(piece)
		total += int64(n)
		if err != nil {
			return total, err
		}
	}
	return total, nil
}
