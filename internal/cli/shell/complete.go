package shell

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

// candidate is a possible completion of the word at the cursor.
type candidate struct {
	name  string // what the word begins
	value string // what replaces it: the name, in quotes where SQL needs them
	kind  string // "column", "table" ...
}

// complete returns the candidates for the word that ends at the cursor, and that word.
// before and after are the input on either side of the cursor.
func complete(names Names, before, after string) (word string, candidates []candidate) {
	if IsCommand(before) {
		return completeCommand(names, strings.TrimLeft(before, " \n"))
	}
	tokens := slices.Collect(sqltext.Tokens(before))
	if len(tokens) > 0 {
		last := tokens[len(tokens)-1]
		switch {
		case last.Open && strings.HasPrefix(last.Text, `"`) && !strings.Contains(last.Text, "\n"):
			return last.Text, completeQuoted(names, tokens[:len(tokens)-1], last.Text[1:], after)
		case last.Open, last.Kind == sqltext.Comment && !strings.HasSuffix(last.Text, "\n"), last.Kind == sqltext.Number:
			return "", nil
		case last.Kind == sqltext.Word:
			word, tokens = last.Text, tokens[:len(tokens)-1]
		}
	}
	return word, matching(possible(names, statementUnderWay(tokens), after), word)
}

// possible returns what may follow the tokens of a statement.
func possible(names Names, tokens []sqltext.Token, after string) []candidate {
	switch previous := lastWord(tokens); {
	case endsWith(tokens, "."):
		return qualified(names, tokens, after)
	case beforeTable(previous):
		return slices.Concat(kind("table", names.Tables), kind("schema", names.Schemas))
	}
	return slices.Concat(
		columnsInScope(names, tokens, after),
		kind("keyword", sqltext.Keywords),
		kind("function", names.Functions),
		kind("table", names.Tables))
}

// qualified returns what may follow the dot that ends the tokens: the columns of a table,
// or the tables of a schema.
func qualified(names Names, tokens []sqltext.Token, after string) []candidate {
	name := qualifier(tokens)
	tables := inSchema(names, name)
	columns := columnsOf(names, name, tokens, after)
	if columns == nil || tables != nil && beforeTable(lastWord(tokens[:len(tokens)-2])) {
		return tables
	}
	return columns
}

// beforeTable reports whether the name of a table follows a word.
func beforeTable(word string) bool {
	return slices.Contains([]string{"from", "join", "into", "update", "table"}, word)
}

// completeQuoted returns the candidates for a name in quotes that are still open.
func completeQuoted(names Names, tokens []sqltext.Token, start, after string) []candidate {
	found := possible(names, statementUnderWay(tokens), after)
	found = slices.DeleteFunc(found, func(c candidate) bool { return !isName(c.kind) })
	for i := range found {
		found[i].value = sqltext.Quote(found[i].name)
	}
	return matching(found, strings.ReplaceAll(start, `""`, `"`))
}

// statementUnderWay returns the tokens after the last semicolon, without spaces and
// comments.
func statementUnderWay(tokens []sqltext.Token) []sqltext.Token {
	for i := len(tokens) - 1; i >= 0; i-- {
		if tokens[i].Kind == sqltext.Semicolon {
			tokens = tokens[i+1:]
			break
		}
	}
	return slices.DeleteFunc(slices.Clone(tokens), func(t sqltext.Token) bool {
		return t.Kind == sqltext.Space || t.Kind == sqltext.Comment
	})
}

// lastWord returns the last token if it is a word, in lower case.
func lastWord(tokens []sqltext.Token) string {
	if len(tokens) == 0 || tokens[len(tokens)-1].Kind != sqltext.Word {
		return ""
	}
	return strings.ToLower(tokens[len(tokens)-1].Text)
}

func endsWith(tokens []sqltext.Token, text string) bool {
	return len(tokens) > 0 && tokens[len(tokens)-1].Text == text
}

// qualifier returns the name before the dot that ends the tokens.
func qualifier(tokens []sqltext.Token) string {
	if len(tokens) < 2 {
		return ""
	}
	return sqltext.Unquoted(tokens[len(tokens)-2])
}

// columnsOf returns the columns of the table with a name or an alias.
func columnsOf(names Names, name string, tokens []sqltext.Token, after string) []candidate {
	all := append(slices.Clone(tokens), statementUnderWay(slices.Collect(sqltext.Tokens(after)))...)
	for i, token := range all {
		columns := names.Columns[sqltext.Unquoted(token)]
		if columns == nil {
			continue
		}
		rest := all[i+1:]
		if len(rest) > 0 && strings.EqualFold(rest[0].Text, "as") {
			rest = rest[1:]
		}
		if strings.EqualFold(token.Text, name) || len(rest) > 0 && strings.EqualFold(rest[0].Text, name) {
			return kind("column", columns)
		}
	}
	return nil
}

// columnsInScope returns the columns of the tables that the statement names, or of all
// tables if it names none yet.
func columnsInScope(names Names, tokens []sqltext.Token, after string) []candidate {
	var columns []string
	for _, token := range append(slices.Clone(tokens), slices.Collect(sqltext.Tokens(after))...) {
		columns = append(columns, names.Columns[sqltext.Unquoted(token)]...)
	}
	if columns == nil {
		for _, of := range names.Columns {
			columns = append(columns, of...)
		}
	}
	slices.Sort(columns)
	return kind("column", slices.Compact(columns))
}

// isName reports whether candidates of a kind are names, which SQL may need in quotes.
func isName(kind string) bool { return kind == "column" || kind == "table" || kind == "schema" }

func kind(name string, values []string) []candidate {
	var candidates []candidate
	for _, value := range values {
		c := candidate{name: value, value: value, kind: name}
		if isName(name) {
			c.value = sqltext.Name(value)
		}
		candidates = append(candidates, c)
	}
	return candidates
}

// matching returns the distinct candidates that begin with a word, with keywords in the
// word's case.
func matching(candidates []candidate, word string) []candidate {
	seen := map[string]bool{}
	var found []candidate
	for _, c := range candidates {
		if len(c.name) < len(word) || !strings.EqualFold(c.name[:len(word)], word) || seen[c.value] {
			continue
		}
		seen[c.value] = true
		if c.kind == "keyword" && word != "" && word == strings.ToUpper(word) {
			c.value = strings.ToUpper(c.value)
		}
		found = append(found, c)
	}
	return found
}

// completeCommand completes a dot-command or its argument.
func completeCommand(names Names, before string) (word string, candidates []candidate) {
	name, argument, hasArgument := strings.Cut(before, " ")
	lower := strings.ToLower(name)
	if alias, ok := aliases[lower]; ok && hasArgument {
		lower = alias
	}
	for _, c := range commands() {
		switch {
		case !hasArgument:
			candidates = append(candidates, candidate{c.name, c.name, c.help})
		case c.name != lower:
		case c.files:
			argument = strings.TrimLeft(argument, `'"`)
			return argument, matching(kind("file", filesLike(argument)), argument)
		case c.complete != nil:
			return argument, matching(kind("", c.complete(names)), argument)
		case lower == ".help":
			return argument, matching(kind("", commandNames()), argument)
		}
	}
	return name, matching(candidates, name)
}

func commandNames() []string {
	var names []string
	for _, c := range commands() {
		names = append(names, c.name)
	}
	return names
}

// filesLike returns the names of the files and directories that begin with start.
func filesLike(start string) []string {
	files, err := filepath.Glob(atHome(start) + "*")
	if err != nil {
		return nil
	}
	home := strings.TrimPrefix(atHome("~/"), "~/")
	for i, file := range files {
		if info, err := os.Stat(file); err == nil && info.IsDir() {
			files[i] += string(filepath.Separator)
		}
		if strings.HasPrefix(start, "~/") {
			files[i] = "~/" + strings.TrimPrefix(files[i], home)
		}
	}
	return files
}

// commonStart returns the common prefix of the candidates, in the case of the first.
func commonStart(candidates []candidate) string {
	common := candidates[0].value
	for _, c := range candidates[1:] {
		n := 0
		for n < len(common) && n < len(c.value) && strings.EqualFold(common[n:n+1], c.value[n:n+1]) {
			n++
		}
		common = common[:n]
	}
	return common
}

// maxListed is the maximum number of candidates listed at a time.
const maxListed = 100

// columns lists candidates in as many columns as the terminal has room for.
func columns(candidates []candidate, width int) string {
	more := len(candidates) - maxListed
	candidates = candidates[:min(len(candidates), maxListed)]
	widest := 0
	for _, c := range candidates {
		widest = max(widest, len(c.value))
	}
	each := max(1, width/(widest+2))
	rows := (len(candidates) + each - 1) / each
	var b strings.Builder
	for row := range rows {
		line := ""
		for i := row; i < len(candidates); i += rows {
			line += fmt.Sprintf("%-*s", widest+2, candidates[i].value)
		}
		b.WriteString(strings.TrimRight(line, " ") + "\n")
	}
	if more > 0 {
		fmt.Fprintf(&b, "and %d more\n", more)
	}
	return b.String()
}
