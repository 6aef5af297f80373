//go:build unix

package shell

import (
	"os"
	"os/signal"
	"syscall"
)

// watchSize calls changed after each change of the terminal's size, until stop is
// called.
func watchSize(changed func()) (stop func()) {
	signals := make(chan os.Signal, 1)
	done := make(chan struct{})
	signal.Notify(signals, syscall.SIGWINCH)
	go func() {
		defer close(done)
		for range signals {
			changed()
		}
	}()
	return func() {
		signal.Stop(signals)
		close(signals)
		<-done
	}
}
