//go:build !unix

package shell

// watchSize does nothing where no signal tells of a new size: the next prompt
// asks for it.
func watchSize(func()) (stop func()) { return func() {} }
