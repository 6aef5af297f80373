package embedded

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
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

// comparedTexts returns, by the lower-case name of the column, the texts that a
// statement compares with a column: literals and parameters in "column = 'text'", with
// ==, <>, != or IS, from either side, and in "column in ('text', ...)". Comparisons that
// choose a collation are left out.
func comparedTexts(sql string, parameters Parameters) map[string][]*comparedText {
	var tokens []sqltext.Token
	for token := range sqltext.Tokens(sql) {
		if token.Kind != sqltext.Space && token.Kind != sqltext.Comment {
			tokens = append(tokens, token)
		}
	}
	compared := map[string][]*comparedText{}
	add := func(column, text sqltext.Token) {
		value, ok := textIn(text, parameters)
		if !ok {
			return
		}
		name := sqltext.Unquoted(column)
		key := strings.ToLower(name)
		compared[key] = append(compared[key], &comparedText{column: name, text: value})
	}
	for i, token := range tokens {
		switch token.Kind {
		case sqltext.Word, sqltext.Quoted:
			texts, after := textsAfter(tokens[i+1:])
			if len(after) > 0 && strings.EqualFold(after[0].Text, "collate") {
				continue
			}
			for _, text := range texts {
				add(token, text)
			}
		case sqltext.Literal, sqltext.Parameter:
			if column, ok := columnAfter(tokens[i+1:]); ok {
				add(column, token)
			}
		}
	}
	return compared
}

// textIn returns the text that a literal or a parameter stands for.
func textIn(token sqltext.Token, parameters Parameters) (text string, ok bool) {
	if token.Kind == sqltext.Literal {
		return sqltext.Unquoted(token), true
	}
	text, ok = parameters[token.Text[1:]].(string)
	return text, ok
}

// cut is a list of tokens whose beginning can be cut off.
type cut []sqltext.Token

// next cuts off tokens with the given texts, and returns false if others come first.
func (c *cut) next(texts ...string) bool {
	if len(*c) < len(texts) {
		return false
	}
	for i, text := range texts {
		if !strings.EqualFold((*c)[i].Text, text) {
			return false
		}
	}
	*c = (*c)[len(texts):]
	return true
}

// equality cuts off an operator that compares for equality.
func (c *cut) equality() bool {
	return c.next("=", "=") || c.next("=") || c.next("<", ">") || c.next("!", "=") || c.next("is", "not") || c.next("is")
}

// textsAfter returns the literals and parameters that the tokens after a column compare
// it with, and the tokens after them.
func textsAfter(after []sqltext.Token) (texts, rest []sqltext.Token) {
	tokens := cut(after)
	list := tokens.next("in", "(") || tokens.next("not", "in", "(")
	if !list && !tokens.equality() {
		return nil, nil
	}
	for len(tokens) > 0 && (tokens[0].Kind == sqltext.Literal || tokens[0].Kind == sqltext.Parameter) {
		texts, tokens = append(texts, tokens[0]), tokens[1:]
		if !list || !tokens.next(",") {
			break
		}
	}
	return texts, tokens
}

// columnAfter returns the column that the tokens after a text compare it with.
func columnAfter(after []sqltext.Token) (column sqltext.Token, ok bool) {
	tokens := cut(after)
	if !tokens.equality() {
		return column, false
	}
	for len(tokens) > 0 && (tokens[0].Kind == sqltext.Word || tokens[0].Kind == sqltext.Quoted) {
		column, tokens = tokens[0], tokens[1:]
		if !tokens.next(".") {
			return column, !tokens.next("(") && !tokens.next("collate")
		}
	}
	return column, false
}
