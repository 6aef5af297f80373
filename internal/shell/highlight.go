package shell

import (
	"strings"

	"github.com/nyaosorg/go-readline-ny"

	"steampipe-plugin-ssmassoc/internal/sqltext"
)

// The basic colours, which every terminal theme keeps readable.
const (
	colourKeyword   = "\x1b[1;34m"
	colourLiteral   = "\x1b[32m"
	colourNumber    = "\x1b[36m"
	colourComment   = "\x1b[2m"
	colourParameter = "\x1b[35m"
	colourCommand   = "\x1b[1;33m"
	colourOff       = "\x1b[0m"
)

// highlights are the colours of an input.
var highlights = []readline.Highlight{
	{Pattern: tokensThat(isKeyword), Sequence: colourKeyword},
	{Pattern: tokensOf(sqltext.Literal), Sequence: colourLiteral},
	{Pattern: tokensOf(sqltext.Number), Sequence: colourNumber},
	{Pattern: tokensOf(sqltext.Comment), Sequence: colourComment},
	{Pattern: tokensOf(sqltext.Parameter), Sequence: colourParameter},
	{Pattern: commandName{}, Sequence: colourCommand},
}

// tokensThat is a pattern of the readline package that finds tokens of SQL.
type tokensThat func(sqltext.Token) bool

func isKeyword(t sqltext.Token) bool { return t.Kind == sqltext.Word && sqltext.IsKeyword(t.Text) }

func tokensOf(kind sqltext.Kind) tokensThat {
	return func(t sqltext.Token) bool { return t.Kind == kind }
}

// FindAllStringIndex returns the positions of the tokens. Its number is the cursor's
// position, not a limit on matches.
func (is tokensThat) FindAllStringIndex(input string, _ int) (places [][]int) {
	if IsCommand(input) {
		return nil
	}
	offset := 0
	for token := range sqltext.Tokens(input) {
		end := offset + len(token.Text)
		if is(token) {
			places = append(places, []int{offset, end})
		}
		offset = end
	}
	return places
}

// commandName finds the name of a dot-command.
type commandName struct{}

func (commandName) FindAllStringIndex(input string, _ int) [][]int {
	if !IsCommand(input) {
		return nil
	}
	start := len(input) - len(strings.TrimLeft(input, " \t\n"))
	if n := strings.IndexByte(input[start:], ' '); n >= 0 {
		return [][]int{{start, start + n}}
	}
	return [][]int{{start, len(input)}}
}
