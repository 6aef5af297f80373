package main

import (
	"maps"
	"slices"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"steampipe-plugin-ssmassoc/internal/cli/render"
)

// completeFlags completes the known values of a command's flags.
func completeFlags(cmd *cobra.Command) {
	for name, values := range map[string][]string{
		"output":   render.Names(),
		"stats":    {"text", "json"},
		"progress": {"auto", "always", "never"},
		"pager":    {"auto", "never"},
	} {
		if cmd.Flags().Lookup(name) != nil {
			_ = cmd.RegisterFlagCompletionFunc(name, cobra.FixedCompletions(values, cobra.ShellCompDirectiveNoFileComp))
		}
	}
	if cmd.Flags().Lookup("config") != nil {
		_ = cmd.MarkFlagFilename("config", "spc")
		_ = cmd.RegisterFlagCompletionFunc("connection", completeConnections)
	}
}

// unquoteUsages removes the backquotes from the descriptions of all flags, where they
// mark the placeholder: shells show the descriptions as they are.
func unquoteUsages(cmd *cobra.Command) {
	cmd.Flags().VisitAll(func(f *pflag.Flag) { _, f.Usage = pflag.UnquoteUsage(f) })
	for _, c := range cmd.Commands() {
		unquoteUsages(c)
	}
}

// completeConnections returns the names of the configured connections.
func completeConnections(cmd *cobra.Command, _ []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	file, _ := cmd.Flags().GetString("config")
	config, err := connectionFlags{config: file}.read(cmd.Context())
	if err != nil {
		return nil, cobra.ShellCompDirectiveError
	}
	names := slices.Collect(maps.Keys(config.Aggregators))
	for _, c := range config.Connections {
		names = append(names, c.Name)
	}
	slices.Sort(names)
	return names, cobra.ShellCompDirectiveNoFileComp
}

// completeSQL completes the names of SQL files.
func completeSQL(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return []cobra.Completion{"sql"}, cobra.ShellCompDirectiveFilterFileExt
}

// completeTables completes table names.
func completeTables(cmd *cobra.Command, args []string, _ string) ([]cobra.Completion, cobra.ShellCompDirective) {
	tables, err := allTables(cmd.Context(), nil, sourceFlags{})
	if err != nil || len(args) > 0 {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	var names []cobra.Completion
	for _, t := range tables {
		names = append(names, cobra.CompletionWithDesc(t.Name, t.Description))
	}
	return names, cobra.ShellCompDirectiveNoFileComp
}
