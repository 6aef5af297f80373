package pgtest

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// binariesVariable names the folder of the server's binaries, where it is set.
const binariesVariable = "PGTEST_BIN"

// errNotInstalled tells that there are no binaries.
var errNotInstalled = errors.New("PostgreSQL's server is not installed: " +
	"install it (on Debian: apt-get install postgresql) or set " + binariesVariable + " to the folder of initdb and pg_ctl")

// Installed tells whether PostgreSQL's server was found on this machine.
func Installed() bool {
	_, err := binaries()
	return err == nil
}

// Require skips the test where PostgreSQL's server is not installed. With the
// environment variable CI set it fails the test instead: there, nobody would
// see that it never ran.
func Require(t testing.TB) {
	t.Helper()
	switch _, err := binaries(); {
	case err == nil:
	case errors.Is(err, errNotInstalled) && os.Getenv("CI") == "":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
}

// binaries returns the folder of initdb, pg_ctl and postgres.
func binaries() (string, error) {
	if folder := os.Getenv(binariesVariable); folder != "" {
		if !hasServer(folder) {
			return "", fmt.Errorf("%s: no initdb, pg_ctl and postgres in %q", binariesVariable, folder)
		}
		return filepath.Abs(folder)
	}
	for _, folder := range folders() {
		if filepath.IsAbs(folder) && hasServer(folder) {
			return folder, nil
		}
	}
	return "", errNotInstalled
}

func hasServer(folder string) bool {
	for _, name := range []string{"initdb", "pg_ctl", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(folder, name)); err != nil {
			return false
		}
	}
	return true
}

// folders are where the binaries may be: what PATH and pg_config tell, then
// where the packages of Debian, Red Hat and Homebrew put them, the newest first.
func folders() []string {
	found := filepath.SplitList(os.Getenv("PATH"))
	if bindir, err := exec.Command("pg_config", "--bindir").Output(); err == nil {
		found = append(found, strings.TrimSpace(string(bindir)))
	}
	var packaged []string
	for _, pattern := range []string{
		"/usr/lib/postgresql/*/bin",
		"/usr/pgsql-*/bin",
		"/opt/homebrew/opt/postgresql@*/bin",
		"/usr/local/opt/postgresql@*/bin",
	} {
		matches, _ := filepath.Glob(pattern) // fails on a bad pattern only
		packaged = append(packaged, matches...)
	}
	slices.SortStableFunc(packaged, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	return append(found, packaged...)
}

var digits = regexp.MustCompile(`\d+`)

// version is PostgreSQL's major version, by the path of its binaries.
func version(folder string) int {
	n, _ := strconv.Atoi(digits.FindString(folder))
	return n
}
