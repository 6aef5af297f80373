package main

import (
	"context"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"steampipe-plugin-ssmassoc/internal/cli/termtext"
	"steampipe-plugin-ssmassoc/internal/engine"
	"steampipe-plugin-ssmassoc/internal/server"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// explainFlags are the flags of the explain command.
type explainFlags struct {
	sourceFlags
	sqlFlags
	runFlags
	sizeFlags
}

func newExplainCommand() *cobra.Command {
	var flags explainFlags
	cmd := &cobra.Command{
		Use:   "explain [flags] [SQL | FILE.sql | -]",
		Short: "Print what SQL would read from AWS and what that would cost, without a call",
		Long: `Prints, for each table scan of a statement, the conditions that the plugin applies,
the connections and regions that it reads, whether it needs a listing, and the calls
to make, as far as they are known without a call. SQLite applies all other
conditions to the returned rows.

The total is exact, or a bound, where the numbers of rows of the tables are known:
those of --rows, or with --demo those of the simulated fleet.`,
		Example: `  ssmassoc explain "select * from ssm_managed_instance where instance_id = 'i-0123456789abcdef0'"`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.check(cmd); err != nil {
				return err
			}
			sql, err := flags.read(cmd.Context(), cmd, args, embedded.Options{MemoryMB: flags.memoryMB}.TextMB())
			if err != nil {
				return err
			}
			return explain(cmd, flags, sql)
		},
	}
	flags.sourceFlags.register(cmd.Flags())
	flags.sqlFlags.register(cmd.Flags())
	flags.registerParameters(cmd.Flags())
	flags.registerSizes(cmd.Flags())
	cmd.ValidArgsFunction = completeSQL
	completeFlags(cmd)
	return cmd
}

func (f *explainFlags) check(cmd *cobra.Command) error {
	if err := f.sourceFlags.check(cmd); err != nil {
		return err
	}
	if err := f.checkSizes(cmd); err != nil {
		return err
	}
	_, err := f.values(cmd)
	return err
}

// explain prints the scans of SQL.
func explain(cmd *cobra.Command, flags explainFlags, sql string) error {
	parameters, err := flags.values(cmd)
	if err != nil {
		return err
	}
	source, err := flags.source(cmd.Context(), cmd.ErrOrStderr())
	if err != nil {
		return err
	}
	e := explanation{
		source: flags.sourceFlags, connections: source.connections, schemas: source.schemas, parameters: parameters,
		w: cmd.OutOrStdout(), stderr: cmd.ErrOrStderr(), rows: flags.rowCounts, tps: flags.tps,
	}
	if source.demo {
		e.count = countDemo(source)
	}
	return e.write(cmd.Context(), sql)
}

// explanation explains SQL over connections.
type explanation struct {
	source      sourceFlags
	connections []embedded.Connection
	schemas     []embedded.Schema
	made        []string // statements that create what the SQL may name
	parameters  embedded.Parameters
	w           io.Writer
	stderr      io.Writer // for what is to be said of attached files; nil if it has been said
	// rows is the number of rows of tables, and count counts those of another; it may be nil.
	rows  map[string]int
	count func(ctx context.Context, table string) (map[string]int, error)
	tps   float64 // calls a second
}

// write writes the scans of SQL.
func (e explanation) write(ctx context.Context, sql string) error {
	srv := ssmassoc.NewServer()
	dry := embedded.NewDryRun(srv)
	options := embedded.Options{MemoryMB: e.source.memoryMB, Schemas: e.schemas}
	host, err := embedded.NewHost(dry, e.connections, options)
	if err != nil {
		return err
	}
	db, err := embedded.Open(host, options)
	if err != nil {
		return err
	}
	defer func() { _ = db.Close() }()
	if err := e.source.attachTo(ctx, db, e.stderr); err != nil {
		return err
	}
	for _, made := range e.made {
		if err := db.Run(ctx, made, func(*embedded.Rows) error { return nil }); err != nil {
			return err
		}
	}
	out := explainer{ctx, srv, termtext.Writer{W: e.w}, e}
	return dry.Explain(ctx, db, sql, e.parameters, out.statement)
}

// explainer prints scans.
type explainer struct {
	ctx    context.Context
	server *server.Server
	w      io.Writer
	of     explanation
}

// statement prints the scans of a statement.
func (e explainer) statement(statement string, scans []embedded.PlannedScan) error {
	var b strings.Builder
	if len(scans) == 0 {
		b.WriteString("The statement reads no table of AWS.\n")
	}
	known := map[string]int{} // scans share what they read
	total := newTotal(statement, scans)
	for i, scan := range scans {
		if i > 0 {
			b.WriteByte('\n')
		}
		if err := e.scan(&b, scan, scans[:i], known, total); err != nil {
			return err
		}
	}
	if len(scans) == 1 && !scans[0].Begun {
		known = nil // no row can meet the conditions, or there is none to join
		total.joined = true
	}
	if len(scans) > 0 {
		least := 0
		for _, calls := range known {
			least += calls
		}
		fmt.Fprintf(&b, "\nKnown in advance: %s, if every scan is made and nothing is cached.\n", plural(least, "call"))
		b.WriteString(total.String(least, e.of.tps))
	}
	if _, err := io.WriteString(e.w, b.String()); err != nil {
		return fmt.Errorf("write the explanation: %w", err)
	}
	return nil
}

// scan prints one scan and notes the calls of each operation that it is known to make;
// before holds the statement's earlier scans.
func (e explainer) scan(
	w io.Writer, scan embedded.PlannedScan, before []embedded.PlannedScan, known map[string]int,
	total *total,
) error {
	item := func(name, format string, a ...any) { fmt.Fprintf(w, "  %-12s %s\n", name, fmt.Sprintf(format, a...)) }
	fmt.Fprintln(w, qualifiedTable(scan))
	item("pushed down", "%s", conditionsOf(scan))
	item("columns", "%s", orNone(scan.Columns))
	if scan.Limit >= 0 {
		item("limit", "reading stops after %d rows", scan.Limit)
	}
	regions := 0 // if all are known
	var read []string
	allowed := slices.DeleteFunc(slices.Clone(scan.Connections), func(name string) bool {
		return !allows(scan, "sp_connection_name", name)
	})
	if len(allowed) == 0 {
		item("connection", "none: there is %s", strings.Join(scan.Connections, ", "))
	}
	for _, name := range allowed {
		names, patterns, err := e.server.NamedRegions(e.ctx, name)
		if err != nil {
			return err
		}
		if patterns != nil {
			item("connection", "%s: the regions that match %s (needs a call to ec2:DescribeRegions)",
				name, strings.Join(patterns, ", "))
			regions = -1
			continue
		}
		excluded := func(region string) bool { return !allows(scan, "region", region) }
		names = slices.DeleteFunc(slices.Clone(names), excluded)
		item("connection", "%s: %s%s", name, orNone(names), fallbackNote(e.ctx, e.server, name))
		if regions >= 0 {
			regions += len(names)
			read = append(read, names...)
		}
	}
	hasRead := func(b embedded.PlannedScan) bool {
		return b.Table == scan.Table && len(b.Conditions) == 0 && readsAll(b.Connections, scan.Connections)
	}
	table, ok := e.server.Table(scan.Table)
	if !ok {
		return nil
	}
	asked := engine.Asked{
		Columns: scan.Columns, Equal: equalities(scan), Regions: regions, Connections: len(allowed), Limited: scan.Limit >= 0,
		Joined: isJoined(scan), Whole: isWhole(scan), Named: total.named,
	}
	cost := table.CostOf(asked)
	bounds, err := e.bounds(table, asked, read, total)
	if err != nil {
		return err
	}
	again := slices.ContainsFunc(before, hasRead)
	if again {
		item("calls", "none: the scan above has read the table")
		cost.Calls = slices.DeleteFunc(cost.Calls, func(c engine.Calls) bool {
			return slices.Contains(table.Lists(), c.Operation)
		})
		bounds = slices.DeleteFunc(bounds, func(b engine.Bound) bool { return slices.Contains(table.Lists(), b.Operation) })
	}
	total.add(scan, bounds, len(before) == 0)
	name := ""
	if !again {
		item("listing", "%s", cost.Listing)
		name = "calls"
	}
	for _, b := range bounds {
		if total.plain {
			known[b.Operation] = max(known[b.Operation], b.Least)
		}
	}
	for _, calls := range cost.Calls {
		known[calls.Operation] = max(known[calls.Operation], calls.Known)
		if calls.Number != "" {
			item(name, "%s: %s%s", calls.Operation, calls.Number, most(bounds, calls.Operation))
			name = ""
		}
	}
	return nil
}

// equalities returns the numbers of values that the columns of a scan are compared with by
// =, 0 for those of a join.
func equalities(scan embedded.PlannedScan) map[string]int {
	equal := map[string]int{}
	for _, c := range scan.Conditions {
		if c.Operator == "=" && c.Column != "region" && c.Column != "account_id" && c.Column != "sp_connection_name" {
			equal[c.Column] = len(c.Values)
		}
	}
	return equal
}

// conditionsOf returns the conditions that the plugin applies.
func conditionsOf(scan embedded.PlannedScan) string {
	var texts []string
	for _, c := range scan.Conditions {
		switch {
		case len(c.Values) == 0:
			texts = append(texts, fmt.Sprintf("%s %s a value of another table", c.Column, c.Operator))
		case len(c.Values) == 1:
			texts = append(texts, fmt.Sprintf("%s %s %s", c.Column, c.Operator, c.Values[0]))
		default:
			texts = append(texts, fmt.Sprintf("%s in (%s)", c.Column, strings.Join(c.Values, ", ")))
		}
	}
	return orNone(texts)
}

func orNone(texts []string) string {
	if len(texts) == 0 {
		return "none"
	}
	return strings.Join(texts, ", ")
}

// allows reports whether the conditions of a scan allow a value in a column.
func allows(scan embedded.PlannedScan, column, value string) bool {
	for _, c := range scan.Conditions {
		if c.Column != column || len(c.Values) == 0 {
			continue
		}
		among := slices.Contains(c.Values, "'"+value+"'")
		switch c.Operator {
		case "=":
			if !among {
				return false
			}
		case "<>":
			if among {
				return false
			}
		case "like", "ilike":
			if !like("'"+value+"'", c.Values[0], c.Operator == "ilike") {
				return false
			}
		}
	}
	return true
}

// like reports whether a text matches a pattern of PostgreSQL's LIKE or ILIKE.
func like(text, pattern string, ignoreCase bool) bool {
	expression := "(?s)^"
	if ignoreCase {
		expression = "(?si)^"
	}
	escaped := false
	for _, r := range pattern {
		switch {
		case r == '\\' && !escaped:
			escaped = true
			continue
		case r == '%' && !escaped:
			expression += ".*"
		case r == '_' && !escaped:
			expression += "."
		default:
			expression += regexp.QuoteMeta(string(r))
		}
		escaped = false
	}
	return regexp.MustCompile(expression + "$").MatchString(text)
}

func plural(n int, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return fmt.Sprintf("%d %ss", n, noun)
}
