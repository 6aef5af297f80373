package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"steampipe-plugin-ssmassoc/internal/cli/shell"
	"steampipe-plugin-ssmassoc/internal/cli/termtext"
	"steampipe-plugin-ssmassoc/internal/files/engines"
	"steampipe-plugin-ssmassoc/internal/files/export"
	"steampipe-plugin-ssmassoc/internal/server"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/sql/spc"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// exportFlags are the flags of the export command.
type exportFlags struct {
	connectionFlags

	tables      []string
	sql         string
	name        string
	to          string
	format      string
	partitionBy string
	shard       string
	shards      int
	day         string
	resume      bool
	plan        bool
	ddl         string
	accounts    []string
	timeout     time.Duration
}

func newExportCommand() *cobra.Command {
	var flags exportFlags
	cmd := &cobra.Command{
		Use:   "export [flags]",
		Short: "Write the tables to files that Athena, Trino, Spark and DuckDB read",
		Long: `Writes tables, or the result of SQL, to files in a folder or an S3 bucket:
DIR/TABLE/account_id=.../region=.../dt=.../part-0.parquet

A file appears when it is complete. DIR/_manifest.json lists each file's rows and
cost, and anything skipped. A run that fails in part exits with status 1; the same
command with --resume completes it, and reads again what is missing or has changed.

Several machines share the work with --shard K/N, or as array tasks of AWS Batch,
Kubernetes or Slurm, without coordination.`,
		Example: `  ssmassoc export --demo --to /tmp/fleet
  ssmassoc export --to s3://my-bucket/ssm --shard 0/4
  ssmassoc export --plan --shards 4
  ssmassoc export --ddl duckdb --to /tmp/fleet`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.check(cmd, args); err != nil {
				return err
			}
			options, err := flags.options(cmd)
			if err != nil {
				return err
			}
			ctx, limit := shell.Limited(cmd.Context(), time.Now(), flags.timeout)
			defer limit.End()
			cmd.SetContext(ctx)
			switch {
			case flags.plan:
				err = flags.printPlan(cmd, options.Shard)
			case flags.ddl != "":
				err = flags.printDDL(cmd, options)
			default:
				err = flags.export(cmd, options)
			}
			return shell.TimedOut(ctx, err)
		},
	}
	f := cmd.Flags()
	flags.registerConnections(f, "export")
	f.Lookup("region").Usage = regionUsage + "; with --ddl athena, the exported ones"
	f.StringArrayVar(&flags.tables, "table", nil,
		"export the table of this `NAME`; may be given several times (default: all tables)")
	f.StringVar(&flags.sql, "sql", "", "export the result of this `SQL` instead of tables")
	f.StringVar(&flags.name, "name", "query", "with --sql, the `NAME` of the folder that stands for a table's")
	f.StringVar(&flags.to, "to", "", "write to this `DIR` or s3://BUCKET/PREFIX")
	f.StringVar(&flags.format, "format", "parquet", "`FORMAT` of the files: "+strings.Join(export.Formats(), ", "))
	f.StringVar(&flags.partitionBy, "partition-by", strings.Join(export.DefaultPartitionBy, ","),
		"`COLUMNS` that name the folders, some of these in any order; with --sql only dt")
	f.StringVar(&flags.shard, "shard", "",
		"read the K-th of N parts of the connections and their regions, as in `K/N`; K counts from 0 (default: "+
			"that of the array task, else all)")
	f.IntVar(&flags.shards, "shards", 0,
		"the `NUMBER` of shards, if the scheduler sets only the index, and for --plan")
	f.StringVar(&flags.day, "dt", "",
		"the `DAY` of the snapshot in UTC, as in 2006-01-02, for shards or retries that may pass midnight "+
			"(default: today)")
	f.BoolVar(&flags.resume, "resume", false,
		"add the files that earlier runs of the day did not complete, and those that are missing or have changed since")
	f.DurationVar(&flags.timeout, "timeout", 0,
		"end the export with an error after this `TIME`, such as 30m; --resume completes it")
	f.BoolVar(&flags.plan, "plan", false, "print what each shard would read, without a call to AWS")
	f.StringVar(&flags.ddl, "ddl", "",
		"print the statements that make the files in --to tables of this `ENGINE`, with views of their history: "+
			strings.Join(engines.Names(), ", "))
	f.StringSliceVar(&flags.accounts, "account", nil,
		"with --ddl athena, comma-separated `IDS` of the exported accounts")
	return cmd
}

// tableName matches names that every engine accepts without quotes.
var tableName = regexp.MustCompile(`^[a-z_][a-z0-9_]*$`)

// check rejects combinations of flags that contradict each other.
func (f *exportFlags) check(cmd *cobra.Command, args []string) error {
	given := cmd.Flags().Changed
	switch {
	case len(args) > 0:
		return wrongUsage(cmd, "unexpected argument %q", args[0])
	case !slices.Contains(export.Formats(), f.format):
		return wrongUsage(cmd, "--format %q is unknown; use one of %s", f.format, strings.Join(export.Formats(), ", "))
	case f.to == "" && !f.plan:
		return wrongUsage(cmd, "--to is missing: name a folder or s3://BUCKET/PREFIX")
	case given("sql") && strings.TrimSpace(f.sql) == "":
		return wrongUsage(cmd, "the SQL is empty")
	case given("sql") && len(f.tables) > 0:
		return wrongUsage(cmd, "--sql and --table exclude each other")
	case given("sql") && (f.shard != "" || f.shards != 0):
		return wrongUsage(cmd, "--sql and shards exclude each other: results over some connections do not add "+
			"up to the result over all")
	case given("name") && !given("sql"):
		return wrongUsage(cmd, "--name requires --sql")
	case !tableName.MatchString(f.name):
		return wrongUsage(cmd, "--name %q is not valid; use lower-case letters, digits and underscores", f.name)
	case f.shard != "" && f.shards != 0:
		return wrongUsage(cmd, "--shard and --shards exclude each other")
	case f.timeout < 0:
		return wrongUsage(cmd, "--timeout must not be negative")
	case f.shards < 0:
		return wrongUsage(cmd, "--shards must be at least 1")
	}
	if err := f.checkConnections(cmd); err != nil {
		return err
	}
	return f.checkDDL(cmd)
}

// options returns the export's options from the flags and the environment.
func (f *exportFlags) options(cmd *cobra.Command) (export.Options, error) {
	o := export.Options{
		Tables: f.tables, SQL: f.sql, Name: f.name, Format: f.format, Shard: export.Whole,
		Day: f.day, Resume: f.resume, Version: buildVersion(),
	}
	var err error
	if f.sql != "" && !cmd.Flags().Changed("partition-by") {
		f.partitionBy = "dt"
	}
	if o.PartitionBy, err = export.ParsePartitionBy(f.partitionBy); err != nil {
		return o, wrongUsage(cmd, "--partition-by: %w", err)
	}
	if f.sql != "" && !slices.Equal(o.PartitionBy, []string{"dt"}) {
		return o, wrongUsage(cmd, "--partition-by: the result of SQL is one file; partition it by dt")
	}
	if o.Day == "" {
		o.Day = time.Now().UTC().Format(time.DateOnly)
	}
	if _, err := time.Parse(time.DateOnly, o.Day); err != nil {
		return o, wrongUsage(cmd, "--dt %q is not a day of the form 2006-01-02", o.Day)
	}
	switch {
	case f.sql != "" || f.ddl != "":
	case f.shard != "":
		if o.Shard, err = export.ParseShard(f.shard); err != nil {
			return o, wrongUsage(cmd, "--shard: %w", err)
		}
	case f.plan && f.shards > 0:
		o.Shard = export.Shard{Count: f.shards}
	default:
		shard, isTask, err := export.ShardOfTask(os.LookupEnv, f.shards)
		if err != nil {
			return o, wrongUsage(cmd, "%w", err)
		}
		if !isTask && f.shards > 0 {
			return o, wrongUsage(cmd, "--shards %d without the environment of an array task; say which shard this is with "+
				"--shard K/%d", f.shards, f.shards)
		}
		o.Shard = shard
	}
	return o, nil
}

// open hosts the plugin with the connections to export.
func (f *exportFlags) open(cmd *cobra.Command) (*server.Server, *embedded.Host, error) {
	source, err := f.source(cmd.Context(), cmd.ErrOrStderr())
	if err != nil {
		return nil, nil, err
	}
	if source.cache != (spc.Cache{}) {
		fmt.Fprintln(cmd.ErrOrStderr(),
			"warning: an export reads everything once, whatever the cache of options \"database\"")
	}
	boundHeap(exportMB)
	boundHeap(source.memoryMB)
	srv := ssmassoc.NewServer()
	srv.NotifyWaits(waitNotice(cmd.ErrOrStderr()))
	if err := source.configure(srv, cmd.ErrOrStderr()); err != nil {
		return nil, nil, err
	}
	host, err := embedded.NewHost(srv, source.connections, embedded.Options{CacheTTLSeconds: export.CacheTTLSeconds,
		CacheMaxMB: export.CacheMB, Schemas: source.schemas})
	return srv, host, err
}

// export runs the export and reports it on standard error.
func (f *exportFlags) export(cmd *cobra.Command, options export.Options) error {
	store, err := openStore(cmd.Context(), f.to)
	if err != nil {
		return err
	}
	srv, host, err := f.open(cmd)
	if err != nil {
		return err
	}
	start := time.Now()
	manifest, err := export.Run(cmd.Context(), srv, host, store, options)
	if manifest != nil {
		printExport(cmd.ErrOrStderr(), manifest, store, time.Since(start))
	}
	if err == nil {
		printScope(cmd, srv)
	}
	return err
}

// printScope prints what the export covers, on a terminal, and the conditions of its SQL
// that name nothing.
func printScope(cmd *cobra.Command, srv *server.Server) {
	stderr := cmd.ErrOrStderr()
	scope := scopeOf(srv.TakeScope(cmd.Context(), isTerminal(os.Stderr)))
	if text := scope.String(); text != "" && isTerminal(os.Stderr) {
		fmt.Fprintln(stderr, "scope: "+termtext.Message(text))
	}
	for _, warning := range scope.Warnings() {
		fmt.Fprintln(stderr, "warning: "+termtext.Message(warning))
	}
}

func openStore(ctx context.Context, to string) (export.Store, error) {
	if export.IsS3(to) {
		return export.OpenS3(ctx, to)
	}
	return export.OpenDir(to)
}

// printPlan prints the regions that each shard would read, one per line.
func (f *exportFlags) printPlan(cmd *cobra.Command, shard export.Shard) error {
	srv, host, err := f.open(cmd)
	if err != nil {
		return err
	}
	plan := export.NewPlan(cmd.Context(), srv, host.Connections(), shard.Count)
	w := cmd.OutOrStdout()
	fmt.Fprintln(w, "SHARD\tCONNECTION\tREGION")
	for k := range plan.Shards {
		for _, p := range plan.Named {
			if p.Shard == k {
				fmt.Fprintf(w, "%s\t%s\t%s\n", export.Shard{Index: k, Count: plan.Shards}, termtext.Visible(p.Connection), p.Region)
			}
		}
	}
	for _, c := range plan.Open {
		fmt.Fprintf(w, "each its part\t%s\t%s\n", termtext.Visible(c.Connection), strings.Join(c.Patterns, ", "))
	}
	var errs []error
	for _, c := range plan.Failed {
		errs = append(errs, errors.New(c.Error))
	}
	return errors.Join(errs...)
}
