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

	"steampipe-plugin-ssmassoc/internal/test/testprogram"
)

// binariesVariable is the environment variable that may name the folder of the
// server's binaries.
const binariesVariable = "PGTEST_BIN"

// errNotInstalled reports that there are no binaries.
var errNotInstalled = errors.New("PostgreSQL's server is not installed: " +
	"install it (on Debian: apt-get install postgresql) or set " + binariesVariable +
	" to the folder of initdb and pg_ctl")

// binaries finds the folder of initdb, pg_ctl and postgres.
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

// Require skips the test if PostgreSQL's server is not installed, or fails it
// in continuous integration: see [testprogram.Program.Require].
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

// folders returns where to look for the binaries: in PATH, where pg_config
// says, and where the packages of Debian, Red Hat and Homebrew install them,
// newest first.
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
		matches, _ := filepath.Glob(pattern) // fails only for a malformed pattern
		packaged = append(packaged, matches...)
	}
	slices.SortStableFunc(packaged, func(a, b string) int { return cmp.Compare(version(b), version(a)) })
	return append(found, packaged...)
}

var digits = regexp.MustCompile(`\d+`)

// version returns PostgreSQL's major version from the path of its binaries.
func version(folder string) int {
	n, _ := strconv.Atoi(digits.FindString(folder))
	return n
}
