package attach

import (
	"bufio"
	"fmt"
	"slices"
	"strings"
	"unicode/utf8"

	"steampipe-plugin-ssmassoc/internal/files/formats"
)

// unescaped replaces the escapes of TSV.
var unescaped = func() *strings.Replacer {
	escapes := slices.Clone(formats.TSVEscapes)
	slices.Reverse(escapes) // each escape now stands before its character
	return strings.NewReplacer(escapes...)
}()

// nullTSV is the null of other programs. As a value it would have two backslashes.
const nullTSV = `\N`

// tsvReader reads records as the command writes them: each line is one, its fields are
// separated by tabs, and quotes are part of a field.
type tsvReader struct {
	r      *bufio.Reader
	limits limits
	line   int
	text   []byte
	fields int // of the first record
}

func (t *tsvReader) read() (record []string, line int, err error) {
	for {
		if t.text, err = t.limits.readLine(t.r, t.text[:0]); err != nil {
			return nil, 0, err
		}
		t.line++
		text := string(withoutBreak(t.text))
		if text == "" && t.fields != 1 {
			continue // a line of one column may be empty, for a null
		}
		if !utf8.ValidString(text) {
			return nil, 0, fmt.Errorf("line %d: %w", t.line, errEncoding)
		}
		record = strings.Split(text, "\t")
		if t.fields == 0 {
			t.fields = len(record)
		}
		for i, field := range record {
			if record[i] = unescaped.Replace(field); field == nullTSV {
				record[i] = ""
			}
		}
		return record, t.line, nil
	}
}
