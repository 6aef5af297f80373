package output

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"syscall"
)

// defaultPager cuts long lines instead of wrapping them, passes colours through and
// exits if the text fits on the screen.
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

// Pager buffers output until it exceeds the screen, then starts the pager. End it with
// Close.
type Pager struct {
	out     *os.File
	command string
	lines   int // lines that fit on the screen
	held    bytes.Buffer
	process *exec.Cmd
	stdin   io.WriteCloser
	direct  bool // the pager failed to start
}

// NewPager returns a pager that shows text on out, a terminal with the given number of
// lines, by a shell command.
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

// release passes on the buffered text.
func (p *Pager) release() (int, error) {
	held := bytes.Clone(p.held.Bytes())
	p.held.Reset()
	if p.process != nil {
		return p.pass(held)
	}
	return p.out.Write(held)
}

// pass writes to the pager. After the user leaves the pager it fails with an error that
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

// Close shows the remaining text and waits until the user leaves the pager.
func (p *Pager) Close() error {
	if p.process == nil {
		_, err := p.release()
		return err
	}
	_ = p.stdin.Close()
	err := p.process.Wait()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return nil // the pager's exit status has no bearing on the result
	}
	return err
}

// IsClosed reports whether an error comes from writing to a pipe or a pager closed by
// its reader.
func IsClosed(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, os.ErrClosed) || errors.Is(err, io.ErrClosedPipe)
}
