package shell

import (
	"cmp"
	"errors"
	"fmt"
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/agext/levenshtein"
	"github.com/jedib0t/go-pretty/v6/text"

	"steampipe-plugin-ssmassoc/internal/cli/termtext"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

// Message formats an error for a user of the command line: its text, what to change and,
// if SQLite knows its position in the SQL, that line with a caret below the position, and
// the name or the construct that the user may have meant.
func Message(err error) string { return message(err, onCommandLine) }

func message(err error, settings settings) string {
	message := termtext.Message(err.Error()) + adviceOf(err, settings)
	var at *embedded.SQLError
	if !errors.As(err, &at) {
		return message
	}
	offset := placeOf(at)
	if offset < 0 {
		return message
	}
	line, column := excerpt(at.Statement, offset)
	near := ""
	if hint := hintOf(at); hint != "" {
		near = " " + hint
	} else if name := cmp.Or(at.Near, nearSchema(err)); name != "" {
		near = fmt.Sprintf(" did you mean %s?", name)
	}
	return fmt.Sprintf("%s\n  %s\n  %s^%s", message, line, strings.Repeat(" ", column), near)
}

// placeOf returns the position of an error in the statement, or -1 if unknown. SQLite
// does not report the position of an unknown table.
func placeOf(at *embedded.SQLError) int {
	found := unknown.FindStringSubmatch(at.Message)
	if at.Offset >= 0 || found == nil {
		return at.Offset
	}
	offset := 0
	for token := range sqltext.Tokens(at.Statement) {
		if strings.EqualFold(strings.Trim(token.Text, "\"`[]"), found[2]) {
			return offset
		}
		offset += len(token.Text)
	}
	return -1
}

// The width of an excerpt before and after the position, in cells.
const before, after = 45, 33

// excerpt returns the part of the line around an offset, and the offset's column in it,
// in cells.
func excerpt(sql string, offset int) (line string, column int) {
	start := strings.LastIndexByte(sql[:offset], '\n') + 1
	end := len(sql)
	if n := strings.IndexByte(sql[offset:], '\n'); n >= 0 {
		end = offset + n
	}
	left, right := sql[start:offset], strings.TrimRight(sql[offset:end], "\r")
	if n := utf8.RuneCountInString(left); n > before {
		left = "…" + string([]rune(left)[n-before:])
	}
	if n := utf8.RuneCountInString(right); n > after {
		right = string([]rune(right)[:after]) + "…"
	}
	left = strings.TrimLeft(oneLine(left), " ")
	return left + strings.TrimRight(oneLine(right), " "), text.StringWidth(left)
}

func oneLine(s string) string { return strings.ReplaceAll(termtext.Visible(s), "\t", " ") }

// unknown matches SQLite's errors for unknown names.
var unknown = regexp.MustCompile(`^(?:no such (column|table|function)): (?:.*\.)?([^.]+)$`)

// nearName returns the name closest to an unknown one, or "" if none is close.
func nearName(at *embedded.SQLError, known func() Names) string {
	found := unknown.FindStringSubmatch(at.Message)
	if found == nil {
		return ""
	}
	names := known()
	var candidates []string
	switch found[1] {
	case "table":
		candidates = names.Tables
	case "function":
		candidates = names.Functions
	default:
		for table, columns := range names.Columns {
			if strings.Contains(strings.ToLower(at.Statement), strings.ToLower(table)) {
				candidates = append(candidates, columns...)
			}
		}
	}
	return Nearest(found[2], candidates)
}

// nearSchema returns the schema closest to one that a statement names in vain, or "" if
// none is close.
func nearSchema(err error) string {
	var schema *embedded.SchemaError
	if !errors.As(err, &schema) {
		return ""
	}
	return Nearest(schema.Name, schema.Known)
}

// Nearest returns the candidate most similar to a name, or "" if none is similar.
func Nearest(name string, candidates []string) string {
	const similar = 0.59
	best, nearest := similar, ""
	for _, candidate := range candidates {
		s := levenshtein.Similarity(strings.ToLower(name), strings.ToLower(candidate), nil)
		if s > best || s == best && candidate < nearest {
			best, nearest = s, candidate
		}
	}
	return nearest
}
