package output

import (
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
	"sync/atomic"
	"syscall"
	"time"

	"golang.org/x/term"

	"steampipe-plugin-ssmassoc/internal/lifetime"
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

// Pager buffers output until it exceeds the screen, then starts the pager. If that reads
// nothing and fails, as one that is not installed does, the output is written directly.
// End it with Close.
type Pager struct {
	out     *os.File
	command string
	lines   int // lines that fit on the screen
	held    bytes.Buffer
	direct  bool // there is no pager, or it has failed
	process *exec.Cmd
	running atomic.Bool // between the pager's start and its end
	// Both ends of the pager's standard input: what a pager leaves can be read back.
	stdin, unread *os.File
	passed        int           // bytes written to stdin
	exited        chan struct{} // closed when the pager has ended, with failed set
	failed        error
	ended         bool // nothing more can be passed
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
func (p *Pager) pass(b []byte) (int, error) {
	n, err := p.stdin.Write(b)
	p.passed += n
	if !errors.Is(err, os.ErrDeadlineExceeded) {
		return n, err
	}
	if err := p.end(); err != nil {
		return n, err
	}
	if !p.direct {
		return n, io.ErrClosedPipe
	}
	more, err := p.out.Write(b[n:])
	return n + more, err
}

// start starts the pager. Its end interrupts a write to it, since the pipe, whose other
// end is open here too, never breaks.
func (p *Pager) start() {
	var err error
	if p.unread, p.stdin, err = os.Pipe(); err != nil {
		p.direct = true
		return
	}
	state, _ := term.GetState(int(p.out.Fd()))
	process := exec.Command("sh", "-c", p.command) //nolint:gosec // the user's own setting
	process.Stdin, process.Stdout, process.Stderr = p.unread, p.out, os.Stderr
	if err := process.Start(); err != nil {
		p.direct = true
		_ = errors.Join(p.stdin.Close(), p.unread.Close())
		return
	}
	p.process, p.exited = process, make(chan struct{})
	p.running.Store(true)
	done := lifetime.OnEnd(func() { p.quit(state) })
	go func() {
		p.failed = process.Wait()
		done()
		p.running.Store(false)
		if errors.Is(p.stdin.SetWriteDeadline(time.Unix(0, 0)), os.ErrNoDeadline) {
			_ = p.unread.Close() // breaks the pipe
		}
		close(p.exited)
	}()
}

// Running reports whether a person is reading. Any goroutine may call it.
func (p *Pager) Running() bool { return p != nil && p.running.Load() }

// quit ends the pager, and gives the terminal the mode that it had before, unless that is
// unknown (nil). A pager that does not end by itself leaves its own screen, too.
func (p *Pager) quit(before *term.State) {
	byItself := p.stop(syscall.SIGTERM) && p.process.ProcessState.Exited()
	if !byItself {
		p.stop(os.Kill)
	}
	if before == nil {
		return
	}
	_ = term.Restore(int(p.out.Fd()), before)
	const leaveScreen, showCursor = "\x1b[?1049l", "\x1b[?25h"
	if !byItself {
		_, _ = p.out.WriteString(leaveScreen)
	}
	_, _ = p.out.WriteString(showCursor)
}

// stop sends the pager a signal and reports whether it has ended soon after.
func (p *Pager) stop(s os.Signal) bool {
	_ = p.process.Process.Signal(s)
	select {
	case <-p.exited:
		return true
	case <-time.After(120 * time.Millisecond):
		return false
	}
}

// end waits for the pager's end. If it has failed without reading anything, end writes
// what it was given, and further output is written directly.
func (p *Pager) end() error {
	p.ended = true
	_ = p.stdin.Close()
	<-p.exited
	defer func() { _ = p.unread.Close() }()
	var exit *exec.ExitError
	if !errors.As(p.failed, &exit) {
		return p.failed
	}
	if status, ok := exit.Sys().(syscall.WaitStatus); ok && status.Signaled() {
		return &lifetime.Interrupted{Signal: status.Signal()} // as all that runs in the terminal
	}
	unread, err := io.ReadAll(p.unread)
	if err != nil || len(unread) < p.passed {
		return nil //nolint:nilerr // the exit status of a pager that has read has no bearing on the result
	}
	p.direct = true
	_, err = p.out.Write(unread)
	return err
}

// Close shows the remaining text and waits until the user leaves the pager.
func (p *Pager) Close() error {
	if p.process == nil {
		_, err := p.release()
		return err
	}
	if p.ended {
		return nil
	}
	return p.end()
}

// IsClosed reports whether an error comes from writing to a pipe or a pager closed by
// its reader.
func IsClosed(err error) bool {
	return errors.Is(err, syscall.EPIPE) || errors.Is(err, os.ErrClosed) || errors.Is(err, io.ErrClosedPipe)
}
