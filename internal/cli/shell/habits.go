package shell

import (
	"regexp"
	"strings"

	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

// IsCommand reports whether an input is a dot-command, or a command of another shell,
// which no SQL begins like.
func IsCommand(input string) bool {
	command := commandOf(input)
	return strings.HasPrefix(command, ".") || strings.HasPrefix(command, `\`)
}

// backslash maps the backslash commands of psql to dot-commands.
//
// See https://www.postgresql.org/docs/current/app-psql.html#APP-PSQL-META-COMMANDS.
var backslash = map[string]string{
	"?": ".help", "h": ".help", "q": ".quit", "d": ".inspect", "dt": ".tables", "dv": ".tables", "l": ".connections",
	"dn": ".connections", "conninfo": ".connections", "i": ".read", "o": ".output", "timing": ".timer",
	"watch": ".watch", "x": ".expanded", "f": ".separator", "set": ".param", "H": ".mode html",
}

// inWords are commands of other shells in words, each with the dot-command for it. The
// words must be all of a line.
var inWords = []struct {
	words   *regexp.Regexp
	command string
}{
	{phrase(`help`), ".help"},
	{phrase(`(?:quit|exit)(?:\(\))?`), ".quit"},
	{phrase(`show (?:all )?tables`), ".tables"},
	{phrase(`show (?:databases|schemas|connections)`), ".connections"},
	{phrase(`show (?:columns|fields) (?:from|in) (\S+)`), ".inspect $1"},
	{phrase(`(?:describe|desc) (?:table )?(\S+)`), ".inspect $1"},
	{phrase(`(?:describe|desc)`), ".inspect"},
}

// endsInBackslash reports whether an input ends in a command of psql or MySQL that runs
// a statement: \g, \gx or \G.
func endsInBackslash(input string) bool {
	var last, before sqltext.Token
	for token := range sqltext.Tokens(input) {
		if token.Kind != sqltext.Space {
			before, last = last, token
		}
	}
	return before.Text == `\` && last.Kind == sqltext.Word && strings.HasPrefix(strings.ToLower(last.Text), "g")
}

// phrase returns the expression for words with any space between them, in any case.
func phrase(words string) *regexp.Regexp {
	return regexp.MustCompile(`(?i)^` + strings.ReplaceAll(words, " ", `[ \t]+`) + `$`)
}

// commandOf returns an input with a command of another shell replaced by its
// dot-command.
func commandOf(input string) string {
	input = strings.TrimSpace(input)
	if rest, ok := strings.CutPrefix(input, `\`); ok {
		name, argument := cutWord(strings.TrimSuffix(rest, ";"))
		if command := backslash[strings.TrimRight(name, "+S")]; command != "" {
			return strings.TrimSpace(command + " " + argument)
		}
		return input
	}
	line := strings.TrimSpace(strings.TrimSuffix(input, ";"))
	for _, w := range inWords {
		if w.words.MatchString(line) {
			return w.words.ReplaceAllString(line, w.command)
		}
	}
	return input
}

// aliases maps the dot-commands of other shells to this one's.
var aliases = map[string]string{
	".databases": ".connections", ".describe": ".inspect", ".exit": ".quit", ".headers": ".header",
	".nullvalue": ".null", ".parameter": ".param", ".schema": ".inspect", ".timing": ".timer",
}

// instead says, for commands of other shells that have no equal, what does their work
// here.
var instead = map[string]string{
	".autocomplete": "Tab completes names",
	".bail":         "a script ends at the first error",
	".cache":        ".refresh makes the next statement read from AWS again; nothing turns the cache off within a session",
	".changes":      ".stats on prints what each input costs",
	".clear":        "Ctrl-L clears the screen",
	".dump":         ".mode insert writes INSERT statements",
	".eqp":          "explain before a statement prints what it reads",
	".explain":      "explain before a statement prints what it reads",
	".excel":        ".once FILE.csv writes a file for a spreadsheet",
	".import":       "start with --attach NAME=FILE",
	".indexes":      "the tables have key columns instead; .inspect TABLE shows them",
	".multi":        "a statement ends with a semicolon",
	".open":         "start with --attach NAME=FILE",
	".print":        "select 'text' prints a text",
	".save":         ".once FILE writes a result to a file",
	".search_path":  "name a connection before the table, as in CONNECTION.TABLE, or start with --connection NAME",
	".shell":        "the prompt runs no programs; use another terminal",
	".system":       "the prompt runs no programs; use another terminal",
	".show":         ".mode, .param and .connections print the settings",
	".width":        ".wide on shows columns in full",
	`\a`:            ".mode chooses the format of results",
	`\c`:            "start with --connection NAME",
	`\connect`:      "start with --connection NAME",
	`\copy`:         ".once FILE writes a result to a file, and --attach NAME=FILE reads one",
	`\e`:            "the arrow keys edit an input of several lines; .read FILE runs a file",
	`\echo`:         "select 'text' prints a text",
	`\g`:            "end a statement with a semicolon; .once FILE sends its result to a file",
	`\G`:            "end a statement with a semicolon; .mode line prints a line for each value",
	`\gx`:           "end a statement with a semicolon; .mode line prints a line for each value",
	`\p`:            "the up arrow recalls an input",
	`\pset`:         ".mode, .null, .header and .wide control the output",
	`\r`:            "Ctrl-C clears the input",
	`\s`:            "Ctrl-R searches the history",
	`\t`:            ".header off omits the names of the columns",
	`\!`:            "the prompt runs no programs; use another terminal",
}
