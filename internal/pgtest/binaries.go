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

	"steampipe-plugin-ssmassoc/internal/testprogram"
)

// binariesVariable names the folder of the server's binaries, where it is set.
const binariesVariable = "PGTEST_BIN"

// errNotInstalled reports that there are no binaries.
var errNotInstalled = errors.New("PostgreSQL's server is not installed: " +
	"install it (on Debian: apt-get install postgresql) or set " + binariesVariable +
	" to the folder of initdb and pg_ctl")

// binaries is the folder of initdb, pg_ctl and postgres.
var binaries = testprogram.Program{
	Variable: binariesVariable,
	Missing:  errNotInstalled,
	Check: func(folder string) error {
		if !hasServer(folder) {
			return fmt.Errorf("no initdb, pg_ctl and postgres in %q", folder)
		}
		return nil
	},
	Search: func() (string, error) {
		for _, folder := range folders() {
			if filepath.IsAbs(folder) && hasServer(folder) {
				return folder, nil
			}
		}
		return "", errNotInstalled
	},
}

// Installed reports whether PostgreSQL's server was found on this machine.
func Installed() bool {
	_, err := binaries.Find()
	return err == nil
}

// Require skips the test where PostgreSQL's server is not installed, and fails it
// there in continuous integration: see [testprogram.Program.Require].
func Require(t testing.TB) {
	t.Helper()
	binaries.Require(t)
}

func hasServer(folder string) bool {
	for _, name := range []string{"initdb", "pg_ctl", "postgres"} {
		if _, err := exec.LookPath(filepath.Join(folder, name)); err != nil {
			return false
		}
	}
	return true
}

// folders are where the binaries may be: those of PATH and of pg_config, then
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
