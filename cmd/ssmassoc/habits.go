package main

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"steampipe-plugin-ssmassoc/internal/cli/render"
	"steampipe-plugin-ssmassoc/internal/cli/shell"
)

// understood returns a command line with the habits of other tools in this command's
// words: SQL that begins with a comment, which looks like a flag, the name of a format as
// a flag, such as --csv or -json, and one dash before the long name of a flag.
func understood(root *cobra.Command, args []string) []string {
	cmd, _, err := root.Find(args)
	if err != nil || len(args) > 0 && strings.HasPrefix(args[0], cobra.ShellCompRequestCmd) {
		return args
	}
	args = slices.Clone(args)
	takes := false // whether the argument is the value of the flag before it
	for i, arg := range args {
		if takes {
			takes = false
			continue
		}
		name, dashes := strings.TrimLeft(arg, "-"), len(arg)-len(strings.TrimLeft(arg, "-"))
		name, _, valued := strings.Cut(name, "=")
		switch {
		case arg == "--":
			return args
		case dashes == 0 || dashes > 1 && name == "":
		case dashes > 1 && strings.ContainsFunc(name, unicode.IsSpace):
			args[i] = " " + arg // SQLite skips the space, and pflag takes it for no flag
		case !valued && isFormat(name) && cmd.Flags().Lookup("output") != nil:
			args[i] = "--output=" + name
		default:
			if dashes == 1 && len(name) > 1 && cmd.Flags().Lookup(name) != nil {
				args[i], dashes = "-"+arg, 2
			}
			takes = !valued && takesValue(cmd.Flags(), name, dashes)
		}
	}
	return args
}

// isFormat reports whether a word of more than a letter, which may be a flag of its own,
// names a format.
func isFormat(word string) bool {
	_, ok := render.Named(word)
	return ok && len(word) > 1
}

// takesValue reports whether the argument after a flag is its value.
func takesValue(flags *pflag.FlagSet, name string, dashes int) bool {
	var flag *pflag.Flag
	switch {
	case dashes > 1:
		flag = flags.Lookup(name)
	case len(name) == 1:
		flag = flags.ShorthandLookup(name)
	}
	return flag != nil && flag.NoOptDefVal == ""
}

// beginnings are the first words of SQL statements.
//
// See https://sqlite.org/lang.html.
var beginnings = []string{
	"alter", "analyze", "begin", "commit", "create", "delete", "drop", "explain", "insert", "pragma", "replace",
	"rollback", "select", "update", "values", "with",
}

// isSQL reports whether an argument in the place of a command is SQL, a dot-command, or
// the name of a file of SQL.
func isSQL(arg string) bool {
	first, _, more := strings.Cut(strings.TrimSpace(arg), " ")
	return more || shell.IsCommand(arg) || strings.HasSuffix(arg, ".sql") || isFile(arg) ||
		strings.ContainsAny(arg, "\n;") || slices.Contains(beginnings, strings.ToLower(first))
}

// unknownCommand is the error for a word that is no command.
func unknownCommand(cmd *cobra.Command, word string) error {
	var names []string
	for _, c := range cmd.Root().Commands() {
		if c.IsAvailableCommand() {
			names = append(names, c.Name())
		}
	}
	if near := shell.Nearest(word, names); near != "" {
		return wrongUsage(cmd, "unknown command %q; did you mean %s?", word, near)
	}
	return wrongUsage(cmd, "unknown command %q; commands: %s", word, strings.Join(names, ", "))
}

// otherFlags are flags of other tools, with what has their effect here.
var otherFlags = map[string]string{
	"A": "--output csv", "F": "--separator", "H": "--output html", "P": "--null", "d": "--connection",
	"database": "--connection", "dbname": "--connection", "db": "--attach NAME=FILE", "expanded": "--output line",
	"field-separator": "--separator", "format": "--output", "no-header": "--header=false", "noheader": "--header=false",
	"nullvalue": "--null", "out": "--to", "outfile": "--to", "q": "--progress never", "quiet": "--progress never",
	"search-path": "--connection", "search-path-prefix": "--connection", "sql": "--command",
	"t": "--header=false", "timing": "--stats", "tuples-only": "--header=false", "variable": "--param",
	"x": "--output line", "workspace": "--config FILE.spc",
}

// withNearFlag adds to the error for an unknown flag the flag that may have been meant.
func withNearFlag(cmd *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) {
		return err
	}
	name := unknown.GetSpecifiedName()
	if long := unknown.GetSpecifiedShortnames(); long != "" && otherFlags[long] != "" {
		name = long // sqlite3 and duckdb write long names with one dash
	}
	other := otherFlags[name]
	if flag := strings.FieldsFunc(other, func(r rune) bool { return r == ' ' || r == '=' }); len(flag) > 0 &&
		cmd.Flags().Lookup(strings.TrimPrefix(flag[0], "--")) != nil {
		return fmt.Errorf("%w; use %s", err, other)
	}
	var names []string
	cmd.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	if near := shell.Nearest(name, names); near != "" {
		return fmt.Errorf("%w; did you mean --%s?", err, near)
	}
	return err
}
