//go:build !unix

package pgtest

import (
	"errors"
	"syscall"
)

// giveAway fails: without a shell and Unix sockets there is no server.
func giveAway(string) (*syscall.SysProcAttr, error) { return nil, errors.ErrUnsupported }
