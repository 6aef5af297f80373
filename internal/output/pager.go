package output

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// defaultPager cuts long lines instead of wrapping them, passes colours and ends
// where everything fits on the screen.
const defaultPager = "less -SRFX"

// PagerCommand returns the command of the user's pager ($PAGER, else less), or ""
// if there is none.
func PagerCommand() string {
	if command, set := os.LookupEnv("PAGER"); set {
		return command
	}
	if _, err := exec.LookPath("less"); err == nil {
		return defaultPager
	}
	return ""
}

// Pager holds back the lines that fit on a screen, and starts the pager when
// there are more. It ends with Close.
type Pager struct {
	out     *os.File
	command string
	lines   int // that fit
	held    bytes.Buffer
	process *exec.Cmd
	stdin   io.WriteCloser
	direct  bool // the pager could not be started
}

// NewPager returns a pager that shows what is written to it on out, a terminal
// with so many lines, by a command of the user's shell.
func NewPager(out *os.File, command string, lines int) *Pager {
	return &Pager{out: out, command: command, lines: lines}
}

func (p *Pager) Write(b []byte) (int, error) {
	switch {
	case p.direct:
		return p.out.Write(b)
	case p.process != nil:
		return p.pass(b)
	}
	p.held.Write(b)
	if bytes.Count(p.held.Bytes(), []byte("\n")) < p.lines {
		return len(b), nil
	}
	p.start()
	if _, err := p.release(); err != nil {
		return 0, err
	}
	return len(b), nil
}

// release passes on what was held back.
func (p *Pager) release() (int, error) {
	held := bytes.Clone(p.held.Bytes())
	p.held.Reset()
	if p.process != nil {
		return p.pass(held)
	}
	return p.out.Write(held)
}

// pass gives text to the pager. A pager that was left takes no more, which
// [IsClosed] recognises.
func (p *Pager) pass(b []byte) (int, error) { return p.stdin.Write(b) }

func (p *Pager) start() {
	process := exec.Command("sh", "-c", p.command) //nolint:gosec // the user's own setting
	process.Stdout, process.Stderr = p.out, os.Stderr
	stdin, err := process.StdinPipe()
	if err == nil {
		err = process.Start()
	}
	if err != nil {
		p.direct = true
		return
	}
	p.process, p.stdin = process, stdin
}

// Close shows what is left and waits until the user has left the pager.
func (p *Pager) Close() error {
	if p.process == nil {
		_, err := p.release()
		return err
	}
	_ = p.stdin.Close()
	err := p.process.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil // the pager's exit status says nothing of the result
	}
	return err
}

// IsClosed reports whether an error comes from writing to a pipe or a pager that
// its reader has closed.
func IsClosed(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, os.ErrClosed) || errors.Is(err, io.ErrClosedPipe)
}
