// Command ssmassoc runs SQL over the plugin's tables without a Steampipe installation,
// against AWS or a simulated fleet.
package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"log"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"steampipe-plugin-ssmassoc/internal/cli/shell"
	"steampipe-plugin-ssmassoc/internal/cli/termtext"
	"steampipe-plugin-ssmassoc/internal/lifetime"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// Exit statuses.
const (
	exitAnswer      = 0
	exitFailed      = 1
	exitWorse       = 1 // of diff, whose failures are exitUsage
	exitUsage       = 2
	exitRows        = 3   // with --fail-on-rows
	exitInterrupted = 130 // as a shell reports SIGINT; for each signal
)

func main() {
	cmd := newCommand()
	cmd.SetArgs(understood(cmd, os.Args[1:]))
	os.Exit(run(cmd))
}

// run runs the command and returns its exit status.
func run(cmd *cobra.Command) (status int) {
	stderr := termtext.Writer{W: os.Stderr}
	defer func() {
		if value := recover(); value != nil {
			status = report(stderr, embedded.Caught(value))
		}
	}()
	ctx, end := lifetime.Begin(func(cause error) (string, int) {
		var message strings.Builder
		status := report(termtext.Writer{W: &message}, cause)
		return message.String(), status
	})
	defer end()

	quietLogs()
	cmd.SetErr(stderr)
	err := cmd.ExecuteContext(ctx)
	if err != nil && ctx.Err() != nil {
		err = context.Cause(ctx)
	}
	return report(stderr, err)
}

// report prints the error that ended the command and returns its exit status.
func report(stderr io.Writer, err error) int {
	if err == nil {
		return exitAnswer
	}
	const prefix = "ssmassoc: " // also that of an error of the connection of this name
	fmt.Fprintln(stderr, prefix+strings.TrimPrefix(shell.Message(err), prefix))
	var interrupted *lifetime.Interrupted
	var defect *embedded.PanicError
	var usage *usageError
	var rows *rowsError
	var worse *worseError
	var trouble *troubleError
	switch {
	case errors.As(err, &interrupted):
		return exitInterrupted
	case errors.As(err, &rows):
		return exitRows
	case errors.As(err, &worse):
		return exitWorse
	case errors.As(err, &defect):
		if level := os.Getenv(logLevel); level == "debug" || level == "trace" {
			fmt.Fprintf(stderr, "%s", defect.Stack)
		} else {
			fmt.Fprintf(stderr, "This is a bug; set %s=debug for its stack trace.\n", logLevel)
		}
	case errors.As(err, &usage):
		fmt.Fprintf(stderr, "Run %q for usage.\n", usage.command+" --help")
		return exitUsage
	case errors.As(err, &trouble):
		return exitUsage
	}
	return exitFailed
}

// usageError is an error in the command's invocation.
type usageError struct {
	command string
	err     error
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func wrongUsage(cmd *cobra.Command, format string, a ...any) error {
	return &usageError{command: cmd.CommandPath(), err: fmt.Errorf(format, a...)}
}

func commandMissing(cmd *cobra.Command) error {
	return wrongUsage(cmd, "a command is missing: query, export, diff, simulate or inspect")
}

func newCommand() *cobra.Command {
	var flags queryFlags
	var version bool
	root := &cobra.Command{
		Use:   "ssmassoc",
		Short: "AWS Systems Manager association status in SQL",
		Long: `Asks AWS Systems Manager, in SQL, whether each State Manager association ran on
each managed node, when, with what result, and where its output went.

The tables are those of the Steampipe plugin of the same name; the SQL is
SQLite's. Nothing needs to be installed. Without a command, on a terminal, it
asks for statements at a prompt.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 && !isSQL(args[0]) {
				return unknownCommand(cmd, args[0])
			}
			return nil
		},
		PersistentPreRun: func(cmd *cobra.Command, _ []string) {
			if cmd.Name() == cobra.ShellCompRequestCmd {
				unquoteUsages(cmd.Root())
			}
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case version:
				return printVersion(cmd)
			case len(args) == 0 && !flags.given() && !canPrompt(cmd) && isDevice(cmd.InOrStdin()):
				return commandMissing(cmd)
			}
			return runQuery(cmd, flags, args)
		},
	}
	flags.register(root.Flags())
	completeFlags(root)
	root.Flags().BoolVarP(&version, "version", "v", false, "print the versions of the command, the SDK and SQLite")
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error {
		return wrongUsage(cmd, "%w", withNearFlag(cmd, err))
	})
	root.AddCommand(newQueryCommand(), newExplainCommand(), newSimulateCommand(), newInspectCommand(), newExportCommand(),
		newDiffCommand(),
		newVersionCommand())
	refuseUnknownArguments(root)
	return root
}

// refuseUnknownArguments makes arguments that cobra's own commands do not know wrong
// usage. By themselves they print some help, with the exit status of an answer.
func refuseUnknownArguments(root *cobra.Command) {
	root.InitDefaultCompletionCmd()
	root.InitDefaultHelpCmd()
	for _, c := range root.Commands() {
		switch c.Name() {
		case "completion":
			c.Args = func(cmd *cobra.Command, args []string) error {
				if len(args) > 0 {
					return wrongUsage(cmd, "no completion for %q; use bash, fish, powershell or zsh", args[0])
				}
				return nil
			}
			c.RunE = func(cmd *cobra.Command, _ []string) error { return cmd.Help() }
		case "help":
			c.Args = func(cmd *cobra.Command, args []string) error {
				if c, _, err := root.Find(args); len(args) > 0 && (err != nil || c == root) {
					return unknownCommand(cmd.Root(), args[0])
				}
				return nil
			}
		}
	}
}

// logLevel is the environment variable for the log level of Steampipe's plugins.
const logLevel = "STEAMPIPE_LOG_LEVEL"

// quietLogs keeps logs off the terminal unless requested: the plugin's, and those of
// the standard library, such as stack traces of a server's panics. The query's error
// carries everything a user needs.
func quietLogs() {
	if _, set := os.LookupEnv(logLevel); !set {
		_ = os.Setenv(logLevel, "off")
		log.SetOutput(io.Discard)
	}
}
