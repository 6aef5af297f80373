package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"sync"
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
	csvSafe    bool
	stats      bool
	memoryMB   int
}

// check reports values that a query cannot have.
func (f queryFlags) check(cmd *cobra.Command) error {
	switch {
	case formats[f.output] == nil:
		return wrongUsage(cmd, "--output %q is unknown; use one of %s", f.output, strings.Join(formatNames(), ", "))
	case f.csvSafe && f.output != "csv":
		return wrongUsage(cmd, "--csv-safe is for --output csv, not %s", f.output)
	case f.demo && (f.config != "" || f.connection != ""):
		return wrongUsage(cmd, "--demo and --config or --connection exclude each other")
	case f.memoryMB < embedded.LeastMemoryMB || f.memoryMB > embedded.MostMemoryMB:
		return wrongUsage(cmd, "--memory-limit %d is out of range; use %d to %d (MB)", f.memoryMB, embedded.LeastMemoryMB, embedded.MostMemoryMB)
	}
	return nil
}

// options returns how the plugin and SQLite are to work. The cache lets the scans
// of one run share what they read.
func (f queryFlags) options() embedded.Options {
	return embedded.Options{CacheTTLSeconds: 300, CacheMaxMB: 64, OneRun: true, MemoryMB: f.memoryMB}
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
			if err := flags.check(cmd); err != nil {
				return err
			}
			sql, err := readSQL(cmd, args, flags.options().TextMB())
			if err == nil {
				err = query(cmd.Context(), cmd.OutOrStdout(), cmd.ErrOrStderr(), flags, sql)
			}
			return withRemedy(err, flags)
		},
	}
	f := cmd.Flags()
	f.StringVar(&flags.config, "config", "", "read the connections from this Steampipe `FILE.spc` (default: $STEAMPIPE_INSTALL_DIR/config/ssmassoc.spc if there is one, else the AWS SDK's default credentials)")
	f.StringVar(&flags.connection, "connection", "", "query the connection of this `NAME` alone, or the members of an aggregator")
	f.BoolVar(&flags.demo, "demo", false, "query a simulated fleet instead of AWS")
	f.StringVar(&flags.output, "output", "table", "`FORMAT` of the result: "+strings.Join(formatNames(), ", "))
	f.BoolVar(&flags.csvSafe, "csv-safe", false, "put an apostrophe before values that a spreadsheet would take for formulas")
	f.IntVar(&flags.memoryMB, "memory-limit", embedded.DefaultMemoryMB, "let the SQL take at most this many `MB` of memory, and the result that table or json holds as many again")
	f.BoolVar(&flags.stats, "stats", false, "print how long the query took and which AWS calls it made on standard error")
	return cmd
}

// withRemedy adds to an error which argument to change, where it is one.
func withRemedy(err error, flags queryFlags) error {
	var memory *embedded.MemoryError
	if errors.As(err, &memory) {
		return fmt.Errorf("%w; have the statement hold less at once, or raise --memory-limit, which is %d", err, flags.memoryMB)
	}
	return err
}

// readSQL returns the SQL that the arguments stand for, of at most mb MB.
func readSQL(cmd *cobra.Command, args []string, mb int) (string, error) {
	switch {
	case len(args) > 1:
		return "", wrongUsage(cmd, "expected one argument with SQL, got %d; put the SQL in quotes", len(args))
	case len(args) == 0 && isTerminal(cmd.InOrStdin()):
		return "", wrongUsage(cmd, "no SQL: give it as an argument, as a FILE.sql, or on standard input")
	case len(args) == 0 || args[0] == "-":
		sql, err := readInput(cmd.Context(), mb, func() ([]byte, error) { return io.ReadAll(limited(cmd.InOrStdin(), mb)) })
		return sqlOf(cmd, sql, err, "standard input", mb)
	case strings.HasSuffix(args[0], ".sql"):
		sql, err := readFile(cmd.Context(), args[0], mb)
		return sqlOf(cmd, sql, err, args[0], mb)
	}
	return sqlOf(cmd, []byte(args[0]), nil, "", mb)
}

// sqlOf returns the SQL that was read from somewhere.
func sqlOf(cmd *cobra.Command, sql []byte, err error, from string, mb int) (string, error) {
	switch {
	case errors.Is(err, errTooLong):
		return "", &embedded.MemoryError{What: fmt.Sprintf("%s is longer than %d MB", from, mb)}
	case err != nil:
		return "", fmt.Errorf("read SQL: %w", err)
	case len(bytes.TrimSpace(sql)) == 0:
		return "", wrongUsage(cmd, "the SQL is empty")
	}
	return string(sql), nil
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

func query(ctx context.Context, stdout, stderr io.Writer, flags queryFlags, sql string) error {
	connections, err := func() ([]embedded.Connection, error) {
		if !flags.demo {
			return configuredConnections(ctx, flags.config, flags.connection)
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
	server.NotifyWaits(waitNotice(stderr))
	host, err := embedded.NewHost(server, connections, flags.options())
	if err != nil {
		return err
	}
	db, err := embedded.Open(host, flags.options())
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()

	start := time.Now()
	out := bufio.NewWriterSize(stdout, 1<<16)
	format, options := formats[flags.output], formatOptions{memoryMB: flags.memoryMB, csvSafe: flags.csvSafe}
	err = db.Run(ctx, sql, func(rows *embedded.Rows) error { return format(out, rows, options) })
	if flushErr := out.Flush(); err == nil && flushErr != nil {
		err = fmt.Errorf("write the result: %w", flushErr)
	}
	if skipped := server.Skipped(); skipped != "" {
		fmt.Fprintln(stderr, "skipped: "+message(skipped))
	}
	if flags.stats {
		printStats(stderr, time.Since(start), server.Calls())
	}
	if err == nil {
		warnOfOverlaps(ctx, stderr, server)
	}
	return err
}

// waitNotice returns a function that names what is waited for, now and then: many
// calls may be in flight.
func waitNotice(w io.Writer) func(ssmassoc.Wait) {
	const every = 5 * time.Second
	var mu sync.Mutex
	var last time.Time
	return func(wait ssmassoc.Wait) {
		mu.Lock()
		defer mu.Unlock()
		if !last.IsZero() && time.Since(last) < every {
			return
		}
		last = time.Now()
		fmt.Fprintln(w, message(fmt.Sprintf("waiting for %s, silent for %d s: %s in %s for the connection %s",
			wait.Host, int(wait.Silent.Seconds()), wait.Operation, wait.Region, wait.Connection)))
	}
}

// warnOfOverlaps names connections that read the same regions of one account.
func warnOfOverlaps(ctx context.Context, w io.Writer, server *ssmassoc.Server) {
	for _, o := range server.Overlaps(ctx) {
		fmt.Fprintln(w, message(fmt.Sprintf("warning: the connections %s read the same account, %s, in %s: its rows come from each, and every count of them is a multiple; query one of them with --connection",
			strings.Join(o.Connections, ", "), o.AccountID, strings.Join(o.Regions, ", "))))
	}
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
