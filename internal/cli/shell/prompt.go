package shell

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/hymkor/go-multiline-ny"
	"github.com/nyaosorg/go-readline-ny"

	"steampipe-plugin-ssmassoc/internal/lifetime"
	"steampipe-plugin-ssmassoc/internal/sql/sqltext"
)

// Prompt reads statements and dot-commands from a terminal and runs them until the user
// leaves.
type Prompt struct {
	session  *Session
	editor   *multiline.Editor
	keyboard *keyboard
	history  *history
	names    Names
	resized  *position // of the cursor when the size of the terminal changed, or nil
}

// NewPrompt returns a prompt on the standard input and output.
func NewPrompt(session *Session) *Prompt {
	p := &Prompt{session: session}
	p.keyboard = newKeyboard(os.Stdin, os.Stdout, p.isKey)
	p.newEditor()
	return p
}

// isWhole reports whether an input is ready to run: a dot-command, or statements that
// all end with a semicolon. So that it fails at once, it is whole with a \g of psql too.
func isWhole(input string) bool {
	return IsCommand(input) || sqltext.Complete(input) || endsInBackslash(input)
}

// Run runs the user's initial statements, then the prompt. Ctrl-C ends the current
// statement. No error ends the session.
func (p *Prompt) Run(ctx context.Context) error {
	defer lifetime.Prompting(ctx)()
	defer p.keyboard.release()
	p.openHistory()
	if p.init(ctx) {
		return nil
	}
	for {
		p.names = p.session.Names(ctx)
		lines, err := p.edit(ctx)
		input := strings.Join(lines, "\n")
		switch {
		case err == nil:
			_, _ = p.history.Write(input) // openHistory has already reported an unwritable file
		case errors.Is(err, readline.CtrlC):
			continue
		case errors.Is(err, io.EOF):
			return nil
		default:
			return fmt.Errorf("read the terminal: %w", err)
		}
		if p.run(ctx, input) {
			return nil
		}
	}
}

// openHistory opens the history. Without a file it keeps inputs until the prompt ends.
func (p *Prompt) openHistory() {
	var err error
	if p.history, err = openHistory(HistoryFile()); err != nil {
		p.report(fmt.Errorf("the history is not kept: %w", err))
	}
}

// init runs the user's initial statements and reports whether they leave.
func (p *Prompt) init(ctx context.Context) (leave bool) {
	file := InitFile()
	text, err := os.ReadFile(file)
	switch {
	case errors.Is(err, os.ErrNotExist) || file == "":
		return false
	case err == nil:
		ctx, done := p.during(ctx)
		err = p.session.Script(ctx, string(text), true)
		if err != nil && ctx.Err() != nil {
			fmt.Fprintln(p.session.stderr) // after the terminal's ^C
			err = errors.New("interrupted")
		}
		done()
	}
	if err != nil && !errors.Is(err, errQuit) {
		p.report(fmt.Errorf("%s: %w", file, err))
	}
	return errors.Is(err, errQuit) || p.reopen(ctx)
}

// run runs one input and reports whether the user wants to leave.
func (p *Prompt) run(ctx context.Context, input string) (leave bool) {
	running, done := p.during(ctx)
	p.keyboard.release() // from here on Ctrl-C is a signal
	err := p.session.Input(running, input)
	interrupted := running.Err() != nil
	done()
	switch {
	case errors.Is(err, errQuit):
		return true
	case err != nil && interrupted:
		fmt.Fprintln(p.session.stderr, "\ninterrupted") // after the terminal's ^C
	case err != nil:
		p.report(err)
	}
	return p.reopen(ctx)
}

// reopen replaces a database that is no longer usable, and reports whether that failed.
func (p *Prompt) reopen(ctx context.Context) (failed bool) {
	reopened, err := p.session.Reopen(ctx)
	if err != nil {
		p.report(err)
		return true
	}
	if reopened {
		fmt.Fprintln(p.session.stderr, "The database was reopened; tables that SQL had made are gone.")
	}
	return false
}

// report prints an error.
func (p *Prompt) report(err error) { fmt.Fprintln(p.session.stderr, message(err, atPrompt)) }

// completeWord extends the word at the cursor by the candidates' common prefix, and
// lists the candidates if that adds nothing.
func (p *Prompt) completeWord(_ context.Context, buffer *readline.Buffer) readline.Result {
	line := p.editor.CursorLine()
	lines := slices.Clone(p.editor.Lines())
	above := strings.Join(lines[:min(line, len(lines))], "\n")
	below := strings.Join(lines[min(line+1, len(lines)):], "\n")
	if line > 0 {
		above += "\n"
	}
	before := buffer.SubString(0, buffer.Cursor)
	word, candidates := complete(p.names, above+before, buffer.SubString(buffer.Cursor, len(buffer.Buffer))+"\n"+below)
	if len(candidates) == 0 {
		return readline.CONTINUE
	}
	common := commonStart(candidates)
	if len(common) > len(word) || common != word && len(candidates) == 1 {
		buffer.ReplaceAndRepaint(buffer.Cursor-readline.MojiCountInString(word), common)
		return readline.CONTINUE
	}
	p.list(candidates, buffer.Cursor)
	return readline.ENTER
}

// list prints candidates below the input, then the input again with the cursor in
// place.
func (p *Prompt) list(candidates []candidate, cursor int) {
	width, _ := p.session.screen.Size()
	p.editor.SetNextEditHook(func(input string) bool {
		p.editor.Sync(input)
		p.editor.GotoEndLine()
		out := p.editor.Out()
		_, _ = out.WriteString(columns(candidates, width))
		below := p.editor.PrintFromLine(p.editor.Headline()) - (p.editor.CursorLine() - p.editor.Headline())
		if below > 0 {
			fmt.Fprintf(out, "\x1b[%dA", below)
		}
		_, _ = out.WriteString("\r")
		p.editor.LineEditor.Cursor = cursor
		return true
	})
}

// during returns a context that Ctrl-C ends, until done is called. Ctrl-C again ends the
// prompt if the input goes on: SQLite does not look up from one long function, and a pipe
// may have no reader.
func (p *Prompt) during(ctx context.Context) (_ context.Context, done func()) {
	return lifetime.Interruptible(ctx, func() (told bool) {
		if p.session.pager.Load().Running() {
			return false // it is up to the reader
		}
		fmt.Fprintln(p.session.stderr, "\nit has not stopped yet, as in one long function of SQLite; "+
			"wait, or press Ctrl-C again to leave")
		return true
	})
}
