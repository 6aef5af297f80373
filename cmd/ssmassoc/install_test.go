package main

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
)

// TestInstall checks the permissions of the files that make install creates. An empty
// file stands in for the built plugin.
func TestInstall(t *testing.T) {
	t.Setenv("MAKEFLAGS", "")
	source, installed := t.TempDir(), t.TempDir()
	for _, name := range []string{"Makefile", "config/ssmassoc.spc"} {
		text, err := os.ReadFile(filepath.Join("../..", name))
		if err != nil {
			t.Fatal(err)
		}
		writeFile(t, filepath.Join(source, name), text)
	}
	writeFile(t, filepath.Join(source, "bin/steampipe-plugin-ssmassoc.plugin"), nil)

	install := exec.Command("make", "--old-file=build", "install", "STEAMPIPE_INSTALL_DIR="+installed)
	install.Dir = source
	if out, err := install.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	for name, want := range map[string]fs.FileMode{
		"config/ssmassoc.spc":                    0o600, // it may hold secret keys
		"plugins/local/ssmassoc/ssmassoc.plugin": 0o755,
	} {
		info, err := os.Stat(filepath.Join(installed, name))
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", name, got, want)
		}
	}
}

func writeFile(t *testing.T, name string, text []byte) {
	t.Helper()
	if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(name, text, 0o644); err != nil {
		t.Fatal(err)
	}
}
