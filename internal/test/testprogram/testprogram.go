// Package testprogram finds the programs of others that tests run, and skips the
// tests where a program is missing.
package testprogram

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// Program is a program that tests run, or a folder of programs.
type Program struct {
	// Variable is the environment variable that names the program, where it is
	// set.
	Variable string
	// Missing is the error of a program that is not installed. It says how to
	// install it.
	Missing error
	// Check returns why the file or folder is not the program, or nil.
	Check func(path string) error
	// Search returns the path of the program where Variable is not set, Missing
	// where it is nowhere.
	Search func() (string, error)
}

// Find returns the absolute path of the program. The error is Missing where the
// program is not installed, and another where Variable names something else.
func (p Program) Find() (string, error) {
	named := os.Getenv(p.Variable)
	if named == "" {
		return p.Search()
	}
	if err := p.Check(named); err != nil {
		return "", fmt.Errorf("%s: %w", p.Variable, err)
	}
	return filepath.Abs(named)
}

// Require returns the path of the program. It skips the test where the program is
// not installed. With the environment variable CI set it fails the test instead:
// there, nobody would see that it never ran.
func (p Program) Require(t testing.TB) string {
	t.Helper()
	path, err := p.Find()
	switch {
	case err == nil:
	case errors.Is(err, p.Missing) && os.Getenv("CI") == "":
		t.Skip(err)
	default:
		t.Fatal(err)
	}
	return path
}
