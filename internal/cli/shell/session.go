// Package shell runs SQL interactively or from a script, and shows the results
// according to the user's settings.
package shell

import (
	"bufio"
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"steampipe-plugin-ssmassoc/internal/cli/output"
	"steampipe-plugin-ssmassoc/internal/cli/render"
	"steampipe-plugin-ssmassoc/internal/cli/termtext"
	"steampipe-plugin-ssmassoc/internal/lifetime"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// Settings control how a session shows results.
type Settings struct {
	Format render.Format
	Render render.Options
	// Wide shows tables in full on a terminal, rather than fitted to it.
	Wide bool
	// Pager is the command that shows results longer than the screen; "" for none.
	Pager string
	// Echo prints each statement before its result.
	Echo bool
	// Timer prints the duration of each input.
	Timer bool
	Stats StatsMode
	// Timeout bounds the duration of each input; 0 for no bound.
	Timeout time.Duration
	// Begun is when the time of the first input began, if before it ran: files are attached,
	// and configurations read, in the same time.
	Begun      time.Time
	Parameters embedded.Parameters
	// Scope prints where answers can come from, whenever that changes.
	Scope bool
}

// Backend provides a session's databases, and reports on their reads.
type Backend interface {
	// Open returns a new database over the connections.
	Open(ctx context.Context) (*embedded.DB, error)
	// Refresh clears the cache, so that the next statement reads from AWS again.
	Refresh() error
	// Connections describes each connection in a line.
	Connections(ctx context.Context) []string
	// Explain writes what SQL would read from AWS, as the explain command does. The made
	// statements create what the session has created.
	Explain(ctx context.Context, w io.Writer, made []string, sql string, parameters embedded.Parameters) error
	// Usage returns the usage of AWS so far.
	Usage() Usage
	// Watch starts showing the progress of a statement, and returns a function that
	// stops it and may be called twice.
	Watch(ctx context.Context) (stop func())
	// Skipped names the things without rows because of an error, or returns "".
	Skipped() string
	// TakeScope returns the scope of the statements since it was last called. With
	// accounts, it may ask AWS for their IDs.
	TakeScope(ctx context.Context, accounts bool) Scope
	// Warnings returns warnings about the answers so far.
	Warnings(ctx context.Context) []string
}

// Session is a database with the settings of a user.
type Session struct {
	Settings
	backend Backend
	db      *embedded.DB
	screen  Screen
	stderr  io.Writer

	unexpanded render.Format // the format before .expanded

	pager   atomic.Pointer[output.Pager] // of the results being shown, or nil
	skipped string                       // skips already reported
	scope   string                       // the scope already printed
	last    string                       // the last SQL that ran
	rows    int                          // of the results so far
	file    *target                      // the file of .output, or nil
	once    *target                      // the file of .once, or nil
}

// NewSession opens a session that shows results on a screen and writes messages to
// stderr.
func NewSession(
	ctx context.Context, backend Backend, screen Screen, stderr io.Writer, settings Settings,
) (*Session, error) {
	s := &Session{Settings: settings, backend: backend, screen: screen, stderr: stderr}
	if s.Parameters == nil {
		s.Parameters = embedded.Parameters{}
	}
	var err error
	s.db, err = s.open(ctx)
	return s, err
}

// Close ends the session. It completes the file of its results, and discards the one of
// .once if no result came.
func (s *Session) Close() error {
	if s.once != nil {
		s.once.file.Discard()
		s.once = nil
	}
	err := s.SendTo("", false)
	return errors.Join(err, s.db.Close())
}

// Run runs statements and shows their results. If one fails, the file of results keeps
// nothing of it.
func (s *Session) Run(ctx context.Context, sql string) error {
	ctx, limit := s.limited(ctx)
	defer limit.End()
	s.Begun = time.Time{}
	m := s.measure()
	stop := s.backend.Watch(ctx)
	defer stop()
	err := s.show(ctx, limit, sql, m, stop)
	stop()
	m.end()
	s.rows += m.rows
	err = TimedOut(ctx, err)
	if at := new(embedded.SQLError); errors.As(err, &at) {
		at.Near = cmp.Or(at.Near, nearName(at, func() Names { return s.Names(ctx) }))
	}
	if skipped := s.backend.Skipped(); skipped != s.skipped {
		s.skipped = skipped
		fmt.Fprintln(s.stderr, "skipped: "+termtext.Message(skipped))
	}
	m.scope = s.backend.TakeScope(ctx, err == nil && (s.Scope || s.reports()))
	s.report(m)
	if err != nil {
		return err
	}
	s.sayScope(m.scope)
	s.warn(slices.Concat(m.scope.Warnings(), m.after.Triage.warnings(), m.warnings, s.backend.Warnings(ctx)))
	return nil
}

// RowCount returns how many rows the results of the session had.
func (s *Session) RowCount() int { return s.rows }

// warn prints warnings about an answer.
func (s *Session) warn(warnings []string) {
	for _, warning := range warnings {
		fmt.Fprintln(s.stderr, "warning: "+termtext.Message(warning))
	}
}

// open opens a database, whose attached files are read in the time of an input.
func (s *Session) open(ctx context.Context) (*embedded.DB, error) {
	ctx, limit := s.limited(ctx)
	defer limit.End()
	db, err := s.backend.Open(ctx)
	return db, TimedOut(ctx, err)
}

// show runs statements and sends their results to their destination. Nothing of a
// failed statement stays in a file.
func (s *Session) show(
	ctx context.Context, limit *lifetime.Limit, sql string, m *measurement, stopProgress func(),
) (err error) {
	to, end := s.destination(limit)
	defer func() { err = end(err) }()
	if s.toScreen() && s.screen.Terminal() {
		// Formats for programs leave values as they are, and a terminal obeys them.
		visible := &termtext.Stream{W: to}
		to = visible
		defer func() { err = errors.Join(err, visible.Flush()) }()
	}
	out := bufio.NewWriterSize(progressEnder{to, stopProgress}, 1<<16)
	results := 0
	err = s.db.RunWith(ctx, sql, embedded.Handler{
		Begin: func(statement string) {
			if s.Echo {
				_ = out.Flush() // in the order of the statements
				fmt.Fprintln(s.stderr, strings.TrimSpace(termtext.Visible(statement)))
			}
		},
		Result: func(rows *embedded.Rows) error {
			defer m.add(rows)
			results++
			return s.write(out, rows, results-1)
		},
		Warn:       func(warning string) { m.warnings = append(m.warnings, warning) },
		Parameters: s.Parameters,
	})
	if flushErr := out.Flush(); flushErr != nil && (err == nil || output.IsClosed(flushErr)) {
		err = fmt.Errorf("write the result: %w", flushErr)
	}
	return s.unlessLeft(err)
}

// progressEnder clears the progress line before a result appears on the terminal.
type progressEnder struct {
	io.Writer
	stop func()
}

func (w progressEnder) Write(b []byte) (int, error) {
	w.stop()
	return w.Writer.Write(b)
}

// renderOptions returns the format's options, fitted to the screen if the results go
// there.
func (s *Session) renderOptions() render.Options {
	options := s.Render
	if s.toScreen() && s.screen.Terminal() {
		options.Footer = true
		if width, _ := s.screen.Size(); !s.Wide {
			options.Width = width
		}
	}
	return options
}

// Reopen opens a new database if the old one is no longer usable, and reports whether
// it did: tables created by SQL are lost.
func (s *Session) Reopen(ctx context.Context) (bool, error) {
	if s.db.Usable() {
		return false, nil
	}
	db, err := s.open(ctx)
	if err != nil {
		return false, err
	}
	s.db = db
	return true, nil
}
