package rig

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"sync"
	"testing"
)

// The programs that tests run, by package.
const (
	pluginPackage  = "."
	commandPackage = "./cmd/ssmassoc"
	benchPackage   = "./internal/test/bench"
)

// Plugin returns the path of the plugin's binary.
func Plugin(t testing.TB) string { return program(t, pluginPackage, "ssmassoc.plugin") }

// Command returns the path of the command ssmassoc.
func Command(t testing.TB) string { return program(t, commandPackage, "ssmassoc") }

// Bench returns the path of the comparison with the AWS SDK.
func Bench(t testing.TB) string { return program(t, benchPackage, "bench") }

// Root returns the folder of the project.
func Root() string {
	_, file, _, _ := runtime.Caller(0)
	return filepath.Join(filepath.Dir(file), "..", "..", "..")
}

// built holds a built program, or why there is none, by package. It is global since a
// process builds each once.
var built sync.Map

func program(t testing.TB, pkg, name string) string {
	t.Helper()
	once, _ := built.LoadOrStore(pkg, sync.OnceValues(func() (string, error) { return build(pkg, name) }))
	path, err := once.(func() (string, error))()
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// build builds a program into bin/test, which all packages of tests share: go build
// leaves a program that is up to date as it is.
func build(pkg, name string) (string, error) {
	folder := filepath.Join(Root(), "bin", "test")
	if err := os.MkdirAll(folder, 0o755); err != nil {
		return "", err
	}
	unlock, err := lock(filepath.Join(folder, "lock"))
	if err != nil {
		return "", err
	}
	defer unlock()
	path := filepath.Join(folder, name)
	cmd := exec.Command("go", "build", "-o", path, pkg)
	cmd.Dir = Root()
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build %s: %w\n%s", pkg, err, out)
	}
	return path, nil
}
