//go:build !unix

package shell

// watchSize does nothing on systems without a signal for a new size: the next
// prompt asks for it.
func watchSize(func()) (stop func()) { return func() {} }
