package shell

import (
	"context"
	"errors"
	"fmt"
	"time"

	"steampipe-plugin-ssmassoc/internal/cli/render"
	"steampipe-plugin-ssmassoc/internal/sql/embedded"
)

// Watch runs a text repeatedly, with a pause in between, until ctx ends, and returns ctx's
// error. Each run reads from AWS again, and tables mark changes since the previous run. An
// error of the first run, or any error in the SQL, ends Watch; after others, such as
// network errors, it continues.
func (s *Session) Watch(ctx context.Context, sql string, every time.Duration) error {
	changes := &render.Changes{}
	s.Render.Changes = changes
	defer func() { s.Render.Changes = nil }()
	pager := s.Pager
	s.Pager = ""
	defer func() { s.Pager = pager }()
	for n := 0; ; n++ {
		s.startScreen(n, every)
		err := s.Run(ctx, sql)
		switch {
		case err == nil:
		case ctx.Err() != nil:
			return ctx.Err()
		case n == 0 || errors.As(err, new(*embedded.SQLError)):
			return err
		default:
			fmt.Fprintln(s.stderr, Message(err))
		}
		changes.Next()
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(every):
		}
		if err := s.backend.Refresh(); err != nil {
			return err
		}
		if _, err := s.Reopen(ctx); err != nil {
			return err
		}
	}
}

// startScreen clears a terminal for a new run; elsewhere it separates the runs.
func (s *Session) startScreen(n int, every time.Duration) {
	title := fmt.Sprintf("every %s: %s", every, time.Now().Format(time.DateTime))
	if s.screen.Terminal() {
		const home, clearBelow = "\x1b[H", "\x1b[2J"
		fmt.Fprintf(s.screen.Out, "%s%s%s\n\n", clearBelow, home, title)
		return
	}
	if n > 0 {
		fmt.Fprintln(s.screen.Out)
	}
	fmt.Fprintln(s.stderr, title)
}
