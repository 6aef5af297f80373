package main

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"steampipe-plugin-ssmassoc/internal/engine"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

// defaultTPS is a rate of calls that AWS allows in most accounts and regions.
const defaultTPS = 10

// sizeFlags say how much there is to read, and how fast AWS answers.
type sizeFlags struct {
	rows      []string
	rowCounts map[string]int // by table, of rows that passed checkSizes
	tps       float64
}

func (f *sizeFlags) registerSizes(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.rows, "rows", nil,
		"the greatest number of rows of a table over all regions, as in `TABLE=N`; may be repeated")
	flags.Float64Var(&f.tps, "tps", defaultTPS, "the `NUMBER` of calls a second that AWS answers")
}

func (f *sizeFlags) checkSizes(cmd *cobra.Command) error {
	f.rowCounts = map[string]int{}
	var names []string
	for _, table := range ssmassoc.NewServer().Tables() {
		names = append(names, table.Name)
	}
	for _, text := range f.rows {
		table, number, _ := strings.Cut(text, "=")
		n, err := strconv.Atoi(number)
		switch {
		case err != nil || n < 0:
			return wrongUsage(cmd, "--rows %q is not of the form TABLE=N", text)
		case !slices.Contains(names, table):
			return wrongUsage(cmd, "--rows: unknown table %q; tables: %s", table, strings.Join(names, ", "))
		}
		f.rowCounts[table] = n
	}
	if f.tps <= 0 {
		return wrongUsage(cmd, "--tps must be positive")
	}
	return nil
}

// countDemo returns a function that counts the rows of a table of the simulated fleet, by
// region.
func countDemo(source *source) func(context.Context, string) (map[string]int, error) {
	counted := map[string]map[string]int{}
	return func(ctx context.Context, table string) (map[string]int, error) {
		if counts := counted[table]; counts != nil {
			return counts, nil
		}
		srv := ssmassoc.NewServer()
		if err := source.configure(srv, nil); err != nil {
			return nil, err
		}
		host, err := embedded.NewHost(srv, source.connections, embedded.Options{})
		if err != nil {
			return nil, err
		}
		db, err := embedded.Open(host, embedded.Options{})
		if err != nil {
			return nil, err
		}
		defer func() { _ = db.Close() }()
		counts := map[string]int{}
		sql := "select region, count(*) from " + sqltext.Quote(table) + " group by region"
		err = db.Run(ctx, sql, func(rows *embedded.Rows) error {
			for rows.Next() {
				counts[string(rows.Text(0))] = int(rows.Int(1))
			}
			return rows.Err()
		})
		counted[table] = counts
		return counts, err
	}
}

// bounds returns how many calls a scan of regions makes.
func (e explainer) bounds(
	table engine.Table, asked engine.Asked, regions []string, total *total,
) ([]engine.Bound, error) {
	total.regions = total.regions || asked.Regions < 0
	var failed error
	bounds := table.BoundsOf(asked, func(operation string) engine.Size {
		name := ""
		for _, t := range e.server.Tables() {
			if t.Reads.Operation == operation {
				name = t.Name
			}
		}
		if n, known := e.of.rows[name]; known {
			return engine.Size{Rows: n}
		}
		if e.of.count == nil {
			if !slices.Contains(total.tables, name) {
				total.tables = append(total.tables, name)
			}
			return engine.Size{Rows: engine.Unbounded}
		}
		counts, err := e.of.count(e.ctx, name)
		if err != nil {
			failed = err
		}
		size := engine.Size{Regions: []int{}}
		for _, region := range regions {
			size.Rows += counts[region]
			size.Regions = append(size.Regions, counts[region])
		}
		return size
	})
	return bounds, failed
}

// isWhole reports whether the plugin applies no condition but on what to read.
func isWhole(scan embedded.PlannedScan) bool {
	return !slices.ContainsFunc(scan.Conditions, func(c embedded.PlannedCondition) bool {
		return len(c.Values) == 0 || c.Column != "region" && c.Column != "account_id" && c.Column != "sp_connection_name"
	})
}

// isJoined reports whether a scan is made for the values of another table.
func isJoined(scan embedded.PlannedScan) bool {
	return slices.ContainsFunc(scan.Conditions, func(c embedded.PlannedCondition) bool { return len(c.Values) == 0 })
}

// most says how many calls of an operation there are at most, if that is known.
func most(bounds []engine.Bound, operation string) string {
	i := slices.IndexFunc(bounds, func(b engine.Bound) bool { return b.Operation == operation })
	switch {
	case i < 0 || bounds[i].Most == engine.Unbounded:
		return ""
	case bounds[i].Least == bounds[i].Most:
		return fmt.Sprintf(" (%d)", bounds[i].Most)
	}
	return fmt.Sprintf(" (at most %d)", bounds[i].Most)
}

// total is what is known of the calls of a statement.
type total struct {
	plain  bool // whether the statement is one scan that nothing ends early
	named  int  // nodes in the text
	most   int
	joined bool
	// regions is set if the regions to read are not known.
	regions bool
	// tables are those whose numbers of rows are missing, and open the operations that are
	// not bounded by rows.
	tables, open []string
}

func newTotal(statement string, scans []embedded.PlannedScan) *total {
	selects, ends := 0, false
	for token := range sqltext.Tokens(statement) {
		switch strings.ToLower(token.Text) {
		case "select":
			selects++
		case "limit", "exists":
			ends = true
		}
	}
	return &total{plain: len(scans) == 1 && selects == 1 && !ends, named: engine.NodesIn(statement)}
}

// add adds the calls of a scan. One that is not the first may be left before its end once,
// as by EXISTS, and then made again.
func (t *total) add(scan embedded.PlannedScan, bounds []engine.Bound, first bool) {
	for _, b := range bounds {
		switch {
		case b.Most != engine.Unbounded && first:
			t.most += b.Most
		case b.Most != engine.Unbounded:
			t.most += 2 * b.Most
		case isJoined(scan):
			t.joined = true
		case !slices.Contains(t.open, b.Operation):
			t.open = append(t.open, b.Operation)
		}
	}
}

// String says how many calls there are in all, and how long they take.
func (t *total) String(least int, tps float64) string {
	switch {
	case t.joined:
		return "In all: not bounded, as the values of a join decide.\n"
	case t.regions:
		return "In all: not known, as AWS decides which regions there are.\n"
	case t.tables != nil:
		return fmt.Sprintf("In all: not known without the numbers of rows; give them with --rows %s=N.\n",
			strings.Join(t.tables, "=N --rows "))
	case t.open != nil:
		return fmt.Sprintf("In all: not bounded, as %s may be called any number of times.\n", strings.Join(t.open, ", "))
	}
	number := "at most " + plural(t.most, "call")
	if t.plain && least == t.most {
		number = "exactly " + plural(t.most, "call")
	}
	took := time.Duration(float64(t.most) / tps * float64(time.Second))
	return fmt.Sprintf("In all: %s, %s at %g calls a second.\n", number, took.Round(100*time.Millisecond), tps)
}
