package awsconn

import (
	"os/exec"
	"syscall"

	"golang.org/x/sys/windows"
)

// commandWords splits a credential_process into the program and its arguments.
func commandWords(command string) ([]string, error) { return windows.DecomposeCommandLine(command) }

// separate gives a program a process group of its own and no console to ask at.
func separate(program *exec.Cmd) {
	program.SysProcAttr = &syscall.SysProcAttr{
		CreationFlags: syscall.CREATE_NEW_PROCESS_GROUP | windows.CREATE_NO_WINDOW,
	}
}
