//go:build !windows

package awsconn

import (
	"os/exec"
	"syscall"

	"steampipe-plugin-ssmassoc/internal/aws/awsprofile"
)

// commandWords splits a credential_process into the program and its arguments.
func commandWords(command string) ([]string, error) { return awsprofile.Words(command) }

// separate gives a program a session of its own: it has no terminal to ask at, and ends
// together with the programs that it has started.
func separate(program *exec.Cmd) {
	program.SysProcAttr = &syscall.SysProcAttr{Setsid: true}
	program.Cancel = func() error { return syscall.Kill(-program.Process.Pid, syscall.SIGKILL) }
}
