package main

import (
	"io"
	"os"
	"time"

	"github.com/spf13/cobra"
	"golang.org/x/term"

	"steampipe-plugin-ssmassoc/internal/cli/render"
	"steampipe-plugin-ssmassoc/internal/cli/shell"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

func newQueryCommand() *cobra.Command {
	var flags queryFlags
	cmd := &cobra.Command{
		Use:   "query [flags] [SQL | FILE.sql | -]",
		Short: "Run SQL over real AWS or, with --demo, over a simulated fleet",
		Long: `Runs SQL given as an argument, in a file whose name ends in .sql, or on standard
input (-, or no argument). The result goes to standard output, all else to
standard error. Without SQL, on a terminal, it asks for statements at a prompt.
Dot-commands of the prompt may stand on lines between the statements.

The word query may be left out before SQL, and --csv, --json and the like stand for
--output csv, --output json.

Exit status: 0 for an answer, 1 for a failed query, 2 for wrong usage, 3 for rows
with --fail-on-rows, 130 when interrupted.`,
		Example: `  ssmassoc query --demo "select status, count(*) from ssm_instance_association_status group by status"
  ssmassoc query --output csv "select * from ssm_managed_instance where instance_id = 'i-0123456789abcdef0'"`,
		RunE: func(cmd *cobra.Command, args []string) error { return runQuery(cmd, flags, args) },
	}
	flags.register(cmd.Flags())
	cmd.ValidArgsFunction = completeSQL
	completeFlags(cmd)
	return cmd
}

// runQuery runs the SQL that the command line gives or, without any on a terminal, the
// prompt.
func runQuery(cmd *cobra.Command, flags queryFlags, args []string) error {
	if err := flags.check(cmd); err != nil {
		return err
	}
	settings, err := flags.settings(cmd)
	if err != nil {
		return err
	}
	settings.Begun = time.Now()
	if len(args) == 0 && !flags.given() && canPrompt(cmd) {
		if flags.failOnRows {
			return wrongUsage(cmd, "--fail-on-rows needs SQL; the prompt has no result to report")
		}
		return prompt(cmd, flags, settings)
	}
	ctx, limit := shell.Limited(cmd.Context(), settings.Begun, settings.Timeout)
	defer limit.End()
	sql, err := flags.read(ctx, cmd, args, embedded.Options{MemoryMB: flags.memoryMB}.TextMB())
	if err != nil {
		return shell.TimedOut(ctx, err)
	}
	limit.End()
	return query(cmd, flags, settings, sql)
}

// open opens a session, in the time of its first input.
func (f *queryFlags) open(cmd *cobra.Command, settings shell.Settings, oneRun bool) (*shell.Session, error) {
	stderr, line := f.stderr(cmd)
	ctx, limit := shell.Limited(cmd.Context(), settings.Begun, settings.Timeout)
	defer limit.End()
	b, err := newBackend(ctx, stderr, line, f.sourceFlags, oneRun)
	if err != nil {
		return nil, shell.TimedOut(ctx, err)
	}
	return shell.NewSession(ctx, b, shell.Screen{Out: cmd.OutOrStdout()}, stderr, settings)
}

// query runs SQL and shows its results.
func query(cmd *cobra.Command, flags queryFlags, settings shell.Settings, sql string) (err error) {
	ctx := cmd.Context()
	statements, _ := sqltext.Count(sql)
	scripted := shell.IsScript(sql)
	if scripted && (flags.to != "" || flags.watch > 0) {
		return wrongUsage(cmd, "dot-commands and EXPLAIN exclude --to and --watch; leave out one of them")
	}
	session, err := flags.open(cmd, settings, statements == 1 && flags.watch == 0 && !scripted)
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := session.Close(); err == nil {
			err = closeErr
		}
		if n := session.RowCount(); err == nil && flags.failOnRows && n > 0 {
			err = &rowsError{n}
		}
	}()
	switch {
	case scripted:
		return session.RunScript(ctx, sql)
	case flags.watch > 0:
		return session.Watch(ctx, sql, flags.watch)
	}
	if err := flags.send(cmd, session, settings); err != nil {
		return err
	}
	return session.Run(ctx, sql)
}

// send sends the next results to the file of --to, if there is one, in the format of
// --output or else of its ending.
func (f *queryFlags) send(cmd *cobra.Command, session *shell.Session, settings shell.Settings) error {
	if f.to == "" {
		return nil
	}
	var format *render.Format
	if cmd.Flags().Changed("output") {
		inFile := settings.Format.InFile()
		format = &inFile
	}
	_, limit := shell.Limited(cmd.Context(), settings.Begun, settings.Timeout) // a pipe may have no reader
	defer limit.End()
	return session.SendOnce(f.to, format, true)
}

// rowsError says that results have rows, where --fail-on-rows asks for none.
type rowsError struct{ rows int }

func (e *rowsError) Error() string { return "--fail-on-rows: " + plural(e.rows, "row") }

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
