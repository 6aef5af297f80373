package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"steampipe-plugin-ssmassoc/internal/cli/output"
	"steampipe-plugin-ssmassoc/internal/cli/progress"
	"steampipe-plugin-ssmassoc/internal/cli/render"
	"steampipe-plugin-ssmassoc/internal/cli/shell"
	"steampipe-plugin-ssmassoc/internal/cli/termtext"
	"steampipe-plugin-ssmassoc/internal/files/attach"
	"steampipe-plugin-ssmassoc/internal/files/formats"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// sourceFlags choose the data to query and the memory to use.
type sourceFlags struct {
	connectionFlags
	memoryMB int
	attach   []string
}

func (f *sourceFlags) register(flags *pflag.FlagSet) {
	f.registerConnections(flags, "query")
	f.registerTriage(flags)
	f.registerAttach(flags)
	f.registerMemory(flags)
}

func (f *sourceFlags) registerMemory(flags *pflag.FlagSet) {
	flags.IntVar(&f.memoryMB, "memory-limit", embedded.DefaultMemoryMB,
		"limit the memory of the SQL to this many `MB`, and that of a result held as table or json to as "+
			"many again")
}

func (f *sourceFlags) check(cmd *cobra.Command) error {
	if err := f.checkConnections(cmd); err != nil {
		return err
	}
	if f.memoryMB < embedded.LeastMemoryMB || f.memoryMB > embedded.MaxMemoryMB {
		return wrongUsage(cmd, "--memory-limit %d is out of range; use %d to %d (MB)",
			f.memoryMB, embedded.LeastMemoryMB, embedded.MaxMemoryMB)
	}
	for _, text := range f.attach {
		if _, err := attach.Parse(text); err != nil {
			return wrongUsage(cmd, "--attach: %w", err)
		}
	}
	return nil
}

// resultFlags choose the format and the destination of results.
type resultFlags struct {
	output    string
	to        string
	csvSafe   bool
	null      string
	header    bool
	separator string
	wide      bool
	pager     string
	stats     statsFlag
	progress  string
}

func (f *resultFlags) register(flags *pflag.FlagSet) {
	f.registerFormat(flags)
	flags.Var(&f.stats, "stats",
		"print how long the query took, which AWS calls it made and what it covers on standard error, as text "+
			"or json")
	flags.Lookup("stats").NoOptDefVal = "text"
	flags.StringVar(&f.progress, "progress", "auto",
		"`WHEN` to show the progress of statements that take longer than a second on standard error: "+
			"auto (on a terminal), always or never")
}

func (f *resultFlags) registerFormat(flags *pflag.FlagSet) {
	flags.StringVar(&f.output, "output", "table", "`FORMAT` of the result: "+strings.Join(render.Names(), ", "))
	flags.StringVarP(&f.to, "to", "o", "",
		"write the result to this `FILE`, in the format of its ending "+
			"("+strings.Join(render.Endings(), " ")+"; .gz or .zst after it compresses); it appears when "+
			"it is complete")
	flags.BoolVar(&f.csvSafe, "csv-safe", false,
		"put an apostrophe before values that a spreadsheet would read as formulas")
	flags.StringVar(&f.null, "null", "", "`TEXT` for null, in formats other than JSON and insert")
	flags.BoolVar(&f.header, "header", true, "write the names of the columns")
	flags.StringVar(&f.separator, "separator", "", "`CHARACTER` between the fields of csv and tsv")
	flags.BoolVar(&f.wide, "wide", false, "show tables in full on a terminal instead of fitting them to it")
	flags.StringVar(&f.pager, "pager", "auto",
		"`WHEN` to show results longer than the screen with $PAGER: auto or never")
}

// check rejects values that do not apply to the chosen format.
func (f *resultFlags) check(cmd *cobra.Command) error {
	format, err := f.format(cmd)
	if err != nil {
		return err
	}
	switch {
	case f.csvSafe && format.Name != "csv":
		return wrongUsage(cmd, "--csv-safe is for --output csv, not %s", format.Name)
	case cmd.Flags().Changed("null") && !format.Has(render.OptionNull):
		return wrongUsage(cmd, "--null does not apply to --output %s", format.Name)
	case !f.header && !format.Has(render.OptionHeader):
		return wrongUsage(cmd, "--header=false does not apply to --output %s", format.Name)
	case f.separator != "" && !format.Has(render.OptionSeparator):
		return wrongUsage(cmd, "--separator is for --output csv and tsv, not %s", format.Name)
	case !slices.Contains([]string{"auto", "never"}, f.pager):
		return wrongUsage(cmd, "--pager %q is unknown; use auto or never", f.pager)
	case !slices.Contains([]string{"auto", "always", "never"}, f.progress):
		return wrongUsage(cmd, "--progress %q is unknown; use auto, always or never", f.progress)
	}
	if _, err := f.separatorRune(); err != nil {
		return wrongUsage(cmd, "%w", err)
	}
	return nil
}

// format returns the format named by --output, or else by the file's ending.
func (f *resultFlags) format(cmd *cobra.Command) (render.Format, error) {
	if f.to != "" && !cmd.Flags().Changed("output") {
		format, err := shell.FormatOfFile(f.to)
		if err != nil {
			return format, wrongUsage(cmd, "--to: %w", err)
		}
		return format, nil
	}
	format, ok := render.Named(f.output)
	if !ok {
		return format, wrongUsage(cmd, "--output %q is unknown; use one of %s",
			f.output, strings.Join(render.Names(), ", "))
	}
	return format, nil
}

// separatorRune returns the character that separates CSV fields, or 0 for the format's
// default.
func (f *resultFlags) separatorRune() (rune, error) {
	r, err := shell.ParseSeparator(f.separator)
	if err != nil {
		return 0, fmt.Errorf("--separator %w", err)
	}
	return r, nil
}

// statsFlag is --stats, whose value is optional.
type statsFlag struct{ shell.StatsMode }

func (f *statsFlag) String() string { return string(f.StatsMode) }
func (*statsFlag) Type() string     { return "FORM" }

func (f *statsFlag) Set(value string) error {
	switch on, err := strconv.ParseBool(value); {
	case err == nil && on, value == string(shell.TextStats):
		f.StatsMode = shell.TextStats
	case err == nil:
		f.StatsMode = shell.NoStats
	case value == string(shell.JSONStats):
		f.StatsMode = shell.JSONStats
	default:
		return fmt.Errorf("%q is not valid; use text or json", value)
	}
	return nil
}

// runFlags control how statements run.
type runFlags struct {
	parameters []string
	echo       bool
	timeout    time.Duration
	watch      time.Duration
	failOnRows bool
}

func (f *runFlags) registerParameters(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.parameters, "param", nil,
		"give the parameter :name of the SQL a value, as in `NAME=VALUE`; may be repeated")
}

func (f *runFlags) register(flags *pflag.FlagSet) {
	f.registerParameters(flags)
	flags.BoolVar(&f.echo, "echo", false, "print each statement on standard error before it runs")
	f.registerTimeout(flags)
	flags.DurationVar(&f.watch, "watch", 0,
		"repeat the query every `TIME`, reading from AWS each time, and mark in tables what changed")
	flags.BoolVar(&f.failOnRows, "fail-on-rows", false,
		"exit with status 3 if the results have rows, for queries that look for what is wrong")
}

func (f *runFlags) registerTimeout(flags *pflag.FlagSet) {
	flags.DurationVar(&f.timeout, "timeout", 0, "end the query with an error after this `TIME`, such as 30s or 5m")
}

func (f *runFlags) check(cmd *cobra.Command) error {
	const shortestWatch = time.Second // each run queries AWS
	switch {
	case f.timeout < 0:
		return wrongUsage(cmd, "--timeout must not be negative")
	case cmd.Flags().Changed("watch") && f.watch < shortestWatch:
		return wrongUsage(cmd, "--watch must be at least %s", shortestWatch)
	case f.failOnRows && f.watch > 0:
		return wrongUsage(cmd, "--watch and --fail-on-rows exclude each other")
	}
	_, err := f.values(cmd)
	return err
}

// values returns the parameters' values by name.
func (f *runFlags) values(cmd *cobra.Command) (embedded.Parameters, error) {
	values := embedded.Parameters{}
	for _, text := range f.parameters {
		name, value, err := shell.ParseParameter(text)
		if err != nil {
			return nil, wrongUsage(cmd, "--param: %w", err)
		}
		values[name] = value
	}
	return values, nil
}

// queryFlags are the flags of the query command and of the prompt.
type queryFlags struct {
	sourceFlags
	sqlFlags
	resultFlags
	runFlags
}

func (f *queryFlags) register(flags *pflag.FlagSet) {
	f.sourceFlags.register(flags)
	f.sqlFlags.register(flags)
	f.resultFlags.register(flags)
	f.runFlags.register(flags)
}

func (f *queryFlags) check(cmd *cobra.Command) error {
	if err := f.resultFlags.check(cmd); err != nil {
		return err
	}
	if err := f.sourceFlags.check(cmd); err != nil {
		return err
	}
	if f.to != "" && f.watch > 0 {
		return wrongUsage(cmd, "--watch and --to exclude each other")
	}
	return f.runFlags.check(cmd)
}

// stderr returns the writer for messages and the progress line, nil for no progress.
func (f *resultFlags) stderr(cmd *cobra.Command) (io.Writer, *progress.Line) {
	if f.progress == "never" || f.progress == "auto" && !isTerminal(os.Stderr) {
		return cmd.ErrOrStderr(), nil
	}
	// Messages are escaped for a terminal before they reach the line.
	line := progress.NewLine(os.Stderr)
	return termtext.Writer{W: line}, line
}

// settings returns a session's settings from flags that passed check.
func (f *queryFlags) settings(cmd *cobra.Command) (shell.Settings, error) {
	format, err := f.format(cmd)
	if err != nil {
		return shell.Settings{}, err
	}
	parameters, err := f.values(cmd)
	if err != nil {
		return shell.Settings{}, err
	}
	separator, err := f.separatorRune()
	if err != nil {
		return shell.Settings{}, err
	}
	inFiles := formats.Options{NoHeader: !f.header, Separator: separator, CSVSafe: f.csvSafe}
	settings := shell.Settings{
		Format:     format,
		Render:     render.Options{Options: inFiles, MemoryMB: f.memoryMB},
		Wide:       f.wide,
		Echo:       f.echo,
		Stats:      f.stats.StatsMode,
		Timeout:    f.timeout,
		Parameters: parameters,
		Scope:      isTerminal(os.Stderr),
	}
	if cmd.Flags().Changed("null") {
		settings.Render.Null = &f.null
	}
	if f.pager == "auto" {
		settings.Pager = output.PagerCommand()
	}
	return settings, nil
}
