package ssmassoc

import (
	"fmt"
	"runtime/debug"
)

// recovered calls f and makes an error of a panic in it. Whatever runs on behalf
// of a query in a goroutine of its own goes through here: an unrecovered panic
// ends the plugin's process, and with it the queries of every connection.
func recovered(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("panic: %v\n%s", r, debug.Stack())
		}
	}()
	return f()
}
