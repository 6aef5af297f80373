// Package shell runs SQL for a person: one statement after the other or at a
// prompt, with the answers shown as the person set it.
package shell

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"steampipe-plugin-ssmassoc/internal/embedded"
	"steampipe-plugin-ssmassoc/internal/output"
	"steampipe-plugin-ssmassoc/internal/render"
	"steampipe-plugin-ssmassoc/internal/termtext"
)

// Settings are how a session answers.
type Settings struct {
	Format render.Format
	Render render.Options
	// Wide shows tables in full on a terminal, rather than fitted to it.
	Wide bool
	// Pager is the command that results go to which are longer than the screen;
	// "" for none.
	Pager string
	// Echo prints each statement before its result.
	Echo bool
	// Timer prints how long each input took.
	Timer bool
	Stats StatsMode
	// Timeout bounds the time of each input; 0 for no bound.
	Timeout    time.Duration
	Parameters embedded.Parameters
}

// Backend is what a session asks its questions of.
type Backend interface {
	// Open returns a new database over the connections.
	Open(ctx context.Context) (*embedded.DB, error)
	// Refresh forgets what was read, so that the next statement reads anew.
	Refresh() error
	// Connections describes each connection in a line.
	Connections(ctx context.Context) []string
	// Usage returns what was asked of AWS so far.
	Usage() Usage
	// Watch begins to show the progress of a statement, and returns a function
	// that ends it and may be called twice.
	Watch(ctx context.Context) (stop func())
	// Skipped names what had no rows because of an error, or returns "".
	Skipped() string
	// Warnings returns what a user must know of the answers so far.
	Warnings(ctx context.Context) []string
}

// Session is a database with the settings of a user.
type Session struct {
	Settings
	backend Backend
	db      *embedded.DB
	screen  Screen
	stderr  io.Writer

	skipped string  // what the user knows to be skipped
	last    string  // the SQL that ran last
	file    *target // where .output sends results, or nil
	once    *target // where .once sends the next results, or nil
}

// NewSession opens a session that answers on a screen and writes messages to
// stderr.
func NewSession(
	ctx context.Context, backend Backend, screen Screen, stderr io.Writer, settings Settings,
) (*Session, error) {
	s := &Session{Settings: settings, backend: backend, screen: screen, stderr: stderr}
	if s.Parameters == nil {
		s.Parameters = embedded.Parameters{}
	}
	var err error
	s.db, err = backend.Open(ctx)
	return s, err
}

// Close ends the session. It completes the file that results were sent to, and gives
// up the one of .once, for which none came.
func (s *Session) Close() error {
	if s.once != nil {
		s.once.file.Discard()
		s.once = nil
	}
	err := s.SendTo("")
	return errors.Join(err, s.db.Close())
}

// Run runs the statements of a text and shows their results. What a failed
// statement sent to a file is taken back.
func (s *Session) Run(ctx context.Context, sql string) error {
	if s.Timeout > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, s.Timeout, &TimeoutError{s.Timeout})
		defer cancel()
	}
	m := s.measure()
	stop := s.backend.Watch(ctx)
	defer stop()
	err := s.show(ctx, sql, m, stop)
	stop()
	m.end()
	if cause := context.Cause(ctx); err != nil && errors.As(cause, new(*TimeoutError)) {
		err = cause
	}
	if at := new(embedded.SQLError); errors.As(err, &at) {
		at.Near = nearName(at, func() Names { return s.Names(ctx) })
	}
	if skipped := s.backend.Skipped(); skipped != s.skipped {
		s.skipped = skipped
		fmt.Fprintln(s.stderr, "skipped: "+termtext.Message(skipped))
	}
	s.report(m)
	if err != nil {
		return err
	}
	for _, warning := range s.backend.Warnings(ctx) {
		fmt.Fprintln(s.stderr, "warning: "+termtext.Message(warning))
	}
	return nil
}

// TimeoutError is the error of statements that took too long.
type TimeoutError struct{ After time.Duration }

func (e *TimeoutError) Error() string {
	return fmt.Sprintf("timed out after %s; raise --timeout, or ask for less", e.After)
}

// show runs statements and sends their results where they are to go. Nothing of
// a failed statement stays in a file.
func (s *Session) show(ctx context.Context, sql string, m *measurement, stopProgress func()) (err error) {
	to, end := s.destination()
	defer func() { err = end(err) }()
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
		Parameters: s.Parameters,
	})
	if flushErr := out.Flush(); flushErr != nil && (err == nil || output.IsClosed(flushErr)) {
		err = fmt.Errorf("write the result: %w", flushErr)
	}
	if err != nil && output.IsClosed(err) && s.screen.Terminal() {
		return nil // the user has left the pager
	}
	return err
}

// progressEnder takes what progress shows off the terminal before a result
// comes to it.
type progressEnder struct {
	io.Writer
	stop func()
}

func (w progressEnder) Write(b []byte) (int, error) {
	w.stop()
	return w.Writer.Write(b)
}

// renderOptions are the options of the format, fitted to the screen if the
// results go there.
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

// Reopen opens a new database if the old one is of no use any more. It reports
// whether it did: the tables that SQL made are gone with the old one.
func (s *Session) Reopen(ctx context.Context) (bool, error) {
	if s.db.Usable() {
		return false, nil
	}
	db, err := s.backend.Open(ctx)
	if err != nil {
		return false, err
	}
	s.db = db
	return true, nil
}
