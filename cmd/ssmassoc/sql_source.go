package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"steampipe-plugin-ssmassoc/internal/cli/shell"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

// sqlFlags give SQL in other ways than as an argument.
type sqlFlags struct {
	commands []string
	files    []string
}

func (f *sqlFlags) register(flags *pflag.FlagSet) {
	flags.StringArrayVarP(&f.commands, "command", "c", nil, "run this `SQL`, as an argument does; may be repeated")
	flags.StringArrayVarP(&f.files, "file", "f", nil, "run the SQL of this `FILE`, whatever its ending; may be repeated")
}

// given reports whether a flag gives SQL.
func (f *sqlFlags) given() bool { return len(f.commands)+len(f.files) > 0 }

// read returns the SQL that the flags or the arguments give, at most mb MB.
func (f *sqlFlags) read(ctx context.Context, cmd *cobra.Command, args []string, mb int) (string, error) {
	switch {
	case !f.given():
		return readSQL(ctx, cmd, args, mb)
	case len(args) > 0:
		return "", wrongUsage(cmd, "an argument with SQL and --command or --file exclude each other")
	case len(f.commands) > 0 && len(f.files) > 0:
		return "", wrongUsage(cmd, "--command and --file exclude each other")
	}
	texts := f.commands
	for _, name := range f.files {
		sql, err := readSQLFile(ctx, cmd, name, mb)
		if err != nil {
			return "", err
		}
		texts = append(texts, sql)
	}
	return sqlOf(cmd, []byte(joined(texts)), nil, "", mb)
}

// joined returns texts of statements as one, a semicolon after those that lack it.
func joined(texts []string) string {
	var b strings.Builder
	for i, text := range texts {
		b.WriteString(text)
		switch last := i == len(texts)-1; {
		case last:
		case sqltext.Complete(text) || shell.IsCommand(text):
			b.WriteString("\n")
		default:
			b.WriteString("\n;\n")
		}
	}
	return b.String()
}

// readSQL returns the SQL that the arguments give, at most mb MB.
func readSQL(ctx context.Context, cmd *cobra.Command, args []string, mb int) (string, error) {
	switch {
	case len(args) > 1:
		return "", wrongUsage(cmd, "expected one argument with SQL, got %d; put the SQL in quotes", len(args))
	case len(args) == 0 && isDevice(cmd.InOrStdin()):
		return "", wrongUsage(cmd, "no SQL: give it as an argument, as a FILE.sql, or on standard input")
	case len(args) == 0:
		return readSQLFile(ctx, cmd, standardInput, mb)
	case args[0] == standardInput, strings.HasSuffix(args[0], ".sql"):
		return readSQLFile(ctx, cmd, args[0], mb)
	case isFile(args[0]):
		return "", wrongUsage(cmd, "%s is a file; run it with --file", args[0])
	}
	return sqlOf(cmd, []byte(args[0]), nil, "", mb)
}

// isFile reports whether a text names a file.
func isFile(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular()
}

// standardInput is the name of the standard input as a file.
const standardInput = "-"

// readSQLFile returns the SQL of a file, at most mb MB.
func readSQLFile(ctx context.Context, cmd *cobra.Command, name string, mb int) (string, error) {
	if name != standardInput {
		sql, err := readFile(ctx, name, mb)
		return sqlOf(cmd, sql, err, name, mb)
	}
	sql, err := readInput(ctx, mb, func() ([]byte, error) {
		return io.ReadAll(limited(cmd.InOrStdin(), mb))
	})
	return sqlOf(cmd, sql, err, "standard input", mb)
}

// sqlOf returns SQL read from the named source, or the error of reading it.
func sqlOf(cmd *cobra.Command, sql []byte, err error, from string, mb int) (string, error) {
	switch {
	case errors.Is(err, errTooLong):
		return "", &embedded.MemoryError{What: fmt.Sprintf("%s is longer than %d MB", from, mb)}
	case err != nil:
		return "", fmt.Errorf("read SQL: %w", err)
	}
	text := shell.WithoutMark(string(sql))
	switch {
	case strings.TrimSpace(text) != "":
		return text, nil
	case cmd.HasParent() || from == "":
		return "", wrongUsage(cmd, "the SQL is empty")
	}
	return "", commandMissing(cmd)
}
