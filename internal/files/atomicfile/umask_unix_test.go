//go:build !windows

package atomicfile

import "syscall"

// umask sets the umask of this process and returns what sets it back.
func umask(mask int) (restore func()) {
	before := syscall.Umask(mask)
	return func() { syscall.Umask(before) }
}
