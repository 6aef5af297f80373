//go:build !windows

package main

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/ncruces/go-sqlite3"

	"steampipe-plugin-ssmassoc/internal/test/await"
)

// deaf is a statement in one function of SQLite, which takes it minutes.
const deaf = "select instr(hex(zeroblob(4000000)), hex(zeroblob(2000000)) || '1')"

// maxEnding is how long the command may take to end. It promises two seconds; a loaded
// machine takes longer.
const maxEnding = 10 * time.Second

// buffer collects output while it is written.
type buffer struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (b *buffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.Write(p)
}

func (b *buffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.text.String()
}

// running is the command in a folder of its own.
type running struct {
	*exec.Cmd
	t      *testing.T
	folder string
	stderr *buffer
	ended  chan struct{}
}

// start starts the command with a folder for temporary files and one to work in.
func start(t *testing.T, prepare func(*running), args ...string) *running {
	t.Helper()
	r := &running{Cmd: exec.Command("ssmassoc", args...), t: t, folder: t.TempDir(), stderr: &buffer{},
		ended: make(chan struct{})}
	r.Dir, r.Stderr = filepath.Join(r.folder, "work"), r.stderr
	r.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + r.folder, "TMPDIR=" + filepath.Join(r.folder, "tmp"),
		"AWS_EC2_METADATA_DISABLED=true", "GOCOVERDIR=" + t.TempDir()}
	for _, name := range []string{"work", "tmp"} {
		if err := os.Mkdir(filepath.Join(r.folder, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	if prepare != nil {
		prepare(r)
	}
	if err := r.Start(); err != nil {
		t.Fatal(err)
	}
	go func() {
		defer close(r.ended)
		_ = r.Wait()
	}()
	t.Cleanup(func() {
		_ = r.Process.Kill()
		<-r.ended
	})
	return r
}

// end waits for the end of the command and returns its exit status.
func (r *running) end() int {
	r.t.Helper()
	select {
	case <-r.ended:
	case <-time.After(maxEnding):
		r.t.Fatalf("it goes on: %s", r.stderr)
	}
	return r.ProcessState.ExitCode()
}

// says waits until the command has said something on standard error.
func (r *running) says(text string) {
	r.t.Helper()
	await.Until(r.t, func() bool { return strings.Contains(r.stderr.String(), text) },
		func() string { return fmt.Sprintf("no %q in %q", text, r.stderr) })
}

// files returns the names of all files that the command has made or found.
func (r *running) files() []string {
	r.t.Helper()
	var names []string
	for _, folder := range []string{"work", "tmp"} {
		entries, err := os.ReadDir(filepath.Join(r.folder, folder))
		if err != nil {
			r.t.Fatal(err)
		}
		for _, e := range entries {
			names = append(names, e.Name())
		}
	}
	return names
}

// write writes a file where the command works.
func (r *running) write(name, text string) {
	r.t.Helper()
	if err := os.WriteFile(filepath.Join(r.Dir, name), []byte(text), 0o600); err != nil {
		r.t.Fatal(err)
	}
}

// fifo makes a named pipe where the command works.
func (r *running) fifo(name string) string {
	r.t.Helper()
	path := filepath.Join(r.Dir, name)
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		r.t.Skip(err)
	}
	return path
}

// feed writes to a named pipe once the command reads it.
func (r *running) feed(name, text string) {
	r.t.Helper()
	f, err := os.OpenFile(filepath.Join(r.Dir, name), os.O_WRONLY, 0)
	if err == nil {
		_, err = io.WriteString(f, text)
		err = errors.Join(err, f.Close())
	}
	if err != nil {
		r.t.Fatal(err)
	}
}

// phase is something that the command does for minutes, or for ever.
type phase struct {
	args    []string
	prepare func(*running)
	begun   func(*running) // waits until it does it
	after   func(*running) // waits for what is to happen after its end
}

func saying(text string) func(*running) { return func(r *running) { r.says(text) } }

// unread has standard output be a pipe that nobody reads.
func unread(r *running) {
	reader, writer, err := os.Pipe()
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = errors.Join(reader.Close(), writer.Close()) })
	r.Stdout = writer
}

// input has standard input be a pipe that stays open.
func input(r *running) {
	reader, writer, err := os.Pipe()
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = errors.Join(reader.Close(), writer.Close()) })
	r.Stdin = reader
	go func() {
		if _, err := io.WriteString(writer, strings.Repeat(" ", 1<<20)); err == nil { // more than a pipe holds
			fmt.Fprint(r.stderr, "reads\n")
		}
	}()
}

// view makes a database with a view whose rows do not end.
func view(r *running) {
	db, err := sqlite3.Open(filepath.Join(r.Dir, "view.db"))
	if err != nil {
		r.t.Fatal(err)
	}
	err = db.Exec("create view v as with recursive n(i) as (select 1 union all select 1 from n) select max(i) as i from n")
	if err = errors.Join(err, db.Close()); err != nil {
		r.t.Fatal(err)
	}
}

// silent serves an endpoint that accepts connections and never answers.
func silent(r *running) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { _ = listener.Close() })
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			defer func() { _ = connection.Close() }() // with the listener
			fmt.Fprintln(r.stderr, "connected")
		}
	}()
	url := "http://" + listener.Addr().String()
	r.Env = append(r.Env, "AWS_ENDPOINT_URL_S3="+url, "AWS_REGION=us-east-1", "AWS_ACCESS_KEY_ID=a",
		"AWS_SECRET_ACCESS_KEY=b")
	r.write("silent.spc", fmt.Sprintf("connection \"a\" {\n plugin = \"ssmassoc\"\n endpoint_url = %q\n"+
		" access_key = \"a\"\n secret_key = \"b\"\n regions = [\"us-east-1\"]\n}\n", url))
}

// nested is a configuration whose expression takes HCL minutes.
func nested() string {
	const list = `["0","1","2","3","4","5","6","7","8","9"]`
	loops := ""
	for level := range 9 {
		loops += fmt.Sprintf("[for v%d in %s: ", level, list)
	}
	return "connection \"a\" {\n plugin = \"ssmassoc\"\n regions = " + loops + "v0" + strings.Repeat("]", 9) + "[0]\n}\n"
}

// program has credentials come from a program that does not end, and starts another. It
// says when it begins, and when both are gone.
func program(r *running) {
	r.write("config", "[default]\ncredential_process = sh -c 'exec 3>alive; sleep 1000 & sleep 1000'\n")
	r.Env = append(r.Env, "AWS_CONFIG_FILE="+filepath.Join(r.Dir, "config"))
	alive := r.fifo("alive")
	go func() {
		f, err := os.Open(alive) // once the program has opened it
		if err != nil {
			return
		}
		fmt.Fprintln(r.stderr, programBegins)
		_, _ = io.Copy(io.Discard, f)
		fmt.Fprintln(r.stderr, programGone)
		_ = f.Close()
	}()
}

const programBegins, programGone = "program begins", "program gone"

func phases() map[string]phase {
	query := func(args ...string) []string { return append([]string{"query", "--demo"}, args...) }
	const demo = "not AWS\n"
	const rows = "with recursive n(i) as (select 1 union all select i + 1 from n) select i, hex(randomblob(5000)) as x from n"
	return map[string]phase{
		"a function of SQLite":          {args: query("--echo", "--to", "out.csv", deaf), begun: saying("select instr")},
		"rows without an end":           {args: query("--echo", "--to", "out.csv", rows), begun: saying("select i")},
		"a Parquet file without an end": {args: query("--echo", "--to", "out.parquet", rows), begun: saying("select i")},
		"output that nobody reads":      {args: query("--echo", "--output", "csv", rows), prepare: unread, begun: saying("select i")},
		"a pipe without a reader": {args: query("--to", "fifo", "--output", "csv", "select 1"), begun: saying(demo),
			prepare: func(r *running) { r.fifo("fifo") }},
		"standard input without an end": {args: query("-"), prepare: input, begun: saying("reads")},
		"an attached view":              {args: query("--attach", "f=view.db", "select 1"), prepare: view, begun: saying(demo)},
		"a configuration": {args: []string{"query", "--config", "fifo", "select * from ssm_managed_instance"}, prepare: func(r *running) { r.fifo("fifo") },
			begun: func(r *running) { r.feed("fifo", nested()) }},
		"a silent AWS": {args: []string{"query", "--config", "silent.spc", "select * from ssm_managed_instance"},
			prepare: silent, begun: saying("connected")},
		"a silent S3": {args: []string{"export", "--demo", "--to", "s3://bucket/x"}, prepare: silent, begun: saying("connected")},
		"a program for credentials": {args: []string{"query", "select * from ssm_managed_instance"}, prepare: program,
			begun: saying(programBegins), after: saying(programGone)},
		"an export of SQL": {args: []string{"export", "--demo", "--to", "out", "--sql", deaf + " as n"}, begun: saying(demo)},
	}
}

// skipIgnored skips a test of a signal that this process ignores, as under nohup: the
// command does so too.
func skipIgnored(t *testing.T, s os.Signal) {
	t.Helper()
	if s == syscall.SIGHUP && signal.Ignored(s) {
		t.Skip("SIGHUP is ignored here")
	}
}

// TestEveryPhaseEnds ends the command in each phase, by its time limit and by each signal.
func TestEveryPhaseEnds(t *testing.T) {
	for name, p := range phases() {
		for _, s := range []syscall.Signal{0, syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
			how, want, message := "by "+s.String(), exitInterrupted, "ssmassoc: interrupted\n"
			args := p.args
			if s == 0 {
				how, want, message = "by its time limit", exitFailed, "ssmassoc: timed out after 1s; raise --timeout, or ask for less\n"
				args = slices.Concat(args[:1], []string{"--timeout", "1s"}, args[1:])
			}
			t.Run(name+" "+how, func(t *testing.T) {
				if testing.Short() && (s == syscall.SIGINT || s == syscall.SIGHUP) {
					t.Skip("long")
				}
				skipIgnored(t, s)
				t.Parallel()
				r := start(t, func(r *running) {
					r.write("out.csv", "before")
					if p.prepare != nil {
						p.prepare(r)
					}
				}, args...)
				p.begun(r)
				if s != 0 {
					if err := r.Process.Signal(s); err != nil {
						t.Fatal(err)
					}
				}
				status := r.end()
				if p.after != nil {
					p.after(r)
				}
				if status != want || !strings.Contains(r.stderr.String(), message) {
					t.Errorf("exit status %d, want %d with %q: %q", status, want, message, r.stderr)
				}
				if text, err := os.ReadFile(filepath.Join(r.Dir, "out.csv")); string(text) != "before" {
					t.Errorf("the file has %q, %v", text, err)
				}
				for _, name := range r.files() {
					if strings.HasPrefix(name, ".ssmassoc-") || name == "out.parquet" {
						t.Errorf("%s is left", name)
					}
				}
			})
		}
	}
}

// A second signal does not wait for anything.
func TestASecondSignalEndsAtOnce(t *testing.T) {
	r := start(t, nil, "query", "--demo", "--echo", "--to", "out.csv", deaf)
	r.says("select instr")
	for range 2 {
		if err := r.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Millisecond) // signals of one kind that wait are one
	}
	if status := r.end(); status != exitInterrupted || len(r.files()) > 0 {
		t.Errorf("exit status %d, left %v", status, r.files())
	}
}

// nohup keeps the command going when the terminal is gone.
func TestNohup(t *testing.T) {
	r := start(t, func(r *running) {
		r.Path, r.Args = "/bin/sh", []string{"sh", "-c", "trap '' HUP; exec ssmassoc query --demo --echo - <fifo"}
		r.fifo("fifo")
	})
	fifo, err := os.OpenFile(filepath.Join(r.Dir, "fifo"), os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(fifo, strings.Repeat(" ", 1<<20)); err != nil {
		t.Fatal(err)
	}
	if err := r.Process.Signal(syscall.SIGHUP); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(fifo, "select 1"); err != nil {
		t.Fatal(err)
	}
	_ = fifo.Close()
	if status := r.end(); status != exitAnswer {
		t.Errorf("exit status %d: %s", status, r.stderr)
	}
}

// What a killed run leaves is removed by the next one that writes there; what another run
// holds is not.
func TestTheNextRunRemovesWhatAKilledOneLeft(t *testing.T) {
	for name, test := range map[string]struct{ args, next []string }{
		"a query": {[]string{"query", "--demo", "--to", "shared/a.csv", deaf}, []string{"query", "--demo", "--to", "shared/b.csv", "select 1"}},
		"an export": {[]string{"export", "--demo", "--to", "shared", "--sql", deaf + " as n"},
			[]string{"export", "--demo", "--to", "shared", "--sql", "select 1 as n"}},
		"a query beside an export": {[]string{"query", "--demo", "--to", "shared/a.csv", deaf},
			[]string{"export", "--demo", "--to", "shared", "--sql", "select 1 as n"}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			shared := t.TempDir()
			link := func(r *running) {
				if err := os.Symlink(shared, filepath.Join(r.Dir, "shared")); err != nil {
					t.Fatal(err)
				}
			}
			pending := func() (names []string) {
				names, _ = filepath.Glob(filepath.Join(shared, ".ssmassoc-*"))
				return names
			}
			begin := func(n int) *running {
				r := start(t, link, test.args...)
				looks := 0 // a manifest is in progress for a moment
				await.Until(t, func() bool {
					if looks++; len(pending()) != n {
						looks = 0
					}
					return looks == 50
				}, func() string {
					return fmt.Sprintf("%d files in progress, want %d: %s", len(pending()), n, r.stderr)
				})
				return r
			}
			killed, other := begin(1), begin(2)
			if err := killed.Process.Kill(); err != nil {
				t.Fatal(err)
			}
			killed.end()
			if got := len(pending()); got != 2 {
				t.Fatalf("%d files in progress, want 2", got)
			}
			next := start(t, link, test.next...)
			if status := next.end(); status != exitAnswer {
				t.Fatalf("exit status %d: %s", status, next.stderr)
			}
			if got := len(pending()); got != 1 {
				t.Errorf("%d files in progress, want that of the other run", got)
			}
			if err := other.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if other.end(); len(pending()) > 0 {
				t.Errorf("left %v", pending())
			}
		})
	}
}

// New files and folders have the modes that other programs would give them.
func TestModesFollowTheUmask(t *testing.T) {
	for name, test := range map[string]struct {
		umask, command string
		want           map[string]os.FileMode
	}{
		"a query":             {"027", "query --demo --to a.csv 'select 1'", map[string]os.FileMode{"a.csv": 0o640}},
		"compressed":          {"002", "query --demo --to a.csv.gz 'select 1'", map[string]os.FileMode{"a.csv.gz": 0o664}},
		"Parquet":             {"077", "query --demo --to a.parquet 'select 1 as n'", map[string]os.FileMode{"a.parquet": 0o600}},
		"one that is there":   {"077", "query --demo --to there.csv 'select 1'", map[string]os.FileMode{"there.csv": 0o664}},
		"an export":           {"027", "export --demo --to out --dt 2026-03-01 --sql 'select 1 as n'", exported(0o640, 0o750)},
		"an export to others": {"000", "export --demo --to out --dt 2026-03-01 --sql 'select 1 as n'", exported(0o666, 0o777)},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			r := start(t, func(r *running) {
				r.write("there.csv", "before")
				if err := os.Chmod(filepath.Join(r.Dir, "there.csv"), 0o664); err != nil {
					t.Fatal(err)
				}
				r.Path, r.Args = "/bin/sh", []string{"sh", "-c", "umask " + test.umask + "; exec ssmassoc " + test.command}
			})
			if status := r.end(); status != exitAnswer {
				t.Fatalf("exit status %d: %s", status, r.stderr)
			}
			for name, want := range test.want {
				if info, err := os.Stat(filepath.Join(r.Dir, name)); err != nil || info.Mode().Perm() != want {
					t.Errorf("%s: got %v, want %v, %v", name, info, want, err)
				}
			}
		})
	}
}

func exported(file, folder os.FileMode) map[string]os.FileMode {
	return map[string]os.FileMode{
		"out": folder, "out/query": folder, "out/query/dt=2026-03-01": folder,
		"out/query/dt=2026-03-01/part-0.parquet": file, "out/_manifest.json": file,
	}
}

// sane ends a script whose terminal shows whether the command has left it as it was.
const sane = `; echo "status $?"; test "$before" = "$(stty -g)" && echo as it was`

// startSane runs the command in a shell that outlives it.
func startSane(t *testing.T, environment []string, command string) *terminal {
	t.Helper()
	script := `trap : INT TERM HUP; before=$(stty -g); ` + command + sane
	return startInTerminal(t, exec.Command("sh", "-c", script), t.TempDir(), 100, 24, environment)
}

// signal sends a signal to all in a terminal.
func (x *terminal) signal(s syscall.Signal) {
	x.t.Helper()
	if err := syscall.Kill(-x.cmd.Process.Pid, s); err != nil {
		x.t.Fatal(err)
	}
}

const notice = "it has not stopped yet, as in one long function of SQLite; wait, or press Ctrl-C again to leave"

// At the prompt a statement that does not stop is named, and a further Ctrl-C leaves.
func TestThePromptOverAStatementThatDoesNotStop(t *testing.T) {
	for name, test := range map[string]struct {
		before []string
		end    func(*terminal)
	}{
		"Ctrl-C twice": {end: func(x *terminal) {
			x.press(ctrlC)
			x.seeSomewhere(notice)
			x.press(ctrlC)
		}},
		"a time limit, then Ctrl-C": {before: []string{".timeout 1500ms"}, end: func(x *terminal) {
			x.seeSomewhere(notice)
			x.press(ctrlC)
		}},
		"SIGTERM": {end: func(x *terminal) { x.signal(syscall.SIGTERM) }},
		"SIGHUP":  {end: func(x *terminal) { x.signal(syscall.SIGHUP) }},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "SIGHUP" {
				skipIgnored(t, syscall.SIGHUP)
			}
			t.Parallel()
			x := startSane(t, nil, "ssmassoc --demo")
			for _, line := range test.before {
				x.ask(line)
			}
			x.see("\nssmassoc>")
			x.press(deaf + ";\r")
			x.seeSomewhere("running for") // the line of progress
			test.end(x)
			x.see("ssmassoc: interrupted\nstatus 130\nas it was")
		})
	}
}

// The pager ends with the command, and the terminal is as it was before both.
func TestThePagerEndsWithTheCommand(t *testing.T) {
	const raw = `stty raw -echo; printf '\033[?1049h\033[?25lpaging'; `
	const rows = `"with recursive n(i) as (select 1 union all select i + 1 from n limit 1000) select i from n"`
	for name, test := range map[string]struct {
		pager [2]string // what it does first, and then
		end   func(*terminal)
	}{
		"SIGTERM":                 {[2]string{"", "exec sleep 1000"}, func(x *terminal) { x.signal(syscall.SIGTERM) }},
		"SIGHUP":                  {[2]string{"", "exec sleep 1000"}, func(x *terminal) { x.signal(syscall.SIGHUP) }},
		"SIGINT":                  {[2]string{"", "exec sleep 1000"}, func(x *terminal) { x.signal(syscall.SIGINT) }},
		"a pager that holds out":  {[2]string{"trap '' TERM INT; ", "while :; do sleep 1; done"}, func(x *terminal) { x.signal(syscall.SIGTERM) }},
		"a time limit lets it be": {[2]string{"", "sleep 3"}, func(*terminal) {}},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "SIGHUP" {
				skipIgnored(t, syscall.SIGHUP)
			}
			t.Parallel()
			environment := []string{"PAGER=" + test.pager[0] + raw + test.pager[1]}
			x := startSane(t, environment, "ssmassoc query --demo --timeout 1s "+rows)
			x.seeSomewhere("paging")
			test.end(x)
			if strings.HasPrefix(name, "a time limit") {
				x.seeSomewhere("status 0")
				return
			}
			x.see("ssmassoc: interrupted\nstatus 130\nas it was")
		})
	}
}
