package sqltimes

import (
	"strings"

	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

// token is a token that is neither space nor comment.
type token struct {
	sqltext.Token
	start, end int
	word       string // a word or a symbol in lower case, "" for others
}

// operators are the symbols of several characters, the longest first.
var operators = []string{"->>", "->", "<=", ">=", "<>", "!=", "==", "||", "<<", ">>"}

// tokens splits a statement.
func tokens(sql string) []token {
	var found []token
	at := 0
	for t := range sqltext.Tokens(sql) {
		start := at
		at += len(t.Text)
		if t.Kind == sqltext.Space || t.Kind == sqltext.Comment {
			continue
		}
		one := token{Token: t, start: start, end: at}
		if t.Kind == sqltext.Word || t.Kind == sqltext.Symbol || t.Kind == sqltext.Semicolon {
			one.word = strings.ToLower(t.Text)
		}
		if n := len(found); n > 0 && t.Kind == sqltext.Symbol && found[n-1].Kind == sqltext.Symbol &&
			found[n-1].end == start && begins(found[n-1].word+one.word) {
			found[n-1].word += one.word
			found[n-1].end = at
			continue
		}
		found = append(found, one)
	}
	return found
}

// begins reports whether symbols are an operator or the beginning of one.
func begins(symbols string) bool {
	for _, operator := range operators {
		if strings.HasPrefix(operator, symbols) {
			return true
		}
	}
	return false
}

// parser goes through the tokens of a statement. Its methods panic with a
// syntaxError where they find what they do not know.
type parser struct {
	tokens []token
	at     int
	length int // of the text
}

// syntaxError is the panic of a parser that gives up.
type syntaxError struct{}

func (p *parser) fail() { panic(syntaxError{}) }

// peek returns the token that is n ahead.
func (p *parser) peek(n int) token {
	if p.at+n < len(p.tokens) {
		return p.tokens[p.at+n]
	}
	return token{start: p.length, end: p.length}
}

func (p *parser) next() token {
	t := p.peek(0)
	if p.at >= len(p.tokens) {
		p.fail()
	}
	p.at++
	return t
}

// is reports whether the next words or symbols are these.
func (p *parser) is(words ...string) bool {
	for i, word := range words {
		if p.peek(i).word != word {
			return false
		}
	}
	return true
}

// take is is, and goes past them.
func (p *parser) take(words ...string) bool {
	if !p.is(words...) {
		return false
	}
	p.at += len(words)
	return true
}

// takeAny takes one of some words and returns it, or "".
func (p *parser) takeAny(words ...string) string {
	for _, word := range words {
		if p.take(word) {
			return word
		}
	}
	return ""
}

func (p *parser) need(words ...string) {
	if !p.take(words...) {
		p.fail()
	}
}

// end returns where the last token taken ends.
func (p *parser) end() int { return p.tokens[p.at-1].end }

// name takes a name.
func (p *parser) name() string {
	t := p.next()
	switch t.Kind {
	case sqltext.Word, sqltext.Quoted, sqltext.Literal:
		return sqltext.Unquoted(t.Token)
	}
	p.fail()
	return ""
}

// skip goes past the rest of what is in parentheses, and past the closing one.
func (p *parser) skip() {
	for depth := 1; depth > 0; {
		switch p.next().word {
		case "(":
			depth++
		case ")":
			depth--
		}
	}
}

// list calls one for each part of a list that commas separate.
func (p *parser) list(one func()) {
	one()
	for p.take(",") {
		one()
	}
}
