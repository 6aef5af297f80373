package embedded

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"steampipe-plugin-ssmassoc/internal/sqltext"
)

// comparedText is a text that a statement compares with a column of a plugin's table,
// and how the values read differ from it.
type comparedText struct {
	column, text string
	met          bool // whether a value read is the text
	mu           sync.Mutex
	other        string // a value that is the text but for its case, or ""
}

// note notes a value of the column.
func (c *comparedText) note(value string) {
	if value == c.text {
		c.met = true
		return
	}
	if !strings.EqualFold(value, c.text) {
		return
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.other == "" {
		c.other = value
	}
}

// LeftOut notes a value that the plugin's conditions left out, so that SQLite does not
// read it. It may be called from any goroutine.
func (s *rowStream) LeftOut(column, value string) {
	for _, c := range s.statement.compared[column] {
		if value != c.text {
			c.note(value)
		}
	}
}

// otherCase is a warning about the texts that no value read equals, while one does in
// another case.
func otherCase(compared map[string][]*comparedText) []string {
	var warnings []string
	for _, column := range slices.Sorted(maps.Keys(compared)) {
		for _, c := range compared[column] {
			c.mu.Lock()
			if c.other != "" && !c.met {
				warnings = append(warnings, fmt.Sprintf("no %s is '%s' among the values read, but '%s' is one of them: "+
					"the case of letters counts", c.column, c.text, c.other))
			}
			c.mu.Unlock()
		}
	}
	return warnings
}

// comparedTexts returns, by the lower-case name of the column, the literals that a
// statement compares with a column: in "column = 'text'", with ==, <>, != or IS, and in
// "column in ('text', ...)". Comparisons that choose a collation are left out.
func comparedTexts(sql string) map[string][]*comparedText {
	var tokens []sqltext.Token
	for token := range sqltext.Tokens(sql) {
		if token.Kind != sqltext.Space && token.Kind != sqltext.Comment {
			tokens = append(tokens, token)
		}
	}
	compared := map[string][]*comparedText{}
	for i, token := range tokens {
		if token.Kind != sqltext.Word && token.Kind != sqltext.Quoted {
			continue
		}
		literals, after := literalsAfter(tokens[i+1:])
		if len(after) > 0 && strings.EqualFold(after[0].Text, "collate") {
			continue
		}
		column := sqltext.Unquoted(token)
		for _, literal := range literals {
			key := strings.ToLower(column)
			compared[key] = append(compared[key], &comparedText{column: column, text: sqltext.Unquoted(literal)})
		}
	}
	return compared
}

// literalsAfter returns the literals that the tokens after a column compare it with, and
// the tokens after them.
func literalsAfter(tokens []sqltext.Token) (literals, after []sqltext.Token) {
	next := func(texts ...string) bool {
		if len(tokens) < len(texts) {
			return false
		}
		for i, text := range texts {
			if !strings.EqualFold(tokens[i].Text, text) {
				return false
			}
		}
		tokens = tokens[len(texts):]
		return true
	}
	list := next("in", "(") || next("not", "in", "(")
	if !list && !next("=", "=") && !next("=") && !next("<", ">") && !next("!", "=") && !next("is", "not") && !next("is") {
		return nil, nil
	}
	for len(tokens) > 0 && tokens[0].Kind == sqltext.Literal {
		literals, tokens = append(literals, tokens[0]), tokens[1:]
		if !list || !next(",") {
			break
		}
	}
	return literals, tokens
}
