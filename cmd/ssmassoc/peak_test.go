package main

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
)

// peakVariable names the file to which the command writes its status at the end.
const peakVariable = "SSMASSOC_TEST_STATUS"

// runMeasured runs the command as main does, and then writes what Linux knows of the
// process. What a parent is told when its child ends is at least the parent's own peak.
func runMeasured() {
	cmd := newCommand()
	cmd.SetArgs(understood(cmd, os.Args[1:]))
	status := run(cmd)
	if file := os.Getenv(peakVariable); file != "" {
		if text, err := os.ReadFile("/proc/self/status"); err == nil {
			_ = os.WriteFile(file, text, 0o600)
		}
	}
	os.Exit(status)
}

// runForPeak runs a command of the tests, and returns the MiB that it held at its peak.
func runForPeak(t *testing.T, cmd *exec.Cmd) (mib int64, err error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "status")
	cmd.Env = append(cmd.Environ(), peakVariable+"="+file)
	err = cmd.Run()
	text, _ := os.ReadFile(file)
	for line := range bytes.Lines(text) {
		if kb, ok := bytes.CutPrefix(line, []byte("VmHWM:")); ok {
			n, parseErr := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(strings.TrimSpace(string(kb)), "kB")), 10, 64)
			if parseErr != nil {
				t.Fatal(parseErr)
			}
			return n >> 10, err
		}
	}
	return cmd.ProcessState.SysUsage().(*syscall.Rusage).Maxrss >> 10, err
}
