package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"steampipe-plugin-ssmassoc/internal/cli/shell"
	"steampipe-plugin-ssmassoc/internal/cli/termtext"
	"steampipe-plugin-ssmassoc/internal/files/attach"
	"steampipe-plugin-ssmassoc/internal/files/compare"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
	"steampipe-plugin-ssmassoc/ssmassoc"
)

func newDiffCommand() *cobra.Command {
	var flags queryFlags
	flags.progress = "never"
	cmd := &cobra.Command{
		Use:   "diff [flags] OLD [NEW]",
		Short: "Print what differs between two days of exports: what fails now, what no longer does",
		Long: `Compares two days of exports: which associations fail on which nodes now and did not,
which no longer fail, which still do and since when, and which nodes and associations
came and went. OLD and NEW are folders of export, and mean their newest days;
DIR@2026-03-01 means another. With one folder, its newest two days are compared.

Exit status: 0 if nothing got worse, 1 for new failures and for regions that NEW has
not, 2 for an error or wrong usage, 130 when interrupted.`,
		Example: `  ssmassoc diff exports
  ssmassoc diff exports@2026-03-01 exports --output markdown`,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.check(cmd); err != nil {
				return err
			}
			if len(args) < 1 || len(args) > 2 {
				return wrongUsage(cmd, "expected OLD and perhaps NEW, got %d arguments", len(args))
			}
			err := diff(cmd, flags, args)
			if _, worse := errors.AsType[*worseError](err); err != nil && !worse {
				return &troubleError{err}
			}
			return err
		},
	}
	flags.registerFormat(cmd.Flags())
	flags.registerMemory(cmd.Flags())
	flags.registerTimeout(cmd.Flags())
	completeFlags(cmd)
	return cmd
}

// troubleError is an error of a command whose status 1 is an answer.
type troubleError struct{ error }

func (e *troubleError) Unwrap() error { return e.error }

// worseError says what got worse.
type worseError struct{ what []string }

func (e *worseError) Error() string { return "worse: " + strings.Join(e.what, ", ") }

// diff compares two days and shows what differs.
func diff(cmd *cobra.Command, flags queryFlags, args []string) (err error) {
	settings, err := flags.settings(cmd)
	if err != nil {
		return err
	}
	settings.Begun = time.Now()
	days, err := daysOf(args)
	if err != nil {
		return err
	}
	stderr := cmd.ErrOrStderr()
	b, err := newComparison(stderr, flags.memoryMB, days)
	if err != nil {
		return err
	}
	ctx, limit := shell.Limited(cmd.Context(), settings.Begun, settings.Timeout)
	defer limit.End()
	session, err := shell.NewSession(ctx, b, shell.Screen{Out: cmd.OutOrStdout()}, stderr, settings)
	if err != nil {
		return shell.TimedOut(ctx, err)
	}
	limit.End()
	defer func() { err = cmp.Or(err, session.Close(), b.worse()) }()
	if err := flags.send(cmd, session, settings); err != nil {
		return err
	}
	b.sayCounts()
	return session.Run(cmd.Context(), compare.Select)
}

// daysOf returns the days that the arguments mean.
func daysOf(args []string) (compare.Days, error) {
	var sides []compare.Side
	for _, arg := range args {
		side, err := compare.ParseSide(arg)
		if err != nil {
			return compare.Days{}, err
		}
		sides = append(sides, side)
	}
	if len(sides) == 1 {
		return compare.Choose(sides[0], nil)
	}
	return compare.Choose(sides[0], &sides[1])
}

// comparison is the backend of a session over what differs between two days. It makes no
// call to AWS.
type comparison struct {
	*backend
	days   compare.Days
	counts map[string]int
}

func newComparison(stderr io.Writer, memoryMB int, days compare.Days) (*comparison, error) {
	growHeap(memoryMB)
	srv := ssmassoc.NewServer()
	options := embedded.Options{MemoryMB: memoryMB}
	host, err := embedded.NewHost(srv, []embedded.Connection{{Name: pluginName}}, options)
	if err != nil {
		return nil, err
	}
	return &comparison{backend: &backend{server: srv, host: host, options: options, stderr: stderr}, days: days}, nil
}

// Open opens a database with the changes.
func (c *comparison) Open(ctx context.Context) (*embedded.DB, error) {
	db, err := embedded.Open(c.host, c.options)
	if err != nil {
		return nil, err
	}
	for _, side := range []compare.Side{c.days.Old, c.days.New} {
		warnOfIncomplete(c.stderr, attach.Source{Name: side.Day, File: side.Folder})
	}
	if c.counts, err = compare.Load(ctx, db, c.days, c.options); err != nil {
		return nil, errors.Join(err, db.Close())
	}
	return db, nil
}

// sayCounts says what was compared, and what differs.
func (c *comparison) sayCounts() {
	var counts []string
	for _, change := range compare.Changes {
		if n := c.counts[change]; n > 0 {
			counts = append(counts, fmt.Sprintf("%d %s", n, change))
		}
	}
	text := strings.Join(counts, ", ")
	fmt.Fprintln(c.stderr, termtext.Message(fmt.Sprintf("%s of %s to %s of %s: %s", c.days.Old.Day, c.days.Old.Folder,
		c.days.New.Day, c.days.New.Folder, cmp.Or(text, "no changes"))))
}

// worse returns a [worseError] if something got worse.
func (c *comparison) worse() error {
	var what []string
	for _, change := range []string{compare.NewFailure, compare.NotInNew} {
		if n := c.counts[change]; n > 0 {
			what = append(what, fmt.Sprintf("%d %s", n, change))
		}
	}
	if what == nil {
		return nil
	}
	return &worseError{what}
}
