package awsconn

import (
	"bytes"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"strings"
)

var (
	errTooLong       = errors.New("too many bytes")
	errTooManyValues = errors.New("too many values")
)

// maxMembers bounds the members of one JSON object. AWS's objects have a few dozen.
// The AWS SDK recurses for each member that it does not know.
const maxMembers = 1_000

// maxDepth bounds the nesting of an answer. AWS's answers have fewer than 10 levels.
const maxDepth = 64

// checkJSON returns the number of values in an answer, or an error if the answer is not
// exactly one JSON object or has more than most values. The AWS SDK takes an empty body for an empty object and does
// not read past the first object; it checks what is inside.
//
// checkJSON looks only at the structure. It skips strings, which are most of an answer.
func checkJSON(body []byte, most int) (values int, err error) {
	i := skipSpace(body, 0)
	switch {
	case i == len(body):
		return 0, errors.New("the answer is empty")
	case body[i] != '{':
		return 0, errors.New("the answer is not a JSON object")
	}
	arrays := uint64(0) // by depth, whether the value is an array
	depth := 0
	var commas [maxDepth + 1]int // by depth
	for i < len(body) {
		switch body[i] {
		case '"':
			end := endOfString(body, i+1)
			if end < 0 {
				return 0, io.ErrUnexpectedEOF
			}
			i = end
		case '{', '[':
			if depth == maxDepth {
				return 0, fmt.Errorf("values are nested more than %d levels deep", maxDepth)
			}
			arrays <<= 1
			if body[i] == '[' {
				arrays |= 1
			}
			depth++
			commas[depth] = 0
			values++
		case ',':
			values++
			if commas[depth]++; commas[depth] >= maxMembers && arrays&1 == 0 {
				return 0, fmt.Errorf("an object has more than %d members", maxMembers)
			}
		case '}', ']':
			if isArray := arrays&1 == 1; isArray != (body[i] == ']') {
				return 0, fmt.Errorf("%q closes what it did not open", body[i])
			}
			arrays >>= 1
			if depth--; depth == 0 {
				if rest := skipSpace(body, i+1); rest < len(body) {
					return 0, errors.New("something follows the JSON object")
				}
				return values, nil
			}
		}
		if values > most {
			return 0, errTooManyValues
		}
		i++
	}
	return 0, io.ErrUnexpectedEOF
}

// endOfString returns the index of the quote that ends a JSON string, or -1.
func endOfString(body []byte, start int) int {
	for i := start; ; {
		next := bytes.IndexByte(body[i:], '"')
		if next < 0 {
			return -1
		}
		end := i + next
		escapes := 0
		for end-escapes > start && body[end-escapes-1] == '\\' {
			escapes++
		}
		if escapes%2 == 0 {
			return end
		}
		i = end + 1
	}
}

func skipSpace(body []byte, i int) int {
	for i < len(body) && (body[i] == ' ' || body[i] == '\n' || body[i] == '\r' || body[i] == '\t') {
		i++
	}
	return i
}

// checkXML returns an error if an answer is not exactly one XML document.
func checkXML(body []byte) error {
	if len(bytes.TrimSpace(body)) == 0 {
		return errors.New("the answer is empty")
	}
	decoder := xml.NewDecoder(bytes.NewReader(body))
	depth, roots := 0, 0
	for {
		token, err := decoder.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return err
		}
		switch token := token.(type) {
		case xml.StartElement:
			if depth == 0 {
				roots++
			}
			if depth++; depth > maxDepth {
				return fmt.Errorf("elements are nested more than %d levels deep", maxDepth)
			}
		case xml.EndElement:
			depth--
		case xml.CharData:
			if depth == 0 && len(bytes.TrimSpace(token)) > 0 {
				return errors.New("something is outside of the XML document")
			}
		}
		if depth < 0 || roots > 1 {
			return errors.New("something follows the XML document")
		}
	}
	if depth != 0 || roots == 0 {
		return io.ErrUnexpectedEOF
	}
	return nil
}

func looksLikeHTML(body []byte) bool {
	start := strings.ToLower(string(body[:min(len(body), 256)]))
	return strings.HasPrefix(strings.TrimSpace(start), "<!doctype html") || strings.Contains(start, "<html")
}
