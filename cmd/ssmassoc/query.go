package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"steampipe-plugin-ssmassoc/internal/embedded"
	"steampipe-plugin-ssmassoc/internal/render"
	"steampipe-plugin-ssmassoc/internal/shell"
	"steampipe-plugin-ssmassoc/internal/sqltext"
)

func newQueryCommand() *cobra.Command {
	var flags queryFlags
	cmd := &cobra.Command{
		Use:   "query [flags] [SQL | FILE.sql | -]",
		Short: "Run SQL over real AWS or, with --demo, over a simulated fleet",
		Long: `Runs SQL given as an argument, in a file whose name ends in .sql, or on standard
input (-, or no argument). The result goes to standard output, all else to
standard error. Without SQL, on a terminal, it asks for statements at a prompt.

Exit status: 0 for an answer, 1 for a failed query, 2 for wrong usage, 130 when
interrupted.`,
		Example: `  ssmassoc query --demo "select status, count(*) from ssm_instance_association_status group by status"
  ssmassoc query --output csv "select * from ssm_managed_instance where instance_id = 'i-0123456789abcdef0'"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.check(cmd); err != nil {
				return err
			}
			if len(args) == 0 && canPrompt(cmd) {
				return prompt(cmd, flags)
			}
			sql, err := readSQL(cmd, args, embedded.Options{MemoryMB: flags.memoryMB}.TextMB())
			if err == nil {
				err = query(cmd, flags, sql)
			}
			return withRemedy(err, flags.memoryMB)
		},
	}
	flags.register(cmd.Flags())
	cmd.ValidArgsFunction = completeSQL
	completeFlags(cmd)
	return cmd
}

// withRemedy adds to an error the argument to change, if changing one helps.
func withRemedy(err error, memoryMB int) error {
	var memory *embedded.MemoryError
	if errors.As(err, &memory) {
		return fmt.Errorf("%w; have the statement hold less at once, or raise --memory-limit, which is %d",
			err, memoryMB)
	}
	return err
}

// query runs SQL and shows its results.
func query(cmd *cobra.Command, flags queryFlags, sql string) (err error) {
	ctx := cmd.Context()
	settings, err := flags.settings(cmd)
	if err != nil {
		return err
	}
	statements, _ := sqltext.Count(sql)
	stderr, line := flags.stderr(cmd)
	b, err := newBackend(ctx, stderr, line, flags.sourceFlags, statements == 1 && flags.watch == 0)
	if err != nil {
		return err
	}
	session, err := shell.NewSession(ctx, b, shell.Screen{Out: cmd.OutOrStdout()}, stderr, settings)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := session.Close(); err == nil {
			err = closeErr
		}
	}()
	if flags.watch > 0 {
		return session.Watch(ctx, sql, flags.watch)
	}
	if flags.to != "" {
		var format *render.Format
		if cmd.Flags().Changed("output") {
			inFile := settings.Format.InFile()
			format = &inFile
		}
		if err := session.SendOnce(flags.to, format); err != nil {
			return err
		}
	}
	return session.Run(ctx, sql)
}

// readSQL returns the SQL that the arguments give, at most mb MB.
func readSQL(cmd *cobra.Command, args []string, mb int) (string, error) {
	switch {
	case len(args) > 1:
		return "", wrongUsage(cmd, "expected one argument with SQL, got %d; put the SQL in quotes", len(args))
	case len(args) == 0 && isDevice(cmd.InOrStdin()):
		return "", wrongUsage(cmd, "no SQL: give it as an argument, as a FILE.sql, or on standard input")
	case len(args) == 0 || args[0] == "-":
		sql, err := readInput(cmd.Context(), mb, func() ([]byte, error) {
			return io.ReadAll(limited(cmd.InOrStdin(), mb))
		})
		return sqlOf(cmd, sql, err, "standard input", mb)
	case strings.HasSuffix(args[0], ".sql"):
		sql, err := readFile(cmd.Context(), args[0], mb)
		return sqlOf(cmd, sql, err, args[0], mb)
	}
	return sqlOf(cmd, []byte(args[0]), nil, "", mb)
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
	if strings.TrimSpace(text) == "" {
		return "", wrongUsage(cmd, "the SQL is empty")
	}
	return text, nil
}

// isDevice reports whether r is a device, with nothing piped in.
func isDevice(r io.Reader) bool {
	file, ok := r.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// isTerminal reports whether the stream is a terminal.
func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}
