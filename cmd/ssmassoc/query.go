package main

import (
	"bufio"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"steampipe-plugin-ssmassoc/internal/embedded"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// queryFlags are the flags of the query command.
type queryFlags struct {
	config     string
	connection string
	demo       bool
	output     string
	stats      bool
}

func newQueryCommand() *cobra.Command {
	var flags queryFlags
	cmd := &cobra.Command{
		Use:   "query [flags] [SQL | FILE.sql | -]",
		Short: "Run SQL over real AWS or, with --demo, over a simulated fleet",
		Long: `Runs SQL given as an argument, in a file whose name ends in .sql, or on standard
input (-, or no argument). The result goes to standard output, all else to
standard error.

Exit status: 0 for an answer, 1 for a failed query, 2 for wrong usage, 130 when
interrupted.`,
		Example: `  ssmassoc query --demo "select status, count(*) from ssm_instance_association_status group by status"
  ssmassoc query --output csv "select * from ssm_instance_association_status where instance_id = 'i-0123456789abcdef0'"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			format, ok := formats[flags.output]
			if !ok {
				return wrongUsage(cmd, "--output %q is unknown; use one of %s", flags.output, strings.Join(formatNames(), ", "))
			}
			if flags.demo && (flags.config != "" || flags.connection != "") {
				return wrongUsage(cmd, "--demo and --config or --connection exclude each other")
			}
			sql, err := readSQL(cmd, args)
			if err != nil {
				return err
			}
			return query(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), flags, format, sql)
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.config, "config", "", "read the connections from this Steampipe `FILE.spc` (default: $STEAMPIPE_INSTALL_DIR/config/ssmassoc.spc if there is one, else the AWS SDK's default credentials)")
	f.StringVar(&flags.connection, "connection", "", "query the connection of this `NAME` alone, or the members of an aggregator")
	f.BoolVar(&flags.demo, "demo", false, "query a simulated fleet instead of AWS")
	f.StringVar(&flags.output, "output", "table", "`FORMAT` of the result: "+strings.Join(formatNames(), ", "))
	f.BoolVar(&flags.stats, "stats", false, "print how long the query took and which AWS calls it made on standard error")
	return cmd
}

// readSQL returns the SQL that the arguments stand for.
func readSQL(cmd *cobra.Command, args []string) (string, error) {
	switch {
	case len(args) > 1:
		return "", wrongUsage(cmd, "expected one argument with SQL, got %d; put the SQL in quotes", len(args))
	case len(args) == 0 && isTerminal(cmd.InOrStdin()):
		return "", wrongUsage(cmd, "no SQL: give it as an argument, as a FILE.sql, or on standard input")
	case len(args) == 0 || args[0] == "-":
		return readStdin(cmd)
	case strings.HasSuffix(args[0], ".sql"):
		sql, err := os.ReadFile(args[0])
		if err != nil {
			return "", fmt.Errorf("read SQL: %w", err)
		}
		return nonEmpty(cmd, string(sql))
	}
	return nonEmpty(cmd, args[0])
}

// readStdin returns the SQL on standard input, unless it is interrupted before.
func readStdin(cmd *cobra.Command) (string, error) {
	type result struct {
		sql []byte
		err error
	}
	read := make(chan result, 1)
	go func() {
		sql, err := io.ReadAll(cmd.InOrStdin())
		read <- result{sql, err}
	}()
	select {
	case r := <-read:
		if r.err != nil {
			return "", fmt.Errorf("read SQL from standard input: %w", r.err)
		}
		return nonEmpty(cmd, string(r.sql))
	case <-cmd.Context().Done():
		return "", cmd.Context().Err()
	}
}

func nonEmpty(cmd *cobra.Command, sql string) (string, error) {
	if strings.TrimSpace(sql) == "" {
		return "", wrongUsage(cmd, "the SQL is empty")
	}
	return sql, nil
}

// isTerminal tells whether nobody piped anything in.
func isTerminal(r io.Reader) bool {
	file, ok := r.(*os.File)
	if !ok {
		return false
	}
	info, err := file.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// cacheOptions lets the scans of one run share what they read.
var cacheOptions = embedded.Options{CacheTTLSeconds: 300, CacheMaxMB: 64, OneRun: true}

func query(ctx context.Context, stdout, stderr io.Writer, flags queryFlags, format format, sql string) error {
	connections, err := func() ([]embedded.Connection, error) {
		if !flags.demo {
			return configuredConnections(flags.config, flags.connection)
		}
		demo, err := startDemo(stderr)
		if err != nil {
			return nil, err
		}
		return demo.connections, nil
	}()
	if err != nil {
		return err
	}

	server := ssmassoc.NewServer()
	host, err := embedded.NewHost(server, connections, cacheOptions)
	if err != nil {
		return err
	}
	db, err := embedded.Open(host, cacheOptions)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()

	start := time.Now()
	out := bufio.NewWriterSize(stdout, 1<<16)
	err = db.Run(ctx, sql, func(rows *embedded.Rows) error { return format(out, rows) })
	if flushErr := out.Flush(); err == nil && flushErr != nil {
		err = fmt.Errorf("write the result: %w", flushErr)
	}
	if skipped := server.Skipped(); skipped != "" {
		fmt.Fprintln(stderr, "skipped: "+skipped)
	}
	if flags.stats {
		printStats(stderr, time.Since(start), server.Calls())
	}
	return err
}

// printStats says how long a query took and which calls it made.
func printStats(w io.Writer, elapsed time.Duration, calls map[string]int) {
	total := 0
	var parts []string
	for action, n := range calls {
		total += n
		parts = append(parts, fmt.Sprintf("%s %d", action, n))
	}
	slices.Sort(parts)
	detail := ""
	if len(parts) > 0 {
		detail = " (" + strings.Join(parts, ", ") + ")"
	}
	fmt.Fprintf(w, "time: %s, AWS calls: %d%s\n", elapsed.Round(time.Millisecond), total, detail)
}
