package main

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"steampipe-plugin-ssmassoc/internal/cli/shell"
)

// canPrompt reports whether a person can type at a prompt.
func canPrompt(cmd *cobra.Command) bool {
	return isTerminal(cmd.InOrStdin()) && isTerminal(cmd.OutOrStdout())
}

// prompt reads and runs statements until the user leaves. Ctrl-C ends a statement, not
// the prompt.
func prompt(cmd *cobra.Command, flags queryFlags) (err error) {
	if flags.to != "" || flags.watch > 0 {
		return wrongUsage(cmd, "--to and --watch need SQL; at the prompt use .output and .watch")
	}
	settings, err := flags.settings(cmd)
	if err != nil {
		return err
	}
	ctx := context.WithoutCancel(cmd.Context())
	stderr, line := flags.stderr(cmd)
	b, err := newBackend(ctx, stderr, line, flags.sourceFlags, false)
	if err != nil {
		return err
	}
	session, err := shell.NewSession(ctx, b, shell.Screen{Out: cmd.OutOrStdout()}, stderr, settings)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, session.Close()) }()
	fmt.Fprintln(stderr, "End a statement with a semicolon; .help lists the commands.")
	return shell.NewPrompt(session).Run(ctx)
}
