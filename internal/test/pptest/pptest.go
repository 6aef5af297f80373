// Package pptest runs the Powerpipe program in tests, with a mod and a
// database.
//
// Powerpipe is AGPL-3.0. "make powerpipe" builds it from a module of its own,
// tools/powerpipe. It is run as a program: nothing links it.
package pptest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"runtime"
	"strings"
	"testing"
	"time"

	"steampipe-plugin-ssmassoc/internal/test/testprogram"
)

// runTimeout bounds a run of Powerpipe. On an idle machine the longest takes a
// second.
const runTimeout = 2 * time.Minute

// binaryVariable is the environment variable that may name the program.
const binaryVariable = "PPTEST_BIN"

// errNotBuilt reports that there is no Powerpipe.
var errNotBuilt = errors.New("Powerpipe is not built: run make powerpipe " +
	"(it needs the Go module proxy and a C++ compiler), or set " + binaryVariable + " to the program")

// powerpipe finds the program: the one that PPTEST_BIN names, else the one that
// "make powerpipe" builds in the version that tools/powerpipe requires. It
// ignores a powerpipe on PATH, which may be of any version.
var powerpipe = testprogram.Program{
	Variable: binaryVariable,
	Missing:  errNotBuilt,
	Check: func(name string) error {
		_, err := exec.LookPath(name)
		return err
	},
	Search: func() (string, error) {
		version, err := requiredVersion()
		if err != nil {
			return "", err
		}
		built := filepath.Join(root(), "bin", "powerpipe-"+version)
		if _, err := exec.LookPath(built); err != nil {
			return "", errNotBuilt
		}
		return built, nil
	},
}

// Require skips the test if Powerpipe is not built, or fails it in continuous
// integration: see [testprogram.Program.Require].
func Require(t testing.TB) {
	t.Helper()
	powerpipe.Require(t)
}

var requirement = regexp.MustCompile(`(?m)^require github\.com/turbot/powerpipe (v\S+)$`)

// requiredVersion returns the version of Powerpipe that tools/powerpipe
// requires.
func requiredVersion() (string, error) {
	file := filepath.Join(root(), "tools", "powerpipe", "go.mod")
	text, err := os.ReadFile(file)
	if err != nil {
		return "", err
	}
	found := requirement.FindSubmatch(text)
	if found == nil {
		return "", fmt.Errorf("%s requires no version of Powerpipe", file)
	}
	return string(found[1]), nil
}

// root returns the folder of the project.
func root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}

// Powerpipe runs the program with a mod, a database and settings of its own.
type Powerpipe struct {
	t        testing.TB
	binary   string
	folder   string // of the mod
	home     string
	database string
}

// New returns a Powerpipe with the database at the given address as its
// default, in place of Steampipe's. It skips the test if Powerpipe is not
// built: see [Require].
func New(t testing.TB, mod, database string) *Powerpipe {
	t.Helper()
	return &Powerpipe{t: t, binary: powerpipe.Require(t), folder: mod, home: t.TempDir(), database: database}
}

// For returns the same Powerpipe for a subtest.
func (p *Powerpipe) For(t testing.TB) *Powerpipe {
	inner := *p
	inner.t = t
	return &inner
}

// Powerpipe's exit codes.
const (
	ExitOK    = 0
	ExitAlarm = 1 // a control is in alarm
	ExitError = 2 // a control could not be run
)

// Result is the output and exit code of a run.
type Result struct {
	Stdout, Stderr string
	Code           int
}

// Run runs Powerpipe in the mod's folder.
func (p *Powerpipe) Run(arguments ...string) Result {
	p.t.Helper()
	return p.run(p.binary, arguments...)
}

// Shell runs a shell command in the mod's folder, with powerpipe on the PATH.
func (p *Powerpipe) Shell(line string) Result {
	p.t.Helper()
	link := filepath.Join(p.home, "powerpipe")
	if err := os.Symlink(p.binary, link); err != nil && !errors.Is(err, os.ErrExist) {
		p.t.Fatal(err)
	}
	return p.run("/bin/sh", "-c", line)
}

func (p *Powerpipe) run(program string, arguments ...string) Result {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.t.Context(), runTimeout)
	defer cancel()
	var stdout, stderr bytes.Buffer
	cmd := exec.CommandContext(ctx, program, arguments...)
	cmd.Dir, cmd.Env, cmd.Stdout, cmd.Stderr = p.folder, p.environment(), &stdout, &stderr
	cmd.WaitDelay = 5 * time.Second // for children of the shell that keep its output open
	err := cmd.Run()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || ctx.Err() != nil) {
		p.t.Fatalf("powerpipe %s: %v %v\n%s", strings.Join(arguments, " "), err, ctx.Err(), stderr.String())
	}
	return Result{Stdout: stdout.String(), Stderr: stderr.String(), Code: cmd.ProcessState.ExitCode()}
}

// environment isolates Powerpipe from the user's settings and folders, and from
// its makers' servers.
func (p *Powerpipe) environment() []string {
	return []string{
		"HOME=" + p.home,
		"PATH=" + p.home + string(os.PathListSeparator) + os.Getenv("PATH"),
		"POWERPIPE_INSTALL_DIR=" + filepath.Join(p.home, ".powerpipe"),
		"PIPES_INSTALL_DIR=" + filepath.Join(p.home, ".pipes"),
		"POWERPIPE_DATABASE=" + p.database,
		"POWERPIPE_DISPLAY_WIDTH=200", // wider text is cut off
		"POWERPIPE_TELEMETRY=none",
		"POWERPIPE_UPDATE_CHECK=false",
	}
}
