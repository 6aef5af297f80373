package main

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/spf13/cobra"

	"steampipe-plugin-ssmassoc/internal/embedded"
	"steampipe-plugin-ssmassoc/internal/shell"
	"steampipe-plugin-ssmassoc/internal/termtext"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

func newInspectCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "inspect [TABLE]",
		Short: "Print the tables, or the columns of a table with their types, key columns and descriptions",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) > 1 {
				return wrongUsage(cmd, "expected at most one table, got %d", len(args))
			}
			// The tables are the same for every connection.
			host, err := embedded.NewHost(ssmassoc.NewServer(), []embedded.Connection{{Name: pluginName}}, embedded.Options{})
			if err != nil {
				return err
			}
			var text bytes.Buffer
			var names []string
			for _, table := range host.Tables() {
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
}
