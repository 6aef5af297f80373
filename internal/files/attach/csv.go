package attach

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"unicode/utf8"
)

// csvReader reads the records of a CSV file (https://www.rfc-editor.org/rfc/rfc4180).
// Lines end in LF or CRLF; within quotes both are kept as they are. Empty lines are no
// records.
type csvReader struct {
	r         *bufio.Reader
	separator []byte
	limits    limits

	line   int    // the number of the line read last
	text   []byte // of that line, and of those before it whose quotes it continues
	buffer []byte // the fields, without their quotes
	ends   []int  // of the fields in the buffer
	fields []string
}

// read returns the next record, valid until the following call, and the number of its
// first line.
func (c *csvReader) read() (record []string, line int, err error) {
	for {
		c.line++
		if c.text, err = c.limits.readLine(c.r, c.text[:0]); err != nil {
			return nil, 0, err
		}
		if len(withoutBreak(c.text)) > 0 {
			break
		}
	}
	line = c.line
	c.buffer, c.ends = c.buffer[:0], c.ends[:0]
	if err := c.split(); err != nil {
		return nil, 0, err
	}
	record = c.fields[:0]
	all, start := string(c.buffer), 0
	for _, end := range c.ends {
		if field := all[start:end]; utf8.ValidString(field) {
			record = append(record, field)
		} else {
			return nil, 0, fmt.Errorf("line %d: %w", line, errEncoding)
		}
		start = end
	}
	c.fields = record
	return record, line, nil
}

// split takes the record apart that begins with the line read.
func (c *csvReader) split() error {
	for at := 0; ; at += len(c.separator) {
		var err error
		if at < len(c.text) && c.text[at] == '"' {
			at, err = c.quoted(at + 1)
		} else {
			at, err = c.plain(at)
		}
		if err != nil {
			return err
		}
		c.ends = append(c.ends, len(c.buffer))
		if !bytes.HasPrefix(c.text[at:], c.separator) {
			return nil
		}
	}
}

// plain takes a field without quotes, and returns its end.
func (c *csvReader) plain(start int) (end int, err error) {
	field := withoutBreak(c.text[start:])
	if i := bytes.Index(field, c.separator); i >= 0 {
		field = field[:i]
	}
	if bytes.IndexByte(field, '"') >= 0 {
		return 0, fmt.Errorf(`line %d: a quote in a field that does not begin with one; `+
			`put the field in quotes and double those in it`, c.line)
	}
	c.buffer = append(c.buffer, field...)
	return start + len(field), nil
}

// quoted takes a field in quotes, given the place after the first, and returns the
// place after the last.
func (c *csvReader) quoted(start int) (end int, err error) {
	opened := c.line
	for {
		i := bytes.IndexByte(c.text[start:], '"')
		if i < 0 {
			c.buffer = append(c.buffer, c.text[start:]...)
			start = len(c.text)
			c.line++
			c.text, err = c.limits.readLine(c.r, c.text)
			if errors.Is(err, io.EOF) {
				return 0, fmt.Errorf("line %d: a quote is not closed", opened)
			} else if err != nil {
				return 0, err
			}
			continue
		}
		c.buffer = append(c.buffer, c.text[start:start+i]...)
		rest := c.text[start+i+1:]
		switch start += i + 1; {
		case bytes.HasPrefix(rest, []byte{'"'}):
			c.buffer = append(c.buffer, '"')
			start++
		case bytes.HasPrefix(rest, c.separator), len(withoutBreak(rest)) == 0:
			return start, nil
		default:
			return 0, fmt.Errorf("line %d: text after a closing quote; double the quotes within a field", c.line)
		}
	}
}

// withoutBreak returns a line without its line break.
func withoutBreak(line []byte) []byte {
	return bytes.TrimSuffix(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'\r'})
}

// separatorOf returns the separator of the first line: the most frequent of comma,
// semicolon and tab, outside of quotes.
func separatorOf(text string) rune {
	counts := map[rune]int{}
	quoted := false
	for _, r := range text {
		if r == '\n' && !quoted {
			break
		}
		if r == '"' {
			quoted = !quoted
		} else if !quoted {
			counts[r]++
		}
	}
	best := ','
	for _, r := range ";\t" {
		if counts[r] > counts[best] {
			best = r
		}
	}
	return best
}
