package main

import (
	"errors"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/charmbracelet/x/vt"
	"github.com/creack/pty"

	"steampipe-plugin-ssmassoc/internal/cli/render"
)

// terminal runs the command in a pseudo-terminal; an emulator draws its screen.
type terminal struct {
	t       *testing.T
	cmd     *exec.Cmd
	pty     *os.File
	screen  *screen
	drawn   chan struct{} // receives after output
	exited  chan struct{} // closed after the last output
	homeDir string
}

// screen is an emulated terminal. Its text may be read while it is written.
type screen struct {
	*vt.Emulator
	mu sync.Mutex
}

func (s *screen) Write(output []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Emulator.Write(output)
}

func (s *screen) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.Emulator.String()
}

// patience bounds how long a test waits for a screen.
const patience = 10 * time.Second

// startTerminal runs the command with an empty home directory.
func startTerminal(t *testing.T, width, height int, environment []string, args ...string) *terminal {
	t.Helper()
	return startTerminalIn(t, t.TempDir(), width, height, environment, args...)
}

func startTerminalIn(t *testing.T, home string, width, height int, environment []string, args ...string) *terminal {
	t.Helper()
	return startInTerminal(t, exec.Command("ssmassoc", args...), home, width, height, environment)
}

// startInTerminal runs any command, such as a shell that runs ssmassoc.
func startInTerminal(
	t *testing.T, cmd *exec.Cmd, home string, width, height int, environment []string,
) *terminal {
	t.Helper()
	term := &terminal{
		t: t, screen: &screen{Emulator: vt.NewEmulator(width, height)}, homeDir: home,
		drawn: make(chan struct{}, 1), exited: make(chan struct{}), cmd: cmd,
	}
	term.cmd.Env = append([]string{
		"HOME=" + home, "PATH=" + os.Getenv("PATH"), "TERM=xterm-256color", "NO_COLOR=1", "PAGER=cat", "INPUTRC=" + os.DevNull,
	}, environment...)
	if testing.CoverMode() != "" { // else the command warns on the screen
		term.cmd.Env = append(term.cmd.Env, "GOCOVERDIR="+t.TempDir())
	}
	var err error
	term.pty, err = pty.StartWithSize(term.cmd, &pty.Winsize{Rows: uint16(height), Cols: uint16(width)})
	if err != nil {
		t.Skip("no pseudo-terminal:", err)
	}
	go func() { _, _ = io.Copy(term.pty, term.screen) }() // the terminal's answers to queries
	go term.draw()
	t.Cleanup(func() {
		_ = term.cmd.Process.Kill()
		_ = term.pty.Close()
		<-term.exited
		_ = term.screen.InputPipe().(io.Closer).Close() // Close itself races with Read
		_ = term.cmd.Wait()
	})
	return term
}

// draw passes the command's output to the emulator.
func (x *terminal) draw() {
	defer close(x.exited)
	buffer := make([]byte, 4096)
	for {
		n, err := x.pty.Read(buffer)
		_, _ = x.screen.Write(buffer[:n])
		select {
		case x.drawn <- struct{}{}:
		default:
		}
		if err != nil {
			return
		}
	}
}

// text returns the lines of the screen without trailing empty ones.
func (x *terminal) text() string {
	lines := strings.Split(x.screen.String(), "\n")
	for i, line := range lines {
		lines[i] = strings.TrimRight(line, " \r")
	}
	return strings.TrimRight(strings.Join(lines, "\n"), "\n")
}

// resize changes the size of the terminal.
func (x *terminal) resize(width, height int) {
	x.t.Helper()
	x.screen.mu.Lock()
	x.screen.Resize(width, height)
	x.screen.mu.Unlock()
	if err := pty.Setsize(x.pty, &pty.Winsize{Rows: uint16(height), Cols: uint16(width)}); err != nil {
		x.t.Fatal(err)
	}
}

// wait waits until the screen satisfies ok.
func (x *terminal) wait(what string, ok func(screen string) bool) {
	x.t.Helper()
	deadline := time.NewTimer(patience)
	defer deadline.Stop()
	for !ok(x.text()) {
		select {
		case <-x.drawn:
		case <-x.exited:
			if ok(x.text()) {
				return
			}
			x.t.Fatalf("ended without %s; the screen:\n%s", what, x.text())
		case <-deadline.C:
			x.t.Fatalf("no %s; the screen:\n%s", what, x.text())
		}
	}
}

// see waits until the screen ends with a text.
func (x *terminal) see(end string) {
	x.t.Helper()
	x.wait(end, func(screen string) bool { return strings.HasSuffix(screen, end) })
}

// seeSomewhere waits until the screen contains a text.
func (x *terminal) seeSomewhere(text string) {
	x.t.Helper()
	x.wait(text, func(screen string) bool { return strings.Contains(screen, text) })
}

// press types keys.
func (x *terminal) press(keys string) {
	x.t.Helper()
	if _, err := io.WriteString(x.pty, keys); err != nil {
		x.t.Fatal(err)
	}
}

// ask types a line at the prompt and waits for the next prompt.
func (x *terminal) ask(line string) {
	x.t.Helper()
	x.see("\nssmassoc>")
	before := strings.Count(x.text(), "ssmassoc>")
	x.press(line + "\r")
	x.wait("prompt after "+line, func(screen string) bool {
		return strings.HasSuffix(screen, "ssmassoc>") && strings.Count(screen, "ssmassoc>") > before
	})
}

// status waits until the command ends and returns its exit status.
func (x *terminal) status() int {
	x.t.Helper()
	select {
	case <-x.exited:
	case <-time.After(patience):
		x.t.Fatalf("it goes on; the screen:\n%s", x.text())
	}
	err := x.cmd.Wait()
	var exit *exec.ExitError
	if err != nil && !errors.As(err, &exit) {
		x.t.Fatal(err)
	}
	return x.cmd.ProcessState.ExitCode()
}

const (
	ctrlC  = "\x03"
	ctrlD  = "\x04"
	ctrlR  = "\x12"
	keyUp  = "\x1b[A"
	keyTab = "\t"

	lineStart, lineEnd = "\x01", "\x05"
	keyDown, keyLeft   = "\x1b[B", "\x1b[D"
)

// endless is a statement that runs until it is cancelled.
const endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select max(i) from n;"

func TestPromptRunsStatements(t *testing.T) {
	x := startTerminal(t, 80, 24, nil, "--demo")
	x.see("\nssmassoc>")
	x.press("select 1 as one,\r")
	x.see("...>")
	x.press("2 as two;\r")
	x.see(`
+-----+-----+
| one | two |
+-----+-----+
|   1 |   2 |
+-----+-----+
(1 row)
ssmassoc>`)
	x.ask(".mode csv")
	x.ask("select 'a;b' as x;")
	x.see("\nx\na;b\nssmassoc>")
	x.ask("select nonsense;")
	x.see("\nno such column: nonsense\n  select nonsense;\n         ^\nssmassoc>")
	x.press(ctrlD)
	if status := x.status(); status != exitAnswer {
		t.Errorf("exit status %d", status)
	}
}

func TestPromptOfTheQueryCommand(t *testing.T) {
	x := startTerminal(t, 80, 24, nil, "query", "--demo", "--output", "line", "--param", "n=7")
	x.ask("select :n as n;")
	x.see("\n-[ RECORD 1 ]---------------------------\nn | 7\n(1 row)\nssmassoc>")
	x.press(".quit\r")
	if status := x.status(); status != exitAnswer {
		t.Errorf("exit status %d", status)
	}
}

func TestCtrlCAtEachStage(t *testing.T) {
	x := startTerminal(t, 120, 40, nil, "--demo")
	x.see("\nssmassoc>")
	x.press("select 1, -- given up")
	x.see("given up")
	x.press(ctrlC)
	x.see("given up\nssmassoc>")

	x.press("select 1,\r")
	x.see("...>")
	x.press(ctrlC)
	x.see("\nssmassoc>")

	x.press("select inst" + keyTab) // several candidates
	x.seeSomewhere("\ninstance_id ")
	x.see("select inst")
	x.press(ctrlC)
	x.see("\nssmassoc>")

	x.press(ctrlR)
	x.seeSomewhere("i-search")
	x.press(ctrlC)
	x.see("\nssmassoc>")

	x.ask(".echo on")
	x.press(endless + "\r")
	x.wait("echo", func(screen string) bool { return strings.Count(screen, "select max(i)") == 2 }) // running
	x.press(ctrlC)
	x.see("interrupted\nssmassoc>")

	x.press(".watch 60\r")
	x.seeSomewhere("every 1m0s")
	x.press(ctrlC)
	x.see("ssmassoc>")

	x.ask(".mode csv")
	x.ask("select 'still here' as x;")
	x.see("\nstill here\nssmassoc>")
	x.press(ctrlC + ctrlD)
	if status := x.status(); status != exitAnswer {
		t.Errorf("exit status %d", status)
	}
}

func TestCtrlCEndsAQuery(t *testing.T) {
	x := startTerminal(t, 120, 24, nil, "query", "--demo", endless)
	x.seeSomewhere("not AWS")
	x.press(ctrlC)
	x.see("ssmassoc: interrupted")
	if status := x.status(); status != exitInterrupted {
		t.Errorf("exit status %d", status)
	}
}

func TestASignalLeavesTheTerminalAsItWas(t *testing.T) {
	// The shell outlives the signal, and with it the terminal whose state it compares.
	const script = `trap : TERM; before=$(stty -g); ssmassoc --demo; echo "status $?"
		test "$before" = "$(stty -g)" && echo as it was`
	x := startInTerminal(t, exec.Command("sh", "-c", script), t.TempDir(), 80, 24, nil)
	x.see("\nssmassoc>")
	if err := syscall.Kill(-x.cmd.Process.Pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	x.see("\nstatus 130\nas it was")
}

func TestKeysWithoutACommandInsertNothing(t *testing.T) {
	x := startTerminal(t, 80, 24, nil, "--demo", "--output", "csv")
	x.see("\nssmassoc>")
	x.ask("select 'a\x07\x0f\x13b' as x;")
	x.see("\nx\nab\nssmassoc>")
	x.press("select" + ctrlR + "a")
	x.seeSomewhere("(i-search)[a]")
	x.press("\x07")
	x.see("ssmassoc> select")
}

func TestLongPaste(t *testing.T) {
	x := startTerminal(t, 80, 24, []string{"NO_COLOR="}, "--demo", "--output", "csv")
	x.see("\nssmassoc>")
	x.press("\x1b[200~select length('" + strings.Repeat("0123456789", 3_300) + "') as n;\x1b[201~\r")
	x.see("\nn\n33000\nssmassoc>")
	x.press("\x1b[200~select (601" + strings.Repeat("\r    -- and one more of the many lines, all of them alike", 600) + "\r) as n;\x1b[201~\r")
	x.see("\nn\n601\nssmassoc>")
}

// The editor shows a part of an input that does not fit; the whole is what ran.
func TestTheScreenKeepsTheWholeInput(t *testing.T) {
	x := startTerminal(t, 40, 10, nil, "--demo", "--output", "csv")
	x.see("\nssmassoc>")
	x.press("select 'a long text, which needs two lines' as n;\r")
	x.see(`
ssmassoc> select 'a long text, which nee
ds two lines' as n;
n
"a long text, which needs two lines"
ssmassoc>`)
	x.press("select 1\ras n,\r'a longer text than the screen is wide'\ras m;\r")
	x.see(`
ssmassoc> select 1
     ...> as n,
     ...> 'a longer text than the screen
 is wide'
     ...> as m;
n,m
1,a longer text than the screen is wide
ssmassoc>`)
	x.press("select 1" + strings.Repeat("\r + 1", 12) + " as n;\r")
	x.wait("the last lines", func(screen string) bool {
		return screen == strings.Repeat("     ...>  + 1\n", 6)+"     ...>  + 1 as n;\nn\n13\nssmassoc>"
	})
}

func TestResize(t *testing.T) {
	x := startTerminal(t, 80, 24, nil, "--demo", "--output", "csv")
	x.see("\nssmassoc>")
	x.press("select 1 as first,\r2 as second")
	x.see("ssmassoc> select 1 as first,\n     ...> 2 as second")
	x.press(keyUp + lineStart + "\x1b[C\x1b[C") // the cursor after "se"
	x.resize(60, 6)
	x.press("-")
	x.see("\nssmassoc> se-lect 1 as first,\n     ...> 2 as second")
	x.press("\x7f" + keyDown + lineEnd)
	for _, column := range []string{"third", "fourth", "fifth", "sixth", "seventh"} {
		x.press(",\r3 as " + column)
	}
	x.wait("the last lines", func(screen string) bool {
		return screen == strings.TrimPrefix(`
     ...> 2 as second,
     ...> 3 as third,
     ...> 3 as fourth,
     ...> 3 as fifth,
     ...> 3 as sixth,
     ...> 3 as seventh`, "\n")
	})
	x.resize(70, 4)
	x.press(strings.Repeat(keyUp, 6))
	x.see("ssmassoc> select 1 as first,\n     ...> 2 as second,\n     ...> 3 as third,\n     ...> 3 as fourth,")
	x.resize(80, 24)
	x.press(strings.Repeat(keyDown, 6) + lineEnd + ";")
	x.see("     ...> 3 as sixth,\n     ...> 3 as seventh;")
	x.press("\r")
	x.see("\nfirst,second,third,fourth,fifth,sixth,seventh\n1,2,3,3,3,3,3\nssmassoc>")
}

func TestCompletion(t *testing.T) {
	x := startTerminal(t, 100, 40, nil, "--demo")
	x.see("\nssmassoc>")
	for _, test := range []struct{ typed, want string }{
		{"select ping_st", "select ping_status"},
		{"SELECT ping_status FR", "SELECT ping_status FROM"},
		{"select * from ssm_man", "select * from ssm_managed_instance"},
		{"select m.ping_s from ssm_managed_instance m" + strings.Repeat(keyLeft, 28), "select m.ping_status from ssm_managed_instance m"},
		{"select * from ssma", "select * from ssmassoc"},
		{"select * from ssmassoc.ssm_man", "select * from ssmassoc.ssm_managed_instance"},
		{".ins", ".inspect"},
		{".mode mark", ".mode markdown"},
	} {
		x.press(test.typed + keyTab)
		x.seeSomewhere("ssmassoc> " + test.want)
		x.press(ctrlC)
		x.see("\nssmassoc>")
	}
}

func TestCompletionOfNamesInQuotes(t *testing.T) {
	x := startTerminal(t, 100, 40, nil, "--demo", "--output", "csv")
	x.ask(`create temp table t as select 1 as "two words";`)
	for _, typed := range []string{"two", `"tw`} {
		x.press(typed + strings.Repeat(keyLeft, len(typed)) + "select ")
		x.press(lineEnd + " from t;" + strings.Repeat(keyLeft, len(" from t;")) + keyTab + "\r")
		x.see("\nssmassoc> select \"two words\" from t;\ntwo words\n1\nssmassoc>")
	}
}

func TestHistory(t *testing.T) {
	home := t.TempDir()
	x := startTerminalIn(t, home, 80, 24, nil, "--demo")
	x.ask(".mode csv")
	x.ask("select 'first' as x;")
	x.press("select 'second'\r")
	x.see("...>")
	x.press("as y;\r")
	x.see("\ny\nsecond\nssmassoc>")
	x.press(ctrlD)
	x.status()
	info, err := os.Stat(filepath.Join(home, ".local/state/ssmassoc/history"))
	if err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the history is %v, %v", info, err)
	}

	again := startTerminalIn(t, home, 80, 24, nil, "--demo", "--output", "csv")
	again.see("\nssmassoc>")
	again.press(keyUp)
	again.see("as y;")
	again.press("\r")
	again.see("\nsecond\nssmassoc>")
	again.press(ctrlR + "first")
	again.seeSomewhere("(i-search)[first]")
	again.press("\r")
	again.see("select 'first' as x;")
	again.press("\r")
	again.see("\nfirst\nssmassoc>")
}

// A home directory that cannot be written costs only the history.
func TestReadOnlyHome(t *testing.T) {
	x := startTerminalIn(t, "/proc/self", 100, 24, nil, "--demo", "--output", "csv")
	x.seeSomewhere("the history is not kept: mkdir /proc/self/.local: no such file or directory")
	x.ask("select 'works' as x;")
	x.see("\nworks\nssmassoc>")
	x.press(keyUp)
	x.see("select 'works' as x;")
}

func TestNoHome(t *testing.T) {
	x := startTerminal(t, 100, 24, []string{"HOME="}, "--demo")
	x.see("\nthe history is not kept: there is no home directory; set HOME or XDG_STATE_HOME\nssmassoc>")
}

func TestInitFile(t *testing.T) {
	home := t.TempDir()
	writeFile(t, filepath.Join(home, ".config/ssmassoc/init.sql"), []byte(".mode csv\ncreate temp view answer as\n  select 42 as n;\n.nonsense\nselect 1;\n"))
	x := startTerminalIn(t, home, 120, 24, nil, "--demo")
	x.seeSomewhere("init.sql: unknown command .nonsense; .help lists the commands")
	x.ask("select * from answer;")
	x.see("\nn\n42\nssmassoc>")
}

func TestInitFileMayLeave(t *testing.T) {
	home := t.TempDir()
	writeFile(t, filepath.Join(home, ".config/ssmassoc/init.sql"), []byte(".mode csv\nselect 1 as n;\n.quit\nselect 2 as n;\n"))
	x := startTerminalIn(t, home, 120, 24, nil, "--demo")
	if status := x.status(); status != exitAnswer {
		t.Errorf("exit status %d", status)
	}
	x.see("\nn\n1")
}

// Until the first prompt, keys and lines are the terminal's own matter.
func TestInitFileRunsOutsideRawMode(t *testing.T) {
	home := t.TempDir()
	writeFile(t, filepath.Join(home, ".config/ssmassoc/init.sql"), []byte(".mode csv\nselect 1 as n;\n.echo on\n"+endless+"\n"))
	x := startTerminalIn(t, home, 120, 24, nil, "--demo")
	x.seeSomewhere("\nn\n1\n" + endless)
	x.press(ctrlC)
	x.seeSomewhere("init.sql: interrupted\nssmassoc>")
	x.ask("select 'still here' as x;")
	x.see("\nstill here\nssmassoc>")
}

func TestDotCommands(t *testing.T) {
	home := t.TempDir()
	x := startTerminalIn(t, home, 80, 60, nil, "--demo", "--output", "csv")
	x.see("\nssmassoc>")
	for _, test := range []struct{ line, want string }{
		{".tables exec", "\nssm_association_execution\nssm_association_execution_target\n"},
		{".tables ssmassoc.*exec*n", "\nssmassoc.ssm_association_execution\nssmassoc.ssm_automation_execution\n"},
		{".inspect SSMassoc.ssm_asociation", `.inspect: unknown table "ssm_asociation"; did you mean ssm_association?`},
		{".inspect simulated.ssm_association", `.inspect: unknown schema "simulated"; a schema is a connection or an aggregator`},
		{".connections", "\nssmassoc: us-east-1, eu-west-1, ap-southeast-2\n"},
		{".param region us-east-1", ""},
		{".param", "\nregion = 'us-east-1'\n"},
		{"select :region as r;", "\nr\nus-east-1\n"},
		{".null NA", ""},
		{"select null as x;", "\nx\nNA\n"},
		{".timer on", ""},
		{"select 1 as n;", "\nn\n1\ntime: "},
		{".timer off", ""},
		{".once " + home + "/once.json", ""},
		{"select 1 as n;", ""},
		{"select 2 as n;", "\nn\n2\n"},
		{".output " + home + "/all.jsonl", ""},
		{"select 3 as n;", ""},
		{"select value from generate_series(1, 100000), nonsense;", "no such table: nonsense"},
		{"select 4 as n;", ""},
		{".output", ""},
		{".read " + home + "/file.sql", "\nn\n5\n.read: .output is refused in a script, which may come from elsewhere"},
		{".moed csv", "unknown command .moed; did you mean .mode?"},
		{".inspect ssm_asociation", `.inspect: unknown table "ssm_asociation"; did you mean ssm_association?`},
		{".timeout 300ms", ""},
		{endless, "timed out after 300ms; raise .timeout, or ask for less"},
		{"select :n;", "parameter :n has no value; give it one with .param\n"},
	} {
		if strings.HasPrefix(test.line, ".read") {
			writeFile(t, filepath.Join(home, "file.sql"), []byte("select 5 as n;\n.output x.csv\n"))
		}
		x.ask(test.line)
		if test.want != "" && !strings.Contains(x.text(), test.line+"\n"+strings.TrimPrefix(test.want, "\n")) && !strings.Contains(x.text(), test.want) {
			t.Errorf("%s: want %q; the screen:\n%s", test.line, test.want, x.text())
		}
	}
	for name, want := range map[string]string{"once.json": "[\n {\"n\":1}\n]\n", "all.jsonl": "{\"n\":3}\n{\"n\":4}\n"} {
		if text, err := os.ReadFile(filepath.Join(home, name)); string(text) != want {
			t.Errorf("%s: got %q (%v), want %q", name, text, err, want)
		}
	}
}

// What people type who know another prompt is understood, or answered with the command
// to use; nothing of it waits for a semicolon, and no file is lost to it.
func TestHabitsOfOtherPrompts(t *testing.T) {
	home := t.TempDir()
	kept := filepath.Join(home, "kept.csv")
	writeFile(t, kept, []byte("kept"))
	x := startTerminalIn(t, home, 80, 250, nil, "--demo")
	x.see("\nssmassoc>")
	for _, test := range []struct{ line, want string }{
		{".output csv", "The format of results is csv. For a file of that name, write .output ./csv\n"},
		{"select 1 as n;", "\nn\n1\n"},
		{".output " + kept, "exists; to replace it, write --force before its name\n"},
		{".once " + kept, "exists; to replace it, write --force before its name\n"},
		{".once json", ".once: name the file, as in .once result.csv\n"},
		{".once --force " + kept, ""},
		{"select 2 as n;", ""},
		{`\x`, ""},
		{"select 3 as n;", "\n-[ RECORD 1 ]---------------------------\nn | 3\n"},
		{`\x`, ""},
		{"select 4 as n;", "\nn\n4\n"},
		{`\timing on`, ""},
		{"select 5 as n;", "\nn\n5\ntime: "},
		{`\timing off`, ""},
		{"show tables", "\nssm_association\nssm_association_execution\n"},
		{"describe ssm_managed_instance", "\nssm_managed_instance\n  Managed nodes"},
		{".schema ssm_asociation", `.inspect: unknown table "ssm_asociation"; did you mean ssm_association?`},
		{`\dt managed`, "\nssm_managed_instance\n"},
		{`\copy a to b`, `\copy is a command of another shell; here .once FILE`},
		{`\frobnicate`, `unknown command \frobnicate; .help lists the commands`},
		{".open fleet.db", ".open is a command of another shell; here start with --attach NAME=FILE"},
		{"create temp view v as select * from ssm_association;", ""},
		{"explain select * from v;", "ListAssociations: 1 for every 50 rows"},
		{"explain query plan select 1;", "SCAN CONSTANT ROW"},
	} {
		x.ask(test.line)
		// The terminal wraps at words, so space does not count.
		if !strings.Contains(withoutSpace(x.text()), withoutSpace(test.want)) {
			t.Errorf("%s: want %q; the screen:\n%s", test.line, test.want, x.text())
		}
	}
	if text, err := os.ReadFile(kept); string(text) != "n\n2\n" {
		t.Errorf("got %q (%v)", text, err)
	}
}

func withoutSpace(text string) string { return strings.Join(strings.Fields(text), "") }

func TestNamesOfFilesInQuotes(t *testing.T) {
	home := t.TempDir()
	writeFile(t, filepath.Join(home, "a b.sql"), []byte("\ufeff.mode csv\r\nselect 5 as n;\r\n"))
	x := startTerminalIn(t, home, 80, 24, nil, "--demo")
	x.ask(`.read "~/a b.sql"`)
	x.see("\nn\n5\nssmassoc>")
	x.ask(".once '~/c d.csv'")
	x.ask("select 6 as n;")
	x.ask(".read ~/a b.sql;")
	x.see("\nn\n5\nssmassoc>")
	if text, err := os.ReadFile(filepath.Join(home, "c d.csv")); string(text) != "n\n6\n" {
		t.Errorf("got %q (%v)", text, err)
	}
}

func TestOnceWithoutAResultLeavesNoFile(t *testing.T) {
	home, dir := t.TempDir(), t.TempDir()
	x := startTerminalIn(t, home, 80, 24, nil, "--demo")
	x.ask(".once " + filepath.Join(dir, "once.csv"))
	x.press(".quit\r")
	<-x.exited
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left: %v, %v", left, err)
	}
}

// SQLite must recover after running out of memory.
func TestPromptGoesOnAfterOutOfMemory(t *testing.T) {
	x := startTerminal(t, 100, 24, nil, "--demo", "--memory-limit", "16")
	x.ask("create table t as select hex(randomblob(100000)) as x from generate_series(1, 1000);")
	x.seeSomewhere("out of memory: SQLite may take 16 MB")
	x.ask("select hex(zeroblob(1000000)) from generate_series(1, 20);")
	x.seeSomewhere("out of memory: the format table may hold 16 MB until the result is complete; use .mode jsonl, csv or")
	x.ask(".mode csv")
	x.ask("select 'works' as x;")
	x.see("\nworks\nssmassoc>")
}

func TestSuccessiveStatementsShareReads(t *testing.T) {
	x := startTerminal(t, 100, 50, nil, "--demo", "--output", "csv", "--stats")
	const count = "select count(*) as n from ssm_managed_instance;"
	x.ask(count)
	x.seeSomewhere("AWS calls: 6 (DescribeInstanceInformation 6)")
	x.ask(count)
	x.seeSomewhere("AWS calls: 0")
	x.ask(".refresh")
	x.ask(count)
	if n := strings.Count(x.text(), "AWS calls: 6"); n != 2 {
		t.Errorf("%d of 3 statements read from AWS again; the screen:\n%s", n, x.text())
	}
}

func TestTablesFitTheTerminal(t *testing.T) {
	const sql = "select instance_id, title, execution_summary, execution_date from ssm_instance_association_status where instance_id = 'i-0036092b4bc358841' limit 2"
	for _, width := range []int{40, 200} {
		x := startTerminal(t, width, 30, nil, "query", "--demo", sql)
		x.status()
		for line := range strings.Lines(x.text()) {
			if strings.HasPrefix(line, "|") && !strings.HasSuffix(line, "|\n") {
				t.Errorf("%d columns: %q is cut by the terminal", width, line)
			}
		}
		if cut := strings.Contains(strings.ReplaceAll(x.text(), "\n", ""), "line mode or --wide shows all)"); cut != (width == 40) {
			t.Errorf("%d columns: cut %v; the screen:\n%s", width, cut, x.text())
		}
	}
	x := startTerminal(t, 40, 60, nil, "query", "--demo", "--wide", sql)
	x.see("(2 rows)")
}

// A terminal obeys control sequences in values, so every format escapes them there.
func TestValuesDoNotControlTheTerminal(t *testing.T) {
	const sql = "select 'before' || char(27) || '[2J' || char(8238) || 'after' as \"na\x1b[2Jme\""
	for _, format := range render.Names() {
		if format == "parquet" {
			continue
		}
		x := startTerminal(t, 120, 30, nil, "query", "--demo", "--output", format, sql)
		x.status()
		if text := x.text(); !strings.Contains(text, "before") || !strings.Contains(text, "after") || !strings.Contains(text, "u202e") {
			t.Errorf("%s: the screen:\n%s", format, text)
		}
	}
}

func TestThePagerShowsWhatIsLongerThanTheScreen(t *testing.T) {
	environment := []string{"PAGER=sed s/^/paged:/"}
	x := startTerminal(t, 40, 10, environment, "query", "--demo", "--output", "csv", "select value from generate_series(1, 100)")
	x.see("paged:100")
	x = startTerminal(t, 40, 10, environment, "query", "--demo", "--output", "csv", "select value from generate_series(1, 3)")
	x.see("\n2\n3")
	x = startTerminal(t, 40, 10, environment, "query", "--demo", "--output", "csv", "--pager", "never", "select value from generate_series(1, 100)")
	x.see("\n99\n100")
	x = startTerminal(t, 80, 10, environment, "--demo")
	x.see("\nssmassoc>")
	x.press(".mode\r")
	x.see("\ntable\nssmassoc>")
	x.press(".inspect ssm_association\r")
	x.see("\npaged:      prune the connections that are queried.\nssmassoc>")
}

func TestProgressIsShownAndErased(t *testing.T) {
	x := startTerminal(t, 100, 24, nil, "query", "--demo", "--timeout", "2s", endless)
	x.seeSomewhere("running for 1s")
	x.see("ssmassoc: timed out after 2s; raise --timeout, or ask for less")
	if strings.Contains(x.text(), "running") {
		t.Errorf("it is still there:\n%s", x.text())
	}
	x = startTerminal(t, 100, 24, nil, "query", "--demo", "--progress", "never", "--timeout", "2s", endless)
	x.status()
	if strings.Contains(x.text(), "running") {
		t.Errorf("it is there:\n%s", x.text())
	}
}
