package shell

import (
	"errors"
	"fmt"
	"iter"
	"os"
	"path/filepath"
	"strings"
	"unicode"

	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

// cutWord cuts text around its first spaces.
func cutWord(text string) (word, rest string) {
	text = strings.TrimSpace(text)
	if n := strings.IndexFunc(text, unicode.IsSpace); n >= 0 {
		return text[:n], strings.TrimSpace(text[n:])
	}
	return text, ""
}

// argument returns the argument of the command in what follows its name. A semicolon may
// follow, out of habit; alone it is the argument.
func (c command) argument(text string) (string, error) {
	if text != ";" {
		text = strings.TrimSpace(strings.TrimSuffix(text, ";"))
	}
	if c.raw {
		return text, nil
	}
	text, err := unquoted(text)
	if c.files {
		text = atHome(text)
	}
	return text, err
}

// unquoted returns the text in single or double quotes, in which a doubled quote stands
// for one. Other text, and a lone quote, it returns as it is.
func unquoted(text string) (string, error) {
	if len(text) < 2 || text[0] != '\'' && text[0] != '"' {
		return text, nil
	}
	next, stop := iter.Pull(sqltext.Tokens(text)) // the rule is SQL's
	token, _ := next()
	stop()
	after := text[len(token.Text):]
	switch {
	case token.Open:
		return "", errors.New("the quote is not closed: " + text)
	case after != "":
		return "", fmt.Errorf("%q follows the closing quote; write a quote within quotes twice", strings.TrimSpace(after))
	}
	quote := text[:1]
	return strings.ReplaceAll(text[1:len(text)-1], quote+quote, quote), nil
}

// atHome returns a path with a leading ~/ replaced by the home directory.
func atHome(path string) string {
	rest, ok := strings.CutPrefix(path, "~/")
	home, err := os.UserHomeDir()
	if !ok || err != nil {
		return path
	}
	return home + string(filepath.Separator) + rest
}
