// Package processes runs the project's programs for tests, and reads what they take of
// the machine.
package processes

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// The programs, and their packages relative to the module's root.
const (
	Command = "ssmassoc"
	Plugin  = "steampipe-plugin-ssmassoc.plugin"
)

var packages = map[string]string{Command: "./cmd/ssmassoc", Plugin: "."}

// Build builds a program for the test, and returns its path.
func Build(t testing.TB, program string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), program)
	root, err := exec.Command("go", "list", "-m", "-f", "{{.Dir}}").Output()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "build", "-o", path, packages[program])
	cmd.Dir = strings.TrimSpace(string(root))
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	return path
}

// Usage is what a process takes.
type Usage struct {
	// Memory is its resident memory, and Peak the most that it has been, in bytes.
	Memory, Peak         int
	Descriptors, Threads int
}

// UsageOf returns what a running process takes. It skips the test on systems that do not
// tell.
func UsageOf(t testing.TB, pid int) Usage {
	t.Helper()
	if _, err := os.Stat("/proc/self/status"); err != nil {
		t.Skip("only Linux tells what other processes take")
	}
	u, err := usageOf(pid)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

func usageOf(pid int) (Usage, error) {
	directory := fmt.Sprintf("/proc/%d/", pid)
	status, err := os.ReadFile(directory + "status")
	if err != nil {
		return Usage{}, err
	}
	descriptors, err := os.ReadDir(directory + "fd")
	if err != nil {
		return Usage{}, err
	}
	u := Usage{Descriptors: len(descriptors)}
	for line := range strings.Lines(string(status)) {
		name, value, _ := strings.Cut(line, ":")
		number, _, _ := strings.Cut(strings.TrimSpace(value), " ")
		n, _ := strconv.Atoi(number)
		switch name {
		case "VmRSS":
			u.Memory = n << 10
		case "VmHWM":
			u.Peak = n << 10
		case "Threads":
			u.Threads = n
		}
	}
	return u, nil
}

// Runs reports whether a process runs. One that has ended and whose parent has not asked
// for its status does not.
func Runs(pid int) bool {
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return false
	}
	_, state, _ := strings.Cut(string(status), ") ")
	return !strings.HasPrefix(state, "Z") && !strings.HasPrefix(state, "X")
}
