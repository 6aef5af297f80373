package main

import (
	"bufio"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"steampipe-plugin-ssmassoc/internal/files/engines"
	"steampipe-plugin-ssmassoc/internal/files/export"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// checkDDL rejects flags that cannot be combined with --ddl.
func (f *exportFlags) checkDDL(cmd *cobra.Command) error {
	given := cmd.Flags().Changed
	switch {
	case f.ddl == "" && len(f.accounts) > 0:
		return wrongUsage(cmd, "--account requires --ddl; an export reads the accounts of its connections")
	case f.ddl == "":
		return nil
	case !slices.Contains(engines.Names(), f.ddl):
		return wrongUsage(cmd, "--ddl %q is unknown; use one of %s", f.ddl, strings.Join(engines.Names(), ", "))
	case f.profile != "":
		return wrongUsage(cmd, "--ddl excludes --profile: it reads no account")
	case slices.ContainsFunc(f.regions, func(region string) bool { return strings.ContainsAny(region, "*?") }):
		return wrongUsage(cmd, "--ddl takes no wildcards in --region; name the exported regions")
	case f.ddl != "athena" && (len(f.accounts) > 0 || len(f.regions) > 0):
		return wrongUsage(cmd, "--account and --region with --ddl are for athena; %s finds the partitions itself", f.ddl)
	case f.plan || f.sql != "":
		return wrongUsage(cmd, "--ddl excludes --plan and --sql")
	case given("format") && f.format != engines.Format(f.ddl):
		return wrongUsage(cmd, "--ddl %s is for --format %s", f.ddl, engines.Format(f.ddl))
	}
	return nil
}

// printDDL prints an engine's statements that define tables over exported files.
func (f *exportFlags) printDDL(cmd *cobra.Command, options export.Options) error {
	// All connections have the same tables.
	host, err := embedded.NewHost(ssmassoc.NewServer(), []embedded.Connection{{Name: pluginName}}, embedded.Options{})
	if err != nil {
		return err
	}
	tables, err := export.ChooseTables(host.Tables(), options.Tables)
	if err != nil {
		return err
	}
	files := engines.Files{
		Tables: tables, Location: f.to, PartitionBy: options.PartitionBy, Accounts: f.accounts, Regions: f.regions,
	}
	if !export.IsS3(f.to) {
		if files.Location, err = filepath.Abs(f.to); err != nil {
			return err
		}
		manifests, err := export.ReadManifests(f.to)
		if err != nil {
			return err
		}
		files.Parts = partsOf(manifests, tables, engines.Format(f.ddl))
		found, err := fs.Glob(os.DirFS(f.to), path.Join(export.SnapshotsName, "*", "*.parquet"))
		if err != nil {
			return err
		}
		files.NoSnapshots = len(found) == 0 && len(manifests) > 0
	}
	w := bufio.NewWriter(cmd.OutOrStdout())
	if err := engines.Write(w, f.ddl, files); err != nil {
		return wrongUsage(cmd, "--ddl %s: %w", f.ddl, err)
	}
	return w.Flush()
}

// partsOf returns the tables' completed files of a format.
func partsOf(manifests []*export.Manifest, tables []*embedded.Table, format string) []engines.Part {
	var parts []engines.Part
	for _, m := range manifests {
		for _, p := range m.Partitions {
			known := slices.ContainsFunc(tables, func(t *embedded.Table) bool { return t.Name == p.Table })
			if known && m.Format == format && p.Status == export.Complete {
				part := engines.Part{Table: p.Table, Path: p.Path, AccountID: p.AccountID, Region: p.Region, Day: m.Day, Run: m.Run}
				if p.Finished != nil {
					part.ExportedAt = *p.Finished
				}
				parts = append(parts, part)
			}
		}
	}
	return parts
}
