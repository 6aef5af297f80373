package shell

import (
	"iter"
	"strings"

	"github.com/nyaosorg/go-readline-ny"

	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
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

// highlights returns the colours of an input.
func highlights() []readline.Highlight {
	h := &highlighter{tokens: sqltext.Tokens}
	all := []readline.Highlight{{Pattern: commandName{}, Sequence: colourCommand}}
	for _, colour := range []string{colourKeyword, colourLiteral, colourNumber, colourComment, colourParameter} {
		all = append(all, readline.Highlight{Pattern: coloured{h, colour}, Sequence: colour})
	}
	return all
}

// highlighter finds the colours of SQL. The editor asks for one colour after another, so
// the places of all are kept for the last text.
type highlighter struct {
	tokens func(sql string) iter.Seq[sqltext.Token]
	text   string
	places map[string][][]int // by colour
}

// coloured is a pattern of the readline package that finds the tokens of a colour.
type coloured struct {
	*highlighter
	colour string
}

// FindAllStringIndex returns the positions of the tokens. Its number is the cursor's
// position, not a limit on matches.
func (c coloured) FindAllStringIndex(input string, _ int) [][]int {
	if c.places == nil || c.text != input {
		c.highlight(input)
	}
	return c.places[c.colour]
}

func (h *highlighter) highlight(input string) {
	h.text, h.places = input, map[string][][]int{}
	if IsCommand(input) {
		return
	}
	offset := 0
	for token := range h.tokens(input) {
		end := offset + len(token.Text)
		if colour := colourOf(token); colour != "" {
			h.places[colour] = append(h.places[colour], []int{offset, end})
		}
		offset = end
	}
}

// colourOf returns the colour of a token, "" for none.
func colourOf(token sqltext.Token) string {
	switch token.Kind {
	case sqltext.Word:
		if sqltext.IsKeyword(token.Text) {
			return colourKeyword
		}
	case sqltext.Literal:
		return colourLiteral
	case sqltext.Number:
		return colourNumber
	case sqltext.Comment:
		return colourComment
	case sqltext.Parameter:
		return colourParameter
	}
	return ""
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
