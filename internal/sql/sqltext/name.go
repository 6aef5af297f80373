package sqltext

import (
	"slices"
	"strings"
)

// Name returns a name as SQL writes it: in quotes unless it is a plain word.
func Name(name string) string {
	plain := name != "" && !isDigit(name[0]) && span(name, isWord) == name
	if plain && !IsKeyword(name) && !slices.Contains(otherReserved, strings.ToLower(name)) {
		return name
	}
	return Quote(name)
}

// Quote returns a name in double quotes.
func Quote(name string) string { return `"` + strings.ReplaceAll(name, `"`, `""`) + `"` }

// Unquoted returns the name or the text that a token stands for.
func Unquoted(token Token) string {
	if token.Kind != Quoted && token.Kind != Literal || token.Open {
		return token.Text
	}
	inside, quote := token.Text[1:len(token.Text)-1], token.Text[:1]
	if quote == "[" {
		return inside
	}
	return strings.ReplaceAll(inside, quote+quote, quote)
}
