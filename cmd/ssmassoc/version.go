package main

import (
	"cmp"
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
	"strings"

	"github.com/spf13/cobra"

	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// Set by the linker in releases (version) and by make (commit).
var version, commit string

// buildVersion returns the version of this build.
func buildVersion() string {
	if version != "" {
		return version
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		return info.Main.Version
	}
	return "(devel)"
}

func newVersionCommand() *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the versions of the command, the SDK and SQLite",
		Args:  cobra.NoArgs,
		RunE:  func(cmd *cobra.Command, _ []string) error { return printVersion(cmd) },
	}
}

func printVersion(cmd *cobra.Command) error {
	_, err := io.WriteString(cmd.OutOrStdout(), versionText())
	return err
}

// versionText returns the output of --version.
func versionText() string {
	var b strings.Builder
	fmt.Fprintf(&b, "ssmassoc %s", buildVersion())
	info, _ := debug.ReadBuildInfo()
	if commit := cmp.Or(commit, commitOf(info)); commit != "" {
		fmt.Fprintf(&b, " (commit %s)", commit)
	}
	sqlite, err := embedded.SQLiteVersion()
	if err != nil {
		sqlite = err.Error()
	}
	fmt.Fprintf(&b, "\nSteampipe plugin SDK %s\nSQLite %s, by go-sqlite3 %s\n%s %s/%s\n",
		versionOf(info, "github.com/turbot/steampipe-plugin-sdk/v5"),
		sqlite, versionOf(info, "github.com/ncruces/go-sqlite3"),
		runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return b.String()
}

// commitOf returns the commit that a binary was built from, or "" if unknown.
func commitOf(info *debug.BuildInfo) string {
	if info == nil {
		return ""
	}
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	const short = 12
	commit := settings["vcs.revision"]
	commit = commit[:min(len(commit), short)]
	if day, _, ok := strings.Cut(settings["vcs.time"], "T"); ok {
		commit += ", " + day
	}
	if settings["vcs.modified"] == "true" {
		commit += ", changed"
	}
	return commit
}

// versionOf returns the version of a module linked into the binary.
func versionOf(info *debug.BuildInfo, module string) string {
	if info != nil {
		for _, d := range info.Deps {
			if d.Path == module {
				return cmp.Or(d.Version, "unknown")
			}
		}
	}
	return "unknown"
}
