package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"steampipe-plugin-ssmassoc/internal/cli/shell"
)

// canPrompt reports whether a person can type at a prompt.
func canPrompt(cmd *cobra.Command) bool {
	return isTerminal(cmd.InOrStdin()) && isTerminal(cmd.OutOrStdout())
}

// prompt reads and runs statements until the user leaves. Ctrl-C ends a statement, not
// the prompt.
func prompt(cmd *cobra.Command, flags queryFlags, settings shell.Settings) (err error) {
	if flags.to != "" || flags.watch > 0 {
		return wrongUsage(cmd, "--to and --watch need SQL; at the prompt use .output and .watch")
	}
	session, err := flags.open(cmd, settings, false)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	session.Begun = time.Time{} // a person types the first input
	fmt.Fprintln(cmd.ErrOrStderr(), "End a statement with a semicolon; .help lists the commands.")
	return shell.NewPrompt(session).Run(cmd.Context())
}
