package pgtest

import (
	"errors"
	"os"
	"path/filepath"
	"testing"
)

func TestBinariesAreThoseOfTheFolderNamed(t *testing.T) {
	folder := t.TempDir()
	t.Setenv(binariesVariable, folder)
	if found, err := binaries.Find(); err == nil || errors.Is(err, errNotInstalled) {
		t.Errorf("an empty folder: %q, %v", found, err)
	}
	addBinaries(t, folder)
	if found, err := binaries.Find(); found != folder || err != nil {
		t.Errorf("got %q, %v", found, err)
	}
}

func TestBinariesAreThoseOnThePath(t *testing.T) {
	folder := t.TempDir()
	addBinaries(t, folder)
	t.Setenv(binariesVariable, "")
	t.Setenv("PATH", "relative:"+folder)
	if found, err := binaries.Find(); found != folder || err != nil {
		t.Errorf("got %q, %v", found, err)
	}
}

func TestVersionIsTheFirstNumberOfTheFolder(t *testing.T) {
	for folder, want := range map[string]int{
		"/usr/lib/postgresql/9.6/bin":           9,
		"/usr/lib/postgresql/15/bin":            15,
		"/opt/homebrew/opt/postgresql@17/bin":   17,
		"/usr/lib/postgresql/not-a-version/bin": 0,
	} {
		if got := version(folder); got != want {
			t.Errorf("%s: got %d, want %d", folder, got, want)
		}
	}
}

func addBinaries(t *testing.T, folder string) {
	t.Helper()
	for _, name := range []string{"initdb", "pg_ctl", "postgres"} {
		if err := os.WriteFile(filepath.Join(folder, name), nil, 0o700); err != nil {
			t.Fatal(err)
		}
	}
}
