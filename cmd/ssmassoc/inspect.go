package main

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"steampipe-plugin-ssmassoc/internal/cli/shell"
	"steampipe-plugin-ssmassoc/internal/cli/termtext"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

func newInspectCommand() *cobra.Command {
	var files sourceFlags
	cmd := &cobra.Command{
		Use:   "inspect [TABLE]",
		Short: "List the tables, or print the columns of a table with their types, key columns and descriptions",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return wrongUsage(cmd, "expected at most one table, got %d", len(args))
			}
			tables, err := allTables(cmd.Context(), cmd.ErrOrStderr(), files)
			if err != nil {
				return err
			}
			var text bytes.Buffer
			if len(args) == 0 {
				shell.List(&text, tables)
			} else {
				table, err := shell.Named(tables, args[0])
				if err != nil && strings.Contains(args[0], ".") {
					table, err = tableInSchema(cmd.Context(), args[0])
				}
				if err != nil {
					return err
				}
				shell.Describe(&text, table)
			}
			if _, err := text.WriteTo(termtext.Writer{W: cmd.OutOrStdout()}); err != nil {
				return fmt.Errorf("write the result: %w", err)
			}
			return nil
		},
	}
	files.registerAttach(cmd.Flags())
	cmd.ValidArgsFunction = completeTables
	return cmd
}

// allTables returns the plugin's tables, which are the same for every connection, and
// those of the attached files.
func allTables(ctx context.Context, stderr io.Writer, files sourceFlags) ([]*embedded.Table, error) {
	host, err := embedded.NewHost(ssmassoc.NewServer(), []embedded.Connection{{Name: pluginName}}, embedded.Options{})
	if err != nil {
		return nil, err
	}
	db, err := embedded.Open(host, embedded.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	if err := files.attachTo(ctx, db, stderr); err != nil {
		return nil, err
	}
	return db.Tables(), nil
}
