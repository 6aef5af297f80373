package engine

import (
	"context"
	"errors"
	"fmt"
	"runtime/debug"

	"github.com/turbot/steampipe-plugin-sdk/v5/plugin"
)

// Recovered calls f and turns a panic in it into an error. Every goroutine that works
// on a query calls it: an unrecovered panic ends the plugin's process, and with it
// the queries of every connection.
func Recovered(f func() error) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = &panicError{value: r, stack: debug.Stack()}
		}
	}()
	return f()
}

// panicError is a panic during a query. Its text is for the user; the value and the
// stack are for the log (see logPanic).
type panicError struct {
	value any
	stack []byte
}

func (e *panicError) Error() string {
	return "internal error of the plugin, whose log has the details; please report it"
}

// LogPanic logs the panic behind an error, if there is one.
func LogPanic(ctx context.Context, err error) {
	var p *panicError
	if errors.As(err, &p) {
		plugin.Logger(ctx).Error("panic", "value", fmt.Sprint(p.value), "stack", string(p.stack))
	}
}
