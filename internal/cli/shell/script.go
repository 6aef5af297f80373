package shell

import (
	"context"
	"errors"
	"iter"
	"strings"

	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

// Input runs a user's input: a dot-command, or statements.
func (s *Session) Input(ctx context.Context, input string) error {
	if IsCommand(input) {
		return s.Command(ctx, input)
	}
	return s.statements(ctx, input)
}

// IsScript reports whether a text is more than SQL: whether it has dot-commands among its
// statements, or an EXPLAIN that is this command's.
func IsScript(text string) bool {
	for part := range parts(text) {
		if _, explains := cutExplain(part.text); explains || part.command {
			return true
		}
	}
	return false
}

// RunScript runs a script of statements and dot-commands until its end or .quit.
// Commands that read or write files are refused.
func (s *Session) RunScript(ctx context.Context, text string) error {
	if err := s.Script(ctx, text, false); !errors.Is(err, errQuit) {
		return err
	}
	return nil
}

// Script runs statements and dot-commands, each dot-command on its own line. It stops
// at the first error. Unless files is set, it refuses commands that read or write
// files.
func (s *Session) Script(ctx context.Context, text string, files bool) error {
	for part := range parts(text) {
		run := s.statements
		if part.command {
			run = func(ctx context.Context, line string) error { return s.command(ctx, line, files) }
		}
		if err := run(ctx, part.text); err != nil {
			return err
		}
	}
	return nil
}

// part is a dot-command, or statements, of a script.
type part struct {
	command bool
	text    string
}

// parts cuts a script into dot-commands, which stand alone on a line between statements,
// and the statements that end on a line.
func parts(text string) iter.Seq[part] {
	return func(yield func(part) bool) {
		pending := ""
		for line := range strings.Lines(WithoutMark(text)) {
			command := sqltext.Blank(pending) && sqltext.Complete(pending) && IsCommand(line)
			if command {
				pending = line
			} else {
				pending += line
			}
			if !command && (!strings.Contains(line, ";") || !sqltext.Complete(pending)) {
				continue
			}
			if !yield(part{command, pending}) {
				return
			}
			pending = ""
		}
		if !sqltext.Blank(pending) {
			yield(part{text: pending})
		}
	}
}

// WithoutMark returns a text without the byte-order mark that some editors put before
// it.
func WithoutMark(text string) string { return strings.TrimPrefix(text, "\ufeff") }

// statements runs statements, if there are any. EXPLAIN alone is this command's, which
// shows the reads of AWS; EXPLAIN QUERY PLAN remains SQLite's.
func (s *Session) statements(ctx context.Context, sql string) error {
	if sqltext.Blank(sql) {
		return nil
	}
	s.last = sql
	if explained, ok := cutExplain(sql); ok {
		return s.explain(ctx, explained)
	}
	return s.Run(ctx, sql)
}
