package attach

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode/utf8"
)

// unescaped replaces the escapes that package render writes in the fields of TSV.
var unescaped = strings.NewReplacer(`\\`, `\`, `\t`, "\t", `\n`, "\n", `\r`, "\r")

// nullTSV is the null of other programs. As a value it would have two backslashes.
const nullTSV = `\N`

// tsvReader reads records as the command writes them: each line is one, its fields are
// separated by tabs, and quotes are part of a field.
type tsvReader struct {
	r      *bufio.Reader
	line   int
	fields int // of the first record
}

func (t *tsvReader) read() ([]string, error) {
	for {
		line, err := t.r.ReadString('\n')
		if err != nil && (line == "" || !errors.Is(err, io.EOF)) {
			return nil, err
		}
		t.line++
		line = strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r")
		if line == "" && t.fields != 1 {
			continue // a line of one column may be empty, for a null
		}
		if !utf8.ValidString(line) {
			return nil, fmt.Errorf("line %d: %w", t.line, errEncoding)
		}
		record := strings.Split(line, "\t")
		if t.fields == 0 {
			t.fields = len(record)
		}
		if len(record) != t.fields {
			return nil, fmt.Errorf("line %d: wrong number of fields", t.line)
		}
		for i, field := range record {
			if record[i] = unescaped.Replace(field); field == nullTSV {
				record[i] = ""
			}
		}
		return record, nil
	}
}
