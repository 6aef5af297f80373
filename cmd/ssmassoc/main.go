// Command ssmassoc answers SQL over the plugin's tables with nothing
// installed: real AWS, or a simulated fleet.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"github.com/spf13/cobra"
)

// Exit statuses.
const (
	exitAnswer      = 0
	exitFailed      = 1
	exitUsage       = 2
	exitInterrupted = 130 // as a shell reports SIGINT
)

func main() { os.Exit(run()) }

func run() int {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	context.AfterFunc(ctx, stop) // a second Ctrl-C ends the process at once

	quietPluginLog()
	err := newCommand().ExecuteContext(ctx)
	switch {
	case err == nil:
		return exitAnswer
	case ctx.Err() != nil:
		fmt.Fprintln(os.Stderr, "ssmassoc: interrupted")
		return exitInterrupted
	}
	fmt.Fprintln(os.Stderr, "ssmassoc: "+err.Error())
	var usage *usageError
	if errors.As(err, &usage) {
		fmt.Fprintf(os.Stderr, "Run %q for usage.\n", usage.command+" --help")
		return exitUsage
	}
	return exitFailed
}

// usageError is an error in how the command was called.
type usageError struct {
	command string
	err     error
}

func (e *usageError) Error() string { return e.err.Error() }
func (e *usageError) Unwrap() error { return e.err }

func wrongUsage(cmd *cobra.Command, format string, a ...any) error {
	return &usageError{command: cmd.CommandPath(), err: fmt.Errorf(format, a...)}
}

func newCommand() *cobra.Command {
	root := &cobra.Command{
		Use:   "ssmassoc",
		Short: "AWS Systems Manager association status in SQL",
		Long: `Asks AWS Systems Manager, in SQL, whether each State Manager association ran on
each managed node, when, with what result, and where its output went.

The tables are those of the Steampipe plugin of the same name; the SQL is
SQLite's. Nothing needs to be installed.`,
		SilenceErrors: true,
		SilenceUsage:  true,
		Args: func(cmd *cobra.Command, args []string) error {
			if len(args) > 0 {
				return wrongUsage(cmd, "unknown command %q", args[0])
			}
			return nil
		},
		RunE: func(cmd *cobra.Command, _ []string) error {
			return wrongUsage(cmd, "a command is missing: query, simulate or inspect")
		},
	}
	root.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return wrongUsage(cmd, "%w", err) })
	root.CompletionOptions.HiddenDefaultCmd = true
	root.AddCommand(newQueryCommand(), newSimulateCommand(), newInspectCommand())
	return root
}

// quietPluginLog keeps the plugin's log off the terminal unless it was asked
// for: what a user must know is in the error of the query.
func quietPluginLog() {
	const level = "STEAMPIPE_LOG_LEVEL"
	if _, set := os.LookupEnv(level); !set {
		_ = os.Setenv(level, "off")
	}
}
