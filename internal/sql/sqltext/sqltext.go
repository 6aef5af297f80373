// Package sqltext splits SQL into tokens as SQLite does.
//
// See https://sqlite.org/lang_keywords.html and https://sqlite.org/c3ref/complete.html.
package sqltext

import (
	"iter"
	"slices"
	"strings"
	"unicode/utf8"
)

// Kind is the kind of a token.
type Kind int

// The kinds of tokens.
const (
	Space Kind = iota
	Comment
	Word   // a name or a keyword
	Quoted // a name in double quotes, backquotes or brackets
	Literal
	Number
	Parameter
	Semicolon
	Symbol
)

// Token is a piece of SQL. A text's tokens concatenated are the text.
type Token struct {
	Kind Kind
	Text string
	// Open marks an unterminated literal, quoted name or comment.
	Open bool
}

// Tokens returns the tokens of an SQL text.
func Tokens(sql string) iter.Seq[Token] {
	return func(yield func(Token) bool) {
		for sql != "" {
			token := first(sql)
			if !yield(token) {
				return
			}
			sql = sql[len(token.Text):]
		}
	}
}

// first returns the first token of a non-empty text.
func first(sql string) Token {
	c := sql[0]
	switch {
	case strings.HasPrefix(sql, "--"):
		n := strings.IndexByte(sql, '\n') + 1
		if n == 0 {
			n = len(sql) // the end of the text also ends such a comment
		}
		return Token{Kind: Comment, Text: sql[:n]}
	case strings.HasPrefix(sql, "/*"):
		if n := strings.Index(sql[2:], "*/"); n >= 0 {
			return Token{Kind: Comment, Text: sql[:n+4]}
		}
		return Token{Kind: Comment, Text: sql, Open: true}
	case c == '\'':
		return quoted(sql, Literal, '\'')
	case c == '"' || c == '`':
		return quoted(sql, Quoted, c)
	case c == '[':
		if n := strings.IndexByte(sql, ']'); n >= 0 {
			return Token{Kind: Quoted, Text: sql[:n+1]}
		}
		return Token{Kind: Quoted, Text: sql, Open: true}
	case c == ';':
		return Token{Kind: Semicolon, Text: ";"}
	case isSpace(c):
		return Token{Kind: Space, Text: span(sql, isSpace)}
	case isDigit(c) || c == '.' && len(sql) > 1 && isDigit(sql[1]):
		return Token{Kind: Number, Text: span(sql, func(c byte) bool { return isWord(c) || c == '.' })}
	case (c == ':' || c == '@' || c == '$' || c == '?') && (c == '?' || len(sql) > 1 && isWord(sql[1])):
		return Token{Kind: Parameter, Text: sql[:1+len(span(sql[1:], isWord))]}
	case isWord(c):
		return Token{Kind: Word, Text: span(sql, isWord)}
	}
	_, size := utf8.DecodeRuneInString(sql)
	return Token{Kind: Symbol, Text: sql[:size]}
}

// quoted returns the token at the beginning of sql up to the closing quote. A doubled
// quote stands for one.
func quoted(sql string, kind Kind, quote byte) Token {
	for i := 1; i < len(sql); i++ {
		if sql[i] != quote {
			continue
		}
		if i+1 < len(sql) && sql[i+1] == quote {
			i++
			continue
		}
		return Token{Kind: kind, Text: sql[:i+1]}
	}
	return Token{Kind: kind, Text: sql, Open: true}
}

func span(s string, is func(byte) bool) string {
	for i := range len(s) {
		if !is(s[i]) {
			return s[:i]
		}
	}
	return s
}

func isSpace(c byte) bool { return strings.IndexByte(" \t\n\r\f", c) >= 0 }
func isDigit(c byte) bool { return '0' <= c && c <= '9' }
func isWord(c byte) bool {
	return 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || isDigit(c) || c == '_' || c >= utf8.RuneSelf
}

// Blank reports whether a text has no statement, only spaces, comments and semicolons.
func Blank(sql string) bool {
	for token := range Tokens(sql) {
		if token.Kind != Space && token.Kind != Comment && token.Kind != Semicolon {
			return false
		}
	}
	return true
}

// Complete reports whether a text ends where a statement ends: at a semicolon outside a
// literal, a comment or a trigger.
func Complete(sql string) bool {
	_, complete := Count(sql)
	return complete
}

// Count returns the number of statements in a text, and reports whether the last of
// them ends with a semicolon.
func Count(sql string) (n int, complete bool) {
	var words []string // of the statement, as many as identify a trigger
	open, begun := false, false
	for token := range Tokens(sql) {
		switch token.Kind {
		case Space, Comment:
			open = open || token.Open
			continue
		case Semicolon:
			if begun && isTrigger(words) && !strings.EqualFold(words[len(words)-1], "end") {
				words = append(words, ";")
				continue
			}
			words, begun = nil, false
		default:
			if !begun {
				n++
			}
			begun = true
			open = open || token.Open
			words = appendWord(words, token)
		}
	}
	return n, !begun && !open
}

// appendWord keeps a statement's first words, and the last.
func appendWord(words []string, token Token) []string {
	const first = 4 // EXPLAIN CREATE TEMP TRIGGER
	if len(words) > first {
		words = words[:first]
	}
	return append(words, token.Text)
}

// isTrigger reports whether a statement with the given first words defines a trigger,
// which contains semicolons.
func isTrigger(words []string) bool {
	words = slices.DeleteFunc(slices.Clone(words), func(word string) bool {
		return strings.EqualFold(word, "explain") || strings.EqualFold(word, "temp") || strings.EqualFold(word, "temporary")
	})
	return len(words) > 2 && strings.EqualFold(words[0], "create") && strings.EqualFold(words[1], "trigger")
}
