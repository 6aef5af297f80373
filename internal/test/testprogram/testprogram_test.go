package testprogram_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"steampipe-plugin-ssmassoc/internal/test/testprogram"
)

const variable = "TESTPROGRAM_TEST_BIN"

var errMissing = errors.New("the program is not installed")

func program(search func() (string, error)) testprogram.Program {
	return testprogram.Program{
		Variable: variable,
		Missing:  errMissing,
		Check: func(path string) error {
			_, err := os.Stat(path)
			return err
		},
		Search: search,
	}
}

func TestFind(t *testing.T) {
	installed := func() (string, error) { return "/usr/bin/program", nil }
	missing := func() (string, error) { return "", errMissing }
	file := filepath.Join(t.TempDir(), "program")
	if err := os.WriteFile(file, nil, 0o700); err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		named  string
		search func() (string, error)
		want   string
		err    error
	}{
		"the one that the variable names":  {file, installed, file, nil},
		"the one that is installed":        {"", installed, "/usr/bin/program", nil},
		"none":                             {"", missing, "", errMissing},
		"a name without a program is told": {file + "-not", installed, "", os.ErrNotExist},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv(variable, test.named)
			if got, err := program(test.search).Find(); got != test.want || !errors.Is(err, test.err) {
				t.Errorf("got %q, %v", got, err)
			}
		})
	}
}

// recorder is a test whose end is looked at instead of taken.
type recorder struct {
	testing.TB
	end string
}

func (r *recorder) Helper() {}

func (r *recorder) Skip(args ...any) { r.end = "skipped: " + fmt.Sprint(args...) }

func (r *recorder) Fatal(args ...any) { r.end = "failed: " + fmt.Sprint(args...) }

func TestRequire(t *testing.T) {
	for name, test := range map[string]struct {
		ci, named string
		end       string
	}{
		"a missing program skips the test":       {"", "", "skipped: the program is not installed"},
		"and fails it in continuous integration": {"true", "", "failed: the program is not installed"},
		"a wrong name fails the test wherever it is": {"", "/nowhere/program",
			"failed: " + variable + ": stat /nowhere/program: no such file or directory"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Setenv("CI", test.ci)
			t.Setenv(variable, test.named)
			r := &recorder{TB: t}
			program(func() (string, error) { return "", errMissing }).Require(r)
			if r.end != test.end {
				t.Errorf("got %q, want %q", r.end, test.end)
			}
		})
	}
}
