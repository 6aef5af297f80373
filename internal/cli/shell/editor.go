package shell

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/hymkor/go-multiline-ny"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/nyaosorg/go-readline-ny"
	"github.com/nyaosorg/go-readline-ny/keys"

	"steampipe-plugin-ssmassoc/internal/cli/termtext"
)

// The prompts of an input's first line and of further lines. They return to the left
// edge themselves: the editor redraws a prompt at the cursor.
const (
	primaryPrompt   = "\rssmassoc> "
	secondaryPrompt = "\r     ...> "
)

// edit returns the lines of the next input.
func (p *Prompt) edit(ctx context.Context) ([]string, error) {
	p.newEditor()
	for {
		lines, err := p.editor.Read(ctx)
		switch {
		case err != nil:
			return lines, err
		case p.resized == nil:
			p.showWhole(lines)
			return lines, nil
		}
		p.newEditor()
		p.resume(lines, *p.resized)
		p.resized = nil
	}
}

// showWhole draws an input that is wider or higher than the screen again in full, so that
// what ran stands before its result: the editor shows a part.
func (p *Prompt) showWhole(lines []string) {
	width, height := p.keyboard.width, p.keyboard.height
	room := width - len(strings.Trim(primaryPrompt, "\r")) - int(readline.ScrollMargin)
	wide := slices.ContainsFunc(lines, func(line string) bool { return text.StringWidth(line) >= room })
	if !wide && len(lines) < height {
		return
	}
	var b strings.Builder
	fmt.Fprintf(&b, "\x1b[%dA\x1b[J", min(len(lines), height-1))
	prompt := primaryPrompt
	for _, line := range lines {
		b.WriteString(prompt + termtext.Visible(line) + "\n")
		prompt = secondaryPrompt
	}
	_, _ = io.WriteString(p.editor.Writer(), b.String())
}

// newEditor makes the editor of an input. An editor asks for the size of the terminal
// once in its life, and what it does at another size is a mess.
func (p *Prompt) newEditor() {
	editor := &multiline.Editor{}
	if p.editor != nil {
		editor.LineEditor.Clipboard = p.editor.LineEditor.Clipboard
	}
	p.editor = editor
	p.keyboard.noteSize()
	editor.SetTty(p.keyboard)
	editor.SetWriter(rawWriter{os.Stdout})
	editor.SetPrompt(func(w io.Writer, line int) (int, error) {
		if line == 0 {
			return io.WriteString(w, primaryPrompt)
		}
		return io.WriteString(w, secondaryPrompt)
	})
	if p.history != nil {
		editor.SetHistory(p.history)
	}
	editor.SubmitOnEnterWhen(func(lines []string, line int) bool {
		return line == len(lines)-1 && isWhole(strings.Join(lines, "\n"))
	})
	p.bindKeys()
	if os.Getenv("NO_COLOR") == "" {
		editor.Highlight = highlights()
		editor.ResetColor, editor.DefaultColor = colourOff, colourOff
	}
}

func (p *Prompt) bindKeys() {
	bind := func(key keys.Code, command readline.Command) { _ = p.editor.BindKey(key, command) }
	bind(keys.CtrlI, readline.AnonymousCommand(p.completeWord))
	for _, key := range []keys.Code{keys.CtrlR, keys.CtrlQ, keys.CtrlV} {
		bind(key, p.verbatim(p.editor.LineEditor.LookupCommand(string(key))))
	}
	bind(keyResized, readline.AnonymousCommand(p.leaveEditor))
}

// isKey reports whether the editor has a command for a key sequence.
func (p *Prompt) isKey(sequence string) bool {
	_, inserts := p.editor.LineEditor.LookupCommand(sequence).(readline.SelfInserter)
	return !inserts
}

// verbatim returns a command that reads keys itself: of a search, or to insert a key as
// it is.
func (p *Prompt) verbatim(command readline.Command) readline.Command {
	return readline.AnonymousCommand(func(ctx context.Context, buffer *readline.Buffer) readline.Result {
		p.keyboard.verbatim = true
		defer func() { p.keyboard.verbatim = false }()
		return command.Call(ctx, buffer)
	})
}

// position is a place in an input.
type position struct{ line, column int }

// leaveEditor ends an editor whose size is no longer the terminal's. Another one resumes
// its input.
func (p *Prompt) leaveEditor(_ context.Context, buffer *readline.Buffer) readline.Result {
	column := buffer.Cursor
	p.editor.SetNextEditHook(func(line string) bool {
		p.editor.Sync(line)
		p.resized = &position{p.editor.CursorLine(), column}
		out := p.editor.Out()
		if above := p.editor.CursorLine() - p.editor.Headline(); above > 0 {
			fmt.Fprintf(out, "\x1b[%dA", above)
		}
		_, _ = out.WriteString("\r\x1b[J")
		_ = out.Flush()
		return false
	})
	return readline.ENTER
}

// resume makes the next edit begin with lines, and with the cursor at a position.
func (p *Prompt) resume(lines []string, at position) {
	p.editor.SetDefault(lines)
	p.editor.SetMoveEnd(true)
	_ = p.editor.BindKey(keyResume, readline.AnonymousCommand(
		func(context.Context, *readline.Buffer) readline.Result {
			p.editor.SetNextEditHook(func(line string) bool {
				p.editor.Sync(line)
				p.editor.LineEditor.Cursor = at.column
				return true
			})
			return readline.ENTER
		}))
	for range len(lines) - 1 - at.line {
		p.keyboard.ahead = append(p.keyboard.ahead, keys.Up)
	}
	p.keyboard.ahead = append(p.keyboard.ahead, keyResume)
}

// rawWriter writes to a terminal in raw mode, where a line feed does not return to the
// left edge.
type rawWriter struct{ io.Writer }

func (w rawWriter) Write(b []byte) (int, error) {
	if _, err := w.Writer.Write(bytes.ReplaceAll(b, []byte("\n"), []byte("\r\n"))); err != nil {
		return 0, err
	}
	return len(b), nil
}
