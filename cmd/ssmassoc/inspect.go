package main

import (
	"bytes"
	"context"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"steampipe-plugin-ssmassoc/internal/embedded"
	"steampipe-plugin-ssmassoc/internal/shell"
	"steampipe-plugin-ssmassoc/internal/termtext"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

func newInspectCommand() *cobra.Command {
	var files sourceFlags
	cmd := &cobra.Command{
		Use:   "inspect [TABLE]",
		Short: "Print the tables, or the columns of a table with their types, key columns and descriptions",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return wrongUsage(cmd, "expected at most one table, got %d", len(args))
			}
			tables, err := allTables(cmd.Context(), files)
			if err != nil {
				return err
			}
			var text bytes.Buffer
			var names []string
			for _, table := range tables {
				names = append(names, table.Name)
				if len(args) == 0 || table.Name == args[0] {
					if text.Len() > 0 {
						text.WriteByte('\n')
					}
					shell.Describe(&text, table)
				}
			}
			if text.Len() == 0 {
				return fmt.Errorf("no table %q; there is %s", args[0], strings.Join(names, ", "))
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
func allTables(ctx context.Context, files sourceFlags) ([]*embedded.Table, error) {
	host, err := embedded.NewHost(ssmassoc.NewServer(), []embedded.Connection{{Name: pluginName}}, embedded.Options{})
	if err != nil {
		return nil, err
	}
	db, err := embedded.Open(host, embedded.Options{})
	if err != nil {
		return nil, err
	}
	defer func() { _ = db.Close() }()
	if err := files.attachTo(ctx, db); err != nil {
		return nil, err
	}
	return db.Tables(), nil
}
