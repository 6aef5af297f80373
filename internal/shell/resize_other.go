//go:build !unix

package shell

// watchSize does nothing on systems without a signal for a new size: the next prompt
// reads the size.
func watchSize(func()) (stop func()) { return func() {} }
