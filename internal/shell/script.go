package shell

import (
	"context"
	"strings"

	"steampipe-plugin-ssmassoc/internal/sqltext"
)

// IsCommand reports whether an input is a dot-command, or its equivalent from another
// shell.
func IsCommand(input string) bool { return strings.HasPrefix(commandOf(input), ".") }

// habits maps commands of other shells to dot-commands.
var habits = map[string]string{
	"help": ".help", "quit": ".quit", "exit": ".quit",
	`\?`: ".help", `\q`: ".quit", `\d`: ".inspect", `\dt`: ".tables", `\i`: ".read", `\o`: ".output",
	`\timing`: ".timer", `\watch`: ".watch",
}

// commandOf returns an input with a command of another shell replaced by its
// dot-command. Plain words count as commands only if they stand alone.
func commandOf(input string) string {
	input = strings.TrimSpace(input)
	name, argument, found := strings.Cut(strings.TrimSuffix(input, ";"), " ")
	command := habits[name]
	if command == "" || found && !strings.HasPrefix(name, `\`) {
		return input
	}
	return strings.TrimSpace(command + " " + argument)
}

// Input runs a user's input: a dot-command, or statements.
func (s *Session) Input(ctx context.Context, input string) error {
	if IsCommand(input) {
		return s.Command(ctx, input)
	}
	if sqltext.Blank(input) {
		return nil
	}
	s.last = input
	return s.Run(ctx, input)
}

// Script runs statements and dot-commands, each dot-command on its own line. It stops
// at the first error. Unless files is set, it refuses commands that read or write
// files.
func (s *Session) Script(ctx context.Context, text string, files bool) error {
	pending := ""
	for line := range strings.Lines(WithoutMark(text)) {
		if sqltext.Blank(pending) && sqltext.Complete(pending) && IsCommand(line) {
			pending = ""
			if err := s.command(ctx, line, files); err != nil {
				return err
			}
			continue
		}
		pending += line
		if !strings.Contains(line, ";") || !sqltext.Complete(pending) {
			continue
		}
		if err := s.runText(ctx, pending); err != nil {
			return err
		}
		pending = ""
	}
	return s.runText(ctx, pending)
}

// WithoutMark returns a text without the byte-order mark that some editors put before
// it.
func WithoutMark(text string) string { return strings.TrimPrefix(text, "\ufeff") }

// runText runs statements, if there are any.
func (s *Session) runText(ctx context.Context, sql string) error {
	if sqltext.Blank(sql) {
		return nil
	}
	s.last = sql
	return s.Run(ctx, sql)
}
