package shell

import (
	"iter"
	"testing"

	"github.com/nyaosorg/go-readline-ny"

	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

// colours marks each byte of an input with its colour: k for a keyword, l for a literal,
// n for a number, - for a comment, p for a parameter, . for a dot-command.
func colours(input string, all []readline.Highlight) string {
	marks := map[string]byte{
		colourKeyword: 'k', colourLiteral: 'l', colourNumber: 'n', colourComment: '-', colourParameter: 'p', colourCommand: '.',
	}
	marked := make([]byte, len(input))
	for i := range marked {
		marked[i] = ' '
	}
	for _, h := range all {
		for _, place := range h.Pattern.FindAllStringIndex(input, -1) {
			for i := place[0]; i < place[1]; i++ {
				marked[i] = marks[h.Sequence]
			}
		}
	}
	return string(marked)
}

func TestHighlights(t *testing.T) {
	all := highlights()
	for _, test := range [][2]string{
		{"select 'a', 12, x -- y", "kkkkkk lll  nn    ----"},
		{"select :a from \"b\"", "kkkkkk pp kkkk    "},
		{".mode csv", ".....    "},
		{"", ""},
	} {
		if got := colours(test[0], all); got != test[1] {
			t.Errorf("%q:\n got %q\nwant %q", test[0], got, test[1])
		}
	}
}

func TestATextIsSplitOnceForAllColours(t *testing.T) {
	split := 0
	h := &highlighter{tokens: func(sql string) iter.Seq[sqltext.Token] {
		split++
		return sqltext.Tokens(sql)
	}}
	for _, text := range []string{"select 1", "select 12", "select 12"} {
		for _, colour := range []string{colourKeyword, colourNumber, colourComment} {
			coloured{h, colour}.FindAllStringIndex(text, -1)
		}
	}
	if split != 2 {
		t.Errorf("split %d times, want 2", split)
	}
}
