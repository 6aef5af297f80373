package soak

import (
	"bytes"
	"context"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/creack/pty"
)

// prompt is the command's prompt on a terminal of its own.
type prompt struct {
	cmd      *exec.Cmd
	terminal *os.File

	mu     sync.Mutex
	output []byte // since the last statement
	ended  chan struct{}
}

func startPrompt(t *testing.T, w *world, command string) *prompt {
	t.Helper()
	home := t.TempDir()
	config := filepath.Join(home, "soak.spc")
	text := "connection \"a\" {\n  plugin = \"ssmassoc\"\n" + w.arguments(0) + "}\n"
	if err := os.WriteFile(config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	p := &prompt{cmd: exec.Command(command, "--config", config, "--output", "jsonl"), ended: make(chan struct{})}
	p.cmd.Env = append(os.Environ(), "HOME="+home, "TERM=xterm", "NO_COLOR=1", "PAGER=cat")
	var err error
	if p.terminal, err = pty.StartWithSize(p.cmd, &pty.Winsize{Rows: 100, Cols: 400}); err != nil {
		t.Skip("no pseudo-terminal:", err)
	}
	t.Cleanup(func() {
		_ = p.cmd.Process.Kill()
		_ = p.terminal.Close()
		<-p.ended
	})
	go p.read()
	// Until then Ctrl-C ends the process.
	if _, err := p.await(regexp.MustCompile(`(?m)ssmassoc> `), time.Minute); err != nil {
		t.Fatal(err)
	}
	return p
}

func (p *prompt) pid() int { return p.cmd.Process.Pid }

func (p *prompt) read() {
	defer close(p.ended)
	buffer := make([]byte, 4096)
	for {
		n, err := p.terminal.Read(buffer)
		p.mu.Lock()
		p.output = append(p.output, buffer[:n]...)
		p.mu.Unlock()
		if err != nil {
			return
		}
	}
}

// await waits until the output has what a pattern finds, and returns the output so far.
func (p *prompt) await(pattern *regexp.Regexp, patience time.Duration) ([]byte, error) {
	look := time.NewTicker(5 * time.Millisecond)
	defer look.Stop()
	for late := time.After(patience); ; {
		p.mu.Lock()
		output := append([]byte(nil), p.output...)
		p.mu.Unlock()
		if pattern.Match(output) {
			return output, nil
		}
		select {
		case <-look.C:
		case <-p.ended:
			return nil, fmt.Errorf("the prompt has ended: %.2000q", output)
		case <-late:
			return nil, fmt.Errorf("no %s after %s: %.2000q", pattern, patience, output)
		}
	}
}

// end types a statement whose answer marks the end of what was typed before, and returns the
// output. It types it again after a while: Ctrl-C drops what has been typed and not been read.
func (p *prompt) end(n int) (output []byte, err error) {
	const patience, attempts = 5 * time.Second, 12
	for range attempts {
		_, _ = fmt.Fprintf(p.terminal, "select 'end' || '-%d' as e;\r", n)
		output, err = p.await(regexp.MustCompile(fmt.Sprintf(`"e": ?"end-%d"`, n)), patience)
		if err == nil {
			break
		}
	}
	return output, err
}

func (p *prompt) write(text string) {
	p.mu.Lock()
	p.output = nil
	p.mu.Unlock()
	_, _ = p.terminal.WriteString(text)
}

// ask types statements, interrupts some of them, and compares the answers.
func (w *world) ask(ctx context.Context, t *testing.T, p *prompt, truths map[string]fingerprint) {
	random := rand.New(rand.NewPCG(3, 2))
	for n := 0; ctx.Err() == nil; n++ {
		table := w.tables[random.IntN(len(w.tables))]
		// The texts are put together by SQL, so that the echo of a statement is not taken for its answer.
		p.write(fmt.Sprintf("select 'answer' || '-%d' as a, count(*) as n from %s;\r", n, table))
		interrupted := random.IntN(4) == 0
		if interrupted {
			pause(ctx, time.Duration(random.IntN(100))*time.Millisecond)
			_, _ = p.terminal.WriteString("\x03")
		}
		if random.IntN(5) == 0 {
			_, _ = p.terminal.WriteString(".refresh\r")
		}
		output, err := p.end(n)
		if err != nil {
			w.wrong.Add(1)
			t.Error(err)
			return
		}
		w.asked.Add(1)
		answer := regexp.MustCompile(fmt.Sprintf(`"a": ?"answer-%d", ?"n": ?(\d+)`, n)).FindSubmatch(output)
		switch want := truths[table+" of a"].rows; {
		case answer == nil && (interrupted || bytes.Contains(output, []byte("\ninterrupted"))): // perhaps by the Ctrl-C before
			w.cancelled.Add(1)
		case answer == nil && regexp.MustCompile(`(?i)error|ssmassoc: |a: `).Match(output):
			w.failed.Add(1)
		case answer == nil:
			w.wrong.Add(1)
			t.Errorf("at the prompt, %s: neither an answer nor an error: %.2000q", table, output)
		case string(answer[1]) != strconv.Itoa(want):
			w.wrong.Add(1)
			t.Errorf("at the prompt, %s: %s rows, want %d", table, answer[1], want)
		default:
			w.complete.Add(1)
		}
	}
}

// pause waits for a time, unless ctx ends first. What it waits for shows no sign.
func pause(ctx context.Context, d time.Duration) {
	select {
	case <-time.After(d):
	case <-ctx.Done():
	}
}

// leave ends the prompt as a user does.
func (p *prompt) leave(t *testing.T) {
	t.Helper()
	p.write(".quit\r")
	exited := make(chan error, 1)
	go func() { exited <- p.cmd.Wait() }()
	select {
	case err := <-exited:
		if err != nil {
			t.Errorf("the prompt ends with %v", err)
		}
	case <-time.After(20 * time.Second):
		t.Error("the prompt does not end")
	}
}
